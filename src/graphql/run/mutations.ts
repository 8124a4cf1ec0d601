import { type CreatedRun, createRun } from "../../actions/create-run.js";
import { cancelRun, finishRun } from "../../actions/finish-run.js";
import {
  defaultLeaseSeconds,
  defaultRunAttempts,
  maxLeaseSeconds,
  maxMaxAttempts,
} from "../../domain/lease.js";
import { maxAncestors, maxTreeSessions } from "../../domain/session-tree.js";
import { occurredAtBound } from "../../domain/occurrence.js";
import type { RunRow } from "../../store/row.js";
import { maxMessageLength } from "../../domain/text.js";
import { builder } from "../builder.js";
import { Command } from "../command.js";
import { SessionRef } from "../session.js";
import { actingRunner } from "../runner.js";
import { TurnResultInput } from "../turn-result.js";
import { Run } from "./run.js";

const SessionRefInput = builder.inputType("SessionRefInput", {
  description:
    "The session that a run works in. If the tenant has no session of this name, one is created. If it has one, that one keeps the values that it has, and only takes from here what it lacks. Each name has 1 to 200 characters.",
  fields: (t) => ({
    sessionId: t.string({ required: true, description: "The client's own name for the session." }),
    conversationId: t.string({ description: "The client's own name for the conversation. Default: none." }),
    threadId: t.string({ description: "The backend's own name for the conversation. Default: none." }),
    expiresAt: t.field({
      type: "DateTime",
      description:
        "When the session expires: from then on no list of sessions holds it, and an hour later it is removed. Default: never.",
    }),
    metadata: t.field({
      type: "JSON",
      description:
        "What to keep with the session: a JSON object. The text in `title` becomes the session's title. Default: an empty object.",
    }),
    parent: t.field({
      type: SessionRef,
      description: `The session that a new session works for, of the same project. It never changes: another parent than the one that the session has is BAD_USER_INPUT, as are more than ${maxAncestors} sessions above it, or more than ${maxTreeSessions} in its tree. NOT_FOUND if there is no such session, CONFLICT if it has expired. Default: none for a new session, and the parent that it has for one that there is.`,
    }),
    parentToolCallId: t.string({
      description: "The tool call of the parent by which a new session begins. Default: none.",
    }),
  }),
});

const RunTurnInput = builder.inputType("RunTurnInput", {
  description: "The first turn of a run.",
  fields: (t) => ({
    payload: t.field({
      type: "JSON",
      required: true,
      description: "What the runner needs to know: a JSON object, as in CreateCommandInput.",
    }),
  }),
});

