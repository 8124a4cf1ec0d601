import { type Answered, answerInputRequest, maxAnswerBytes } from "../../actions/input-request/answer.js";
import { closeInputRequest } from "../../actions/input-request/close-by-runner.js";
import { occurredAtBound } from "../../domain/occurrence.js";
import { maxMessageLength } from "../../domain/text.js";
import type { InputRequestRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { InputDecision } from "../enums/input-request.js";
import { loadSession } from "../reading/loads.js";
import { Run } from "../run/run.js";
import { Session } from "../session.js";
import { InputRequest } from "./request.js";

const words = {
  choiceIds:
    "The ids of the choices that are taken: one at most, unless the request takes several. Default: none.",
  value: `What is answered, or the action as the person changed it: any JSON value of at most ${maxAnswerBytes} bytes.`,
  comment: `What is said with it, at most ${maxMessageLength} characters. Default: nothing.`,
} as const;

const AnswerInputRequestInput = builder.inputType("AnswerInputRequestInput", {
  description: "A person's answer to an input request.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The request's id." }),
    decision: t.field({
      type: InputDecision,
      required: true,
      description: "ANSWERED or DENIED for a question, APPROVED or DENIED for anything else.",
    }),
    choiceIds: t.stringList({ description: words.choiceIds }),
    value: t.field({
      type: "JSON",
      description: `${words.value} It must satisfy the request's answerSchema, unless the decision is DENIED. Default: null.`,
    }),
    comment: t.string({ description: words.comment }),
    resume: t.boolean({
      defaultValue: true,
      description: "Whether a new run of the session goes on with the answer if the request's run has ended.",
    }),
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the answer again: the first answer is given; IDEMPOTENCY_KEY_REUSED if it differs. Default: no key, and a second call finds the request closed.",
    }),
  }),
});

const AnswerInputRequestPayload = builder.objectRef<Answered>("AnswerInputRequestPayload").implement({
  description: "The result of answerInputRequest.",
  fields: (t) => ({
    inputRequest: t.expose("inputRequest", { type: InputRequest, description: "The request as it is now." }),
    session: t.field({
      type: Session,
      nullable: true,
      description: "The request's session as it is now; null if it has none.",
      resolve: ({ inputRequest }, _args, context) => loadSession(context, inputRequest.sessionId),
    }),
    run: t.expose("run", {
      type: Run,
      nullable: true,
      description:
        "The run that goes on with the answer: the request's own, or a new one. Null if none does yet.",
    }),
    replayed: t.exposeBoolean("replayed", {
      description:
        "True if an earlier call with the same idempotencyKey gave this answer, and this call changed nothing.",
    }),
  }),
});

const CloseInputRequestInput = builder.inputType("CloseInputRequestInput", {
  description:
    "What the runner of a request says of it: it was answered elsewhere (with a decision), or it is not needed any more (without).",
  fields: (t) => ({
    id: t.id({ required: true, description: "The request's id." }),
    leaseToken: t.string({
      description:
        "The token of the run's lease. It is needed while a runner holds the run, unless the caller has the scope operator.",
    }),
    decision: t.field({
      type: InputDecision,
      description: "What was decided elsewhere. Default: the request is WITHDRAWN.",
    }),
    choiceIds: t.stringList({ description: words.choiceIds }),
    value: t.field({ type: "JSON", description: `${words.value} Default: null.` }),
    comment: t.string({ description: words.comment }),
    occurredAt: t.field({
      type: "DateTime",
      description: `When it was closed, if that was not now. ${occurredAtBound}`,
    }),
  }),
});

const CloseInputRequestPayload = builder
  .objectRef<{ inputRequest: InputRequestRow }>("CloseInputRequestPayload")
  .implement({
    description: "The result of closeInputRequest.",
    fields: (t) => ({
      inputRequest: t.expose("inputRequest", {
        type: InputRequest,
        description: "The request as it is now.",
      }),
    }),
  });

builder.mutationFields((t) => ({
  answerInputRequest: t.field({
    type: AnswerInputRequestPayload,
    description:
      "Answers an open input request, once. Its runner is told by a command ANSWER, or by a turn if the request's turn has ended; if its run has ended BLOCKED, a new run goes on once all that it asked is closed. Needs the scope reader. NOT_FOUND if there is no such request, ALREADY_TERMINAL if it is closed (details name its state and who answered), FORBIDDEN if the caller's own runner asks for an approval, CONFLICT if its session has expired, BAD_USER_INPUT if it would take too long to judge the value by the answerSchema.",
    args: {
      input: t.arg({ type: AnswerInputRequestInput, required: true, description: "The answer." }),
    },
    resolve: (_root, { input }, context) => answerInputRequest(context, input),
  }),
  closeInputRequest: t.field({
    type: CloseInputRequestPayload,
    description:
      "Closes an input request on behalf of its runner: ANSWERED if there is a decision, else WITHDRAWN. No command tells it. It changes nothing if the request is closed, or its expiresAt has passed, and not only after occurredAt: then it is EXPIRED. Needs the scope runner. NOT_FOUND if there is no such request, RUNNER_LEASE_CONFLICT if the lease token is needed but missing, or not valid, FORBIDDEN if the run is not held and another caller's runner held it last.",
    args: {
      input: t.arg({ type: CloseInputRequestInput, required: true, description: "The request." }),
    },
    resolve: async (_root, { input }, context) => ({
      inputRequest: await closeInputRequest(context, {
        id: input.id,
        leaseToken: input.leaseToken ?? null,
        decision: input.decision ?? null,
        choiceIds: input.choiceIds ?? [],
        value: input.value ?? null,
        comment: input.comment ?? null,
        occurredAt: input.occurredAt ?? null,
      }),
    }),
  }),
}));
