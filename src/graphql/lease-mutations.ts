import { claimNextRun } from "../actions/claim-next-run.js";
import { claimRun } from "../actions/claim-run.js";
import { heartbeatRun } from "../actions/heartbeat-run.js";
import { releaseRun } from "../actions/release-run.js";
import { defaultLeaseSeconds, maxLeaseSeconds } from "../domain/lease.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { Run } from "./run/run.js";
import { actingRunner } from "./runner.js";

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
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the call again: while the lease lives, the same runner with the same key gets the same run in the same attempt, with a new lease token, whatever else it asks. Default: no key, and each call claims another run.",
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

const ReleaseRunInput = builder.inputType("ReleaseRunInput", {
  description: "A run to give back.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    leaseToken: t.string({
      description:
        "The token of the run's lease. It is needed while a runner holds the run, unless the caller has the scope operator.",
    }),
    untilCommand: t.boolean({
      defaultValue: false,
      description:
        "True to have it handed out only after another command is created in it: for a runner that ends while people decide. A run that has a PENDING command is handed out all the same.",
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

const ReleaseRunPayload = builder.objectRef<{ run: RunRow }>("ReleaseRunPayload").implement({
  description: "The result of releaseRun.",
  fields: (t) => ({ run: t.expose("run", { type: Run, description: "The run as it is now." }) }),
});

builder.mutationFields((t) => ({
  claimRun: t.field({
    type: ClaimRunPayload,
    description:
      "Gives a run to one runner alone, until the lease expires. A holder may claim its run again before that: it gets a new lease token, and the attempt stays the same. Needs the scope runner. NOT_FOUND if there is no such run or runner, or its session was deleted, RUNNER_LEASE_CONFLICT while another runner's lease lasts, ALREADY_TERMINAL if the run has ended.",
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
      "Gives the oldest run that waits, or whose lease has expired, to one runner alone, until the new lease expires. It passes over runs that are parked and, except those created with parallel, over runs of a session another run of which is held. It does not wait: run and leaseToken are null if there is no such run. The runner counts as heard from in either case. Needs the scope runner. NOT_FOUND if there is no such runner.",
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
  releaseRun: t.field({
    type: ReleaseRunPayload,
    description:
      "Gives a run back: it is PENDING again and held by nobody, and the attempt does not count against maxAttempts. It changes nothing if the run is not claimed. Needs the scope runner. NOT_FOUND if there is no such run, RUNNER_LEASE_CONFLICT if the lease token is needed but missing, or not valid, CONFLICT if it were parked while a queue attempt works in it.",
    args: { input: t.arg({ type: ReleaseRunInput, required: true, description: "The run." }) },
    resolve: async (_root, { input }, context) => ({
      run: await releaseRun(context, {
        runId: input.runId,
        leaseToken: input.leaseToken ?? null,
        untilCommand: input.untilCommand ?? false,
      }),
    }),
  }),
}));