const RunClaimInput = builder.inputType("RunClaimInput", {
  description: "The runner that holds a run from its beginning.",
  fields: (t) => ({
    runnerId: t.id({ required: true, description: actingRunner }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts without a heartbeat, in seconds: 1 to ${maxLeaseSeconds}.`,
    }),
  }),
});

const CreateRunInput = builder.inputType("CreateRunInput", {
  description: "A run to create.",
  fields: (t) => ({
    tenantId: t.string({
      description: "The caller's tenant, which is also the default; TENANT_POLICY_DENIED if it is another.",
    }),
    projectId: t.string({ required: true, description: "The run's project, 1 to 200 characters." }),
    backendProfile: t.string({
      required: true,
      description: "The backend profile that claimNextRun looks for, 1 to 200 characters.",
    }),
    session: t.field({ type: SessionRefInput, description: "The run's session. Default: none." }),
    resourceBundle: t.field({
      type: "JSON",
      description:
        "Where the run's files come from: a JSON object with any of the keys kind, repoUrl, commitId, subdir, sparsePaths, toolAliases, promptRefs, skillRefs, submodules, lfs and credentialRef; BAD_USER_INPUT for any other key. Only a summary of it is kept. Default: none.",
    }),
    metadata: t.field({ type: "JSON", description: "A JSON object to keep with it. Default: an empty one." }),
    maxAttempts: t.int({
      defaultValue: defaultRunAttempts,
      description: `How many leases of the run may expire, 1 to ${maxMaxAttempts}: with the last of them the run fails with LEASE_EXPIRED.`,
    }),
    turn: t.field({
      type: RunTurnInput,
      description: "The run's first turn, which is created with it. Default: none.",
    }),
    claim: t.field({
      type: RunClaimInput,
      description:
        "Claims the run for a runner of its creator in the same step, so that no other can. Needs the scope runner. Default: it waits for a runner.",
    }),
    parallel: t.boolean({
      defaultValue: false,
      description: "True if claimNextRun may hand it out while another run of its session is held.",
    }),
    occurredAt: t.field({
      type: "DateTime",
      description: `When it happened, if that was not now: also its turn, its claim, and its session if that is new. ${occurredAtBound}`,
    }),
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the call again. If the project has a run with this key and the same content, that run is given and nothing is created; IDEMPOTENCY_KEY_REUSED if the content differs, of which claim is no part. Default: no key, and each call creates a run.",
    }),
  }),
});

const FinishRunInput = builder.inputType("FinishRunInput", {
  description: "A run, and how it ended.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    result: t.field({ type: TurnResultInput, required: true, description: "How it ended." }),
    leaseToken: t.string({
      description:
        "The token of the run's lease. It is needed while a runner holds the run, unless the caller has the scope operator.",
    }),
    occurredAt: t.field({
      type: "DateTime",
      description: `When it ended, if that was not now. ${occurredAtBound}`,
    }),
  }),
});

const CancelRunInput = builder.inputType("CancelRunInput", {
  description: "A run to cancel, and why.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    reason: t.string({
      description: `Why it is cancelled, at most ${maxMessageLength} characters. Default: "cancel requested".`,
    }),
  }),
});

const CreateRunPayload = builder.objectRef<CreatedRun>("CreateRunPayload").implement({
  description: "The result of createRun.",
  fields: (t) => ({
    run: t.expose("run", { type: Run, description: "The run as it is now." }),
    command: t.expose("command", {
      type: Command,
      nullable: true,
      description: "The run's first turn as it is now; null if the input has no turn.",
    }),
    leaseToken: t.exposeString("leaseToken", {
      nullable: true,
      description:
        "The token of the lease if the input has a claim; null if it has none, or if the runner does not hold the run any more. It is never shown again: a repeated call gives a new one.",
    }),
    replayed: t.exposeBoolean("replayed", {
      description:
        "True if the run had been created by an earlier call with the same idempotencyKey, and this call created nothing.",
    }),
  }),
});

const FinishRunPayload = builder.objectRef<{ run: RunRow }>("FinishRunPayload").implement({
  description: "The result of finishRun.",
  fields: (t) => ({ run: t.expose("run", { type: Run, description: "The run as it is now." }) }),
});

const CancelRunPayload = builder.objectRef<{ run: RunRow }>("CancelRunPayload").implement({
  description: "The result of cancelRun.",
  fields: (t) => ({ run: t.expose("run", { type: Run, description: "The run as it is now." }) }),
});

builder.mutationFields((t) => ({
  createRun: t.field({
    type: CreateRunPayload,
    description:
      "Creates a PENDING run, which waits for a runner. It also creates the session if its name is new, the run's first turn and its creator's lease, all in one step. Needs the scope reader or runner. TENANT_POLICY_DENIED if the session belongs to another project, BAD_USER_INPUT if it has another backend profile, CONFLICT if it has expired and is given no later expiresAt, or if a session above it has expired.",
    args: { input: t.arg({ type: CreateRunInput, required: true, description: "The run to create." }) },
    resolve: (_root, { input }, context) => {
      const { claim, ...rest } = input;
      const leaseSeconds = claim?.leaseSeconds ?? defaultLeaseSeconds;
      return createRun(context, { ...rest, claim: claim ? { ...claim, leaseSeconds } : null });
    },
  }),
  finishRun: t.field({
    type: FinishRunPayload,
    description:
      "Ends a run with its result. The run's commands that have not ended are CANCELLED if the run was cancelled, else FAILED. It changes nothing if the run has ended before. Needs the scope runner. NOT_FOUND if there is no such run, RUNNER_LEASE_CONFLICT if the lease token is needed but missing, or not valid.",
    args: { input: t.arg({ type: FinishRunInput, required: true, description: "The run and its result." }) },
    resolve: async (_root, { input }, context) => ({
      run: await finishRun(context, { ...input, leaseToken: input.leaseToken ?? null }),
    }),
  }),
  cancelRun: t.field({
    type: CancelRunPayload,
    description:
      "Cancels a run and its commands that have not ended, whoever holds the run. The holder learns of it by cancelRequested of heartbeatRun, by runCommands or by runEvents. It changes nothing if the run has ended before. Needs the scope reader or runner. NOT_FOUND if there is no such run.",
    args: { input: t.arg({ type: CancelRunInput, required: true, description: "The run, and why." }) },
    resolve: async (_root, { input }, context) => ({
      run: await cancelRun(context, { ...input, reason: input.reason ?? null }),
    }),
  }),
}));
