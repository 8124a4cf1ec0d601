import { claimNextRun, claimRun, heartbeatRun } from "../actions/claim-run.js";
import { createRun } from "../actions/create-run.js";
import { cancelRun, finishRun } from "../actions/finish-run.js";
import { defaultLeaseSeconds, defaultRunAttempts, maxLeaseSeconds, maxMaxAttempts } from "../domain/lease.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { Run } from "./run.js";
import { TurnResultInput } from "./turn-result.js";

const SessionRefInput = builder.inputType("SessionRefInput", {
  description:
    "The session that a run works in. A new name makes a new session; of one that is there, what it has stored wins over what is said here.",
  fields: (t) => ({
    sessionId: t.string({
      required: true,
      description: "The client's own name for it, 1 to 200 characters.",
    }),
    conversationId: t.string({ description: "The conversation that the client keeps it under." }),
    threadId: t.string({ description: "The backend's own name for the conversation." }),
    expiresAt: t.field({
      type: "DateTime",
      description: "From when on it is not listed any more. Default: never.",
    }),
    metadata: t.field({
      type: "JSON",
      description:
        "What to keep with it: a JSON object; a title in it becomes the session's. Default: empty.",
    }),
  }),
});

const CreateRunInput = builder.inputType("CreateRunInput", {
  description: "A new run.",
  fields: (t) => ({
    tenantId: t.string({
      description: "The caller's own tenant, or left out; TENANT_POLICY_DENIED for another.",
    }),
    projectId: t.string({
      required: true,
      description: "The project that it belongs to, 1 to 200 characters.",
    }),
    backendProfile: t.string({
      required: true,
      description: "The backend profile that a runner must serve, 1 to 200 characters.",
    }),
    session: t.field({ type: SessionRefInput, description: "The session that it works in. Default: none." }),
    resourceBundle: t.field({
      type: "JSON",
      description:
        "Where its files come from: a JSON object with kind, repoUrl, commitId, subdir, sparsePaths, toolAliases, promptRefs, skillRefs, submodules, lfs, credentialRef; only its summary is kept.",
    }),
    metadata: t.field({ type: "JSON", description: "What to keep with it: a JSON object. Default: empty." }),
    maxAttempts: t.int({
      defaultValue: defaultRunAttempts,
      description: `After how many expired leases it fails with LEASE_EXPIRED, 1 to ${maxMaxAttempts}.`,
    }),
    idempotencyKey: t.string({
      description: "The same key and content in this project gives the first run again. Default: no check.",
    }),
  }),
});

const ClaimRunInput = builder.inputType("ClaimRunInput", {
  description: "Who claims which run.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    runnerId: t.id({ required: true, description: "A registered runner." }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts without a heartbeat, 1 to ${maxLeaseSeconds} seconds.`,
    }),
  }),
});

const ClaimNextRunInput = builder.inputType("ClaimNextRunInput", {
  description:
    "Claims the oldest run that waits for one of these backend profiles, or whose lease has expired; run is null where none does.",
  fields: (t) => ({
    runnerId: t.id({ required: true, description: "A registered runner." }),
    backendProfiles: t.stringList({
      description: "Which profiles it would serve now. Default: those that it has registered.",
    }),
    projectId: t.string({ description: "Only runs of this project. Default: of any." }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts without a heartbeat, 1 to ${maxLeaseSeconds} seconds.`,
    }),
  }),
});

const HeartbeatRunInput = builder.inputType("HeartbeatRunInput", {
  description: "Who is still at work on which run.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    runnerId: t.id({ required: true, description: "Its holder." }),
    leaseToken: t.string({ required: true, description: "The token of the lease." }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts from now, 1 to ${maxLeaseSeconds} seconds.`,
    }),
  }),
});

const FinishRunInput = builder.inputType("FinishRunInput", {
  description: "How a run ended.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    result: t.field({ type: TurnResultInput, required: true, description: "How it ended." }),
    leaseToken: t.string({ description: "The token of the lease; needed while the run is claimed." }),
  }),
});

const CancelRunInput = builder.inputType("CancelRunInput", {
  description: "Which run to cancel, and why.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    reason: t.string({ description: 'Why. Default: "cancel requested".' }),
  }),
});

const CreateRunPayload = builder.objectRef<{ run: RunRow; replayed: boolean }>("CreateRunPayload").implement({
  description: "What createRun did.",
  fields: (t) => ({
    run: t.expose("run", { type: Run, description: "The run as it stands." }),
    replayed: t.exposeBoolean("replayed", {
      description: "True where the key was used before and nothing was created.",
    }),
  }),
});

