import { claimNextRun, claimRun, heartbeatRun } from "../actions/claim-run.js";
import { createRun } from "../actions/create-run.js";
import { cancelRun, finishRun } from "../actions/finish-run.js";
import { defaultLeaseSeconds, defaultRunAttempts, maxLeaseSeconds, maxMaxAttempts } from "../domain/lease.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { Run } from "./run.js";
import { actingRunner } from "./runner.js";
import { TurnResultInput } from "./turn-result.js";

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
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the call again. If the project has a run with this key and the same content, that run is given and nothing is created; IDEMPOTENCY_KEY_REUSED if the content differs. Default: no key, and each call creates a run.",
    }),
  }),
});

const ClaimRunInput = builder.inputType("ClaimRunInput", {
  description: "A run, and the runner that claims it.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    runnerId: t.id({ required: true, description: actingRunner }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts without a heartbeat, in seconds: 1 to ${maxLeaseSeconds}.`,
    }),
  }),
});

const ClaimNextRunInput = builder.inputType("ClaimNextRunInput", {
  description: "A runner, and which runs it would take.",
  fields: (t) => ({
    runnerId: t.id({ required: true, description: actingRunner }),
    backendProfiles: t.stringList({
      description: "The backend profiles that it would serve. Default: those that it has registered.",
    }),
    projectId: t.string({ description: "Takes only runs of this project. Default: runs of any project." }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts without a heartbeat, in seconds: 1 to ${maxLeaseSeconds}.`,
    }),
  }),
});

const HeartbeatRunInput = builder.inputType("HeartbeatRunInput", {
  description: "A run, and the runner that is still at work on it.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    runnerId: t.id({
      required: true,
      description: "The run's holder: a runner of the caller's own, as in ClaimRunInput.",
    }),
    leaseToken: t.string({ required: true, description: "The token of the run's lease." }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts from now on, in seconds: 1 to ${maxLeaseSeconds}.`,
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
  }),
});

const CancelRunInput = builder.inputType("CancelRunInput", {
  description: "A run to cancel, and why.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    reason: t.string({ description: 'Why it is cancelled. Default: "cancel requested".' }),
  }),
});

const CreateRunPayload = builder.objectRef<{ run: RunRow; replayed: boolean }>("CreateRunPayload").implement({
  description: "The result of createRun.",
  fields: (t) => ({
    run: t.expose("run", { type: Run, description: "The run as it is now." }),
    replayed: t.exposeBoolean("replayed", {
      description:
        "True if the run had been created by an earlier call with the same idempotencyKey, and this call created nothing.",
    }),
  }),
});

const ClaimRunPayload = builder
  .objectRef<{ run: RunRow | null; leaseToken: string | null }>("ClaimRunPayload")
  .implement({
    description: "The result of claimRun or claimNextRun.",
    fields: (t) => ({
      run: t.expose("run", {
        type: Run,
        nullable: true,
        description: "The run that the runner now holds; null if claimNextRun found none.",
      }),
      leaseToken: t.exposeString("leaseToken", {
        nullable: true,
        description:
          "The token of the new lease; null if run is null. The holder must send it with everything that it writes. It is never shown again.",
      }),
    }),
  });

const HeartbeatRunPayload = builder
  .objectRef<{ run: RunRow; pendingCommands: CommandRow[]; cancelRequested: boolean }>("HeartbeatRunPayload")
  .implement({
    description: "The result of heartbeatRun: what waits for the runner.",
    fields: (t) => ({
      run: t.expose("run", { type: Run, description: "The run as it is now." }),
      pendingCommands: t.expose("pendingCommands", {
        type: [Command],
        description:
          "The commands of the run that have not been acknowledged yet, interrupts included, oldest first.",
      }),
      cancelRequested: t.exposeBoolean("cancelRequested", {
        description: "True if the run was cancelled and the runner must stop its work.",
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
      "Creates a PENDING run, which waits for a runner. It also creates the session if its name is new. Needs the scope reader or runner. TENANT_POLICY_DENIED if the session belongs to another project, BAD_USER_INPUT if it has another backend profile.",
    args: { input: t.arg({ type: CreateRunInput, required: true, description: "The run to create." }) },
    resolve: (_root, { input }, context) => createRun(context, input),
  }),
  claimRun: t.field({
    type: ClaimRunPayload,
    description:
      "Gives a run to one runner alone, until the lease expires. A holder may claim its run again before that: it gets a new lease token, and the attempt stays the same. Needs the scope runner. NOT_FOUND if there is no such run or runner, RUNNER_LEASE_CONFLICT while another runner's lease lasts, ALREADY_TERMINAL if the run has ended.",
    args: {
      input: t.arg({
        type: ClaimRunInput,
        required: true,
        description: "The run, and the runner that claims it.",
      }),
    },
    resolve: (_root, { input }, context) =>
      claimRun(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
  }),
  claimNextRun: t.field({
    type: ClaimRunPayload,
    description:
      "Gives the oldest run that waits, or whose lease has expired, to one runner alone, until the new lease expires. It does not wait: run and leaseToken are null if there is no such run. The runner counts as heard from in either case. Needs the scope runner. NOT_FOUND if there is no such runner.",
    args: { input: t.arg({ type: ClaimNextRunInput, required: true, description: "The runner." }) },
    resolve: (_root, { input }, context) =>
      claimNextRun(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
  }),
  heartbeatRun: t.field({
    type: HeartbeatRunPayload,
    description:
      "Renews the lease of a run: it lasts leaseSeconds from now on. It changes nothing if the run has ended; cancelRequested tells whether it was cancelled. Needs the scope runner and the lease token. NOT_FOUND if there is no such run, RUNNER_LEASE_CONFLICT if the runner does not hold the run or its lease has expired.",
    args: {
      input: t.arg({ type: HeartbeatRunInput, required: true, description: "The run and its lease." }),
    },
    resolve: (_root, { input }, context) =>
      heartbeatRun(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
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
