import { notFound } from "../../domain/errors.js";
import { checkId, eventId } from "../../domain/ids.js";
import type { InputChoice as Choice, InputDecision as Decision } from "../../domain/input-request.js";
import type { InputRequestRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { Command } from "../command.js";
import { InputDecision, InputRequestKind, InputRequestState } from "../enums/input-request.js";
import { Node, eventTypename } from "../node.js";
import { loadCommand, loadEvent, loadRequest, loadRun, loadSession } from "../reading/loads.js";
import { Run } from "../run/run.js";
import { Session } from "../session.js";

export const InputChoice = builder.objectRef<Choice>("InputChoice").implement({
  description: "One of the answers that an agent offers.",
  fields: (t) => ({
    id: t.exposeString("id", { description: "The choice's id, unique in its request." }),
    label: t.exposeString("label", { description: "What the choice is called." }),
    description: t.exposeString("description", {
      nullable: true,
      description: "What the choice means, in words; null if the agent does not say.",
    }),
    decision: t.expose("decision", {
      type: InputDecision,
      nullable: true,
      description: "Whether the choice means yes or no; null if the agent does not say.",
    }),
  }),
});

type AnsweredRow = InputRequestRow & { decision: Decision };

const InputAnswer = builder.objectRef<AnsweredRow>("InputAnswer").implement({
  description: "What a person decided.",
  fields: (t) => ({
    decision: t.expose("decision", { type: InputDecision, description: "The decision." }),
    choiceIds: t.stringList({
      description: "The ids of the choices that were taken.",
      resolve: ({ choiceIds }) => choiceIds,
    }),
    value: t.expose("value", {
      type: "JSON",
      nullable: true,
      description: "What was answered, or the action as the person changed it; null if nothing was.",
    }),
    comment: t.exposeString("comment", {
      nullable: true,
      description: "What was said with it; null if nothing was.",
    }),
    answeredBy: t.exposeString("answeredBy", {
      nullable: true,
      description: "The reader who answered, or else the caller; null if it was answered elsewhere.",
    }),
    answeredAt: t.field({
      type: "DateTime",
      description: "When it was answered.",
      resolve: ({ closedAt, requestedAt }) => closedAt ?? requestedAt,
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description:
        "What tells the runner: an ANSWER, or the turn or steer that answered it or carries the answer. Null if it was answered elsewhere, and while other requests of its ended run are open.",
      resolve: ({ commandId }, _args, context) => loadCommand(context, commandId),
    }),
  }),
});

export const InputRequest = builder.objectRef<InputRequestRow>("InputRequest").implement({
  description: "A question, or a request for leave, that an agent puts to people: asked once, answered once.",
  interfaces: [Node],
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that asks.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
    session: t.field({
      type: Session,
      nullable: true,
      description: "The run's session; null if it has none.",
      resolve: ({ sessionId }, _args, context) => loadSession(context, sessionId),
    }),
    turn: t.field({
      type: Command,
      nullable: true,
      description: "The oldest turn of the run that had not ended when it was asked; null if there was none.",
      resolve: ({ turnId }, _args, context) => loadCommand(context, turnId),
    }),
    event: t.field({
      type: eventTypename("INPUT_REQUEST") as never,
      description: "The event that asked.",
      resolve: async ({ runId, eventSeq }, _args, context): Promise<never> => {
        const event = await loadEvent(context, eventId(runId, eventSeq));
        if (!event) throw notFound("event", eventId(runId, eventSeq));
        return event as never;
      },
    }),
    state: t.expose("state", { type: InputRequestState, description: "How it stands." }),
    requestedAt: t.expose("requestedAt", { type: "DateTime", description: "When it was asked." }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      nullable: true,
      description: "From when on no answer is taken, by the database's clock; null if it does not expire.",
    }),
    closedAt: t.expose("closedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was closed; null while it is open.",
    }),
    answer: t.field({
      type: InputAnswer,
      nullable: true,
      description: "The answer; null unless it is ANSWERED.",
      resolve: (request) => (request.decision === null ? null : (request as AnsweredRow)),
    }),
  }),
});

// What is asked.
builder.objectFields(InputRequest, (t) => ({
  kind: t.expose("kind", { type: InputRequestKind, description: "What is asked for." }),
  prompt: t.exposeString("prompt", { description: "What is asked, in words." }),
  requestId: t.exposeString("requestId", {
    nullable: true,
    description: "The agent's own id for it, unique among the open ones of its run; null if it gave none.",
  }),
  toolCallId: t.exposeString("toolCallId", {
    nullable: true,
    description: "The backend's own id for the tool call that it is about; null if it gave none.",
  }),
  action: t.expose("action", {
    type: "JSON",
    nullable: true,
    description:
      "What will be done, as the person is shown it, with secrets redacted; null if the agent does not say.",
  }),
  choices: t.field({
    type: [InputChoice],
    description: "The answers that the agent offers. The list is empty if any answer will do.",
    resolve: ({ choices }) => [...choices],
  }),
  multiple: t.exposeBoolean("multiple", { description: "True if several choices may be taken." }),
  answerSchema: t.expose("answerSchema", {
    type: "JSON",
    nullable: true,
    description: "The JSON Schema (2020-12) that the answer's value satisfies; null if there is none.",
  }),
  url: t.exposeString("url", {
    nullable: true,
    description: "Where the person acts, for an AUTHENTICATION; null if the agent does not say.",
  }),
}));

builder.queryFields((t) => ({
  inputRequest: t.field({
    type: InputRequest,
    nullable: true,
    description: "The input request with this id; null if the tenant has none.",
    args: { id: t.arg.id({ required: true, description: "The request's id (inp_...)." }) },
    resolve: (_root, { id }, context) => loadRequest(context, checkId("request", id, "id")),
  }),
}));