const ClaimRunPayload = builder
  .objectRef<{ run: RunRow | null; leaseToken: string | null }>("ClaimRunPayload")
  .implement({
    description: "What a claim gave.",
    fields: (t) => ({
      run: t.expose("run", { type: Run, nullable: true, description: "The run that the runner now holds." }),
      leaseToken: t.exposeString("leaseToken", {
        nullable: true,
        description: "To be sent with everything that the holder writes. Never shown again.",
      }),
    }),
  });

const HeartbeatRunPayload = builder
  .objectRef<{ run: RunRow; pendingCommands: CommandRow[]; cancelRequested: boolean }>("HeartbeatRunPayload")
  .implement({
    description: "What waits for the runner.",
    fields: (t) => ({
      run: t.expose("run", { type: Run, description: "The run as it stands." }),
      pendingCommands: t.expose("pendingCommands", {
        type: [Command],
        description: "Commands that the runner has not acknowledged yet, interrupts included, oldest first.",
      }),
      cancelRequested: t.exposeBoolean("cancelRequested", {
        description: "True where the run was cancelled and the work must stop.",
      }),
    }),
  });

const FinishRunPayload = builder.objectRef<{ run: RunRow }>("FinishRunPayload").implement({
  description: "What finishRun did.",
  fields: (t) => ({ run: t.expose("run", { type: Run, description: "The run as it stands." }) }),
});

const CancelRunPayload = builder.objectRef<{ run: RunRow }>("CancelRunPayload").implement({
  description: "What cancelRun did.",
  fields: (t) => ({ run: t.expose("run", { type: Run, description: "The run as it stands." }) }),
});

builder.mutationFields((t) => ({
  createRun: t.field({
    type: CreateRunPayload,
    description:
      "Creates a run that waits for a runner, and its session where the name is new. Needs the scope reader or runner. TENANT_POLICY_DENIED for a session of another tenant or project, BAD_USER_INPUT for one of another backend profile.",
    args: { input: t.arg({ type: CreateRunInput, required: true, description: "The run." }) },
    resolve: (_root, { input }, context) => createRun(context, input),
  }),
  claimRun: t.field({
    type: ClaimRunPayload,
    description:
      "Hands a run to one runner alone until its lease ends. Needs the scope runner. RUNNER_LEASE_CONFLICT while another's lease lives, ALREADY_TERMINAL for an ended run.",
    args: { input: t.arg({ type: ClaimRunInput, required: true, description: "Who claims which run." }) },
    resolve: (_root, { input }, context) =>
      claimRun(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
  }),
  claimNextRun: t.field({
    type: ClaimRunPayload,
    description:
      "Hands the oldest run that waits, or whose lease has expired, to one runner alone; run and leaseToken are null where there is none. Needs the scope runner. NOT_FOUND for an unknown runner.",
    args: { input: t.arg({ type: ClaimNextRunInput, required: true, description: "Who wants which runs." }) },
    resolve: (_root, { input }, context) =>
      claimNextRun(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
  }),
  heartbeatRun: t.field({
    type: HeartbeatRunPayload,
    description:
      "Lengthens the lease of a run from now. Needs the scope runner and the lease token. RUNNER_LEASE_CONFLICT once the lease has ended; changes nothing of an ended run.",
    args: { input: t.arg({ type: HeartbeatRunInput, required: true, description: "Who is still at work." }) },
    resolve: (_root, { input }, context) =>
      heartbeatRun(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
  }),
  finishRun: t.field({
    type: FinishRunPayload,
    description:
      "Ends a run, and the commands of it that still live. Needs the scope runner, and the lease token while the run is claimed. Changes nothing of an ended run.",
    args: { input: t.arg({ type: FinishRunInput, required: true, description: "How it ended." }) },
    resolve: async (_root, { input }, context) => ({
      run: await finishRun(context, { ...input, leaseToken: input.leaseToken ?? null }),
    }),
  }),
  cancelRun: t.field({
    type: CancelRunPayload,
    description:
      "Cancels a run and its live commands, whoever holds it. Needs the scope reader or runner. Changes nothing of an ended run.",
    args: { input: t.arg({ type: CancelRunInput, required: true, description: "Which run, and why." }) },
    resolve: async (_root, { input }, context) => ({
      run: await cancelRun(context, { ...input, reason: input.reason ?? null }),
    }),
  }),
}));
