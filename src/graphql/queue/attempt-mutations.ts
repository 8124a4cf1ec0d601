import { heartbeatQueueTask, releaseQueueTask } from "../../actions/queue/attempt.js";
import { type ClaimedTask, claimQueueTask } from "../../actions/queue/claim.js";
import { updateQueueTaskAttempt } from "../../actions/queue/update.js";
import { defaultLeaseSeconds, maxLeaseSeconds } from "../../domain/lease.js";
import type { QueueAttemptRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { FailureKind, QueueTaskState } from "../enums.js";
import { SessionRef } from "../session.js";
import { QueueAttempt } from "./attempt.js";
import { taskPayload } from "./task-mutations.js";
import { QueueTask } from "./task.js";

const ClaimQueueTaskInput = builder.inputType("ClaimQueueTaskInput", {
  description: "Who claims out of which queue.",
  fields: (t) => ({
    queue: t.string({ required: true, description: "The queue." }),
    lanes: t.stringList({ description: "Only out of these lanes. Default: any." }),
    runnerId: t.id({ required: true, description: "A registered runner." }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts without a heartbeat, 1 to ${maxLeaseSeconds} seconds.`,
    }),
  }),
});

const HeartbeatQueueTaskInput = builder.inputType("HeartbeatQueueTaskInput", {
  description: "Which attempt is still under way.",
  fields: (t) => ({
    attemptId: t.id({ required: true, description: "The attempt." }),
    leaseToken: t.string({ required: true, description: "The token of its lease." }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts from now, 1 to ${maxLeaseSeconds} seconds.`,
    }),
  }),
});

const UpdateQueueTaskAttemptInput = builder.inputType("UpdateQueueTaskAttemptInput", {
  description: "What became of an attempt: which run, command and session it works in, and its state.",
  fields: (t) => ({
    taskId: t.id({ required: true, description: "The task." }),
    state: t.field({
      type: QueueTaskState,
      required: true,
      description: "The state of the task and its attempt from now on; CONFLICT for PENDING.",
    }),
    attemptId: t.id({
      description:
        "The attempt that is meant; RUNNER_LEASE_CONFLICT for one that is over. Default: the latest.",
    }),
    runId: t.id({ description: "The run that it works in. Default: as before." }),
    commandId: t.id({ description: "The command that it works on, and so its run. Default: as before." }),
    session: t.field({
      type: SessionRef,
      description: "The session that it works in. Default: that of the run, else as before.",
    }),
    failureKind: t.field({
      type: FailureKind,
      description: "Why it did not end well; only where state is FAILED, BLOCKED or CANCELLED.",
    }),
    failureMessage: t.string({ description: "The same in words; only as failureKind." }),
    leaseToken: t.string({
      description: "The token of its lease; needed while the attempt runs, unless it began without a claim.",
    }),
  }),
});

const ReleaseQueueTaskInput = builder.inputType("ReleaseQueueTaskInput", {
  description: "Which attempt is given back.",
  fields: (t) => ({
    attemptId: t.id({ required: true, description: "The attempt." }),
    leaseToken: t.string({ required: true, description: "The token of its lease." }),
  }),
});

const ClaimQueueTaskPayload = builder.objectRef<ClaimedTask>("ClaimQueueTaskPayload").implement({
  description: "What a claim gave; all null where no task waits.",
  fields: (t) => ({
    task: t.expose("task", { type: QueueTask, nullable: true, description: "The task as it stands." }),
    attempt: t.expose("attempt", {
      type: QueueAttempt,
      nullable: true,
      description: "The attempt that the runner now holds.",
    }),
    leaseToken: t.exposeString("leaseToken", {
      nullable: true,
      description: "To be sent with everything that the holder writes. Never shown again.",
    }),
  }),
});

const HeartbeatQueueTaskPayload = builder
  .objectRef<{ attempt: QueueAttemptRow }>("HeartbeatQueueTaskPayload")
  .implement({
    description: "What heartbeatQueueTask did.",
    fields: (t) => ({
      attempt: t.expose("attempt", {
        type: QueueAttempt,
        description: "The attempt as it stands; where it is not RUNNING any more, the work must stop.",
      }),
    }),
  });

const UpdateQueueTaskAttemptPayload = taskPayload("UpdateQueueTaskAttemptPayload", "updateQueueTaskAttempt");
const ReleaseQueueTaskPayload = taskPayload("ReleaseQueueTaskPayload", "releaseQueueTask");

builder.mutationFields((t) => ({
  claimQueueTask: t.field({
    type: ClaimQueueTaskPayload,
    description:
      "Hands the first waiting task in running order to one runner alone until its lease ends. Needs the scope runner. Never waits; task is null where none is there.",
    args: {
      input: t.arg({
        type: ClaimQueueTaskInput,
        required: true,
        description: "Who claims out of which queue.",
      }),
    },
    resolve: (_root, { input }, context) =>
      claimQueueTask(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
  }),
  heartbeatQueueTask: t.field({
    type: HeartbeatQueueTaskPayload,
    description:
      "Lengthens the lease of an attempt from now. Needs the scope runner and the lease token. RUNNER_LEASE_CONFLICT once the lease has ended; changes nothing of an ended attempt.",
    args: {
      input: t.arg({ type: HeartbeatQueueTaskInput, required: true, description: "Which attempt." }),
    },
    resolve: async (_root, { input }, context) => ({
      attempt: await heartbeatQueueTask(context, {
        ...input,
        leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds,
      }),
    }),
  }),
  updateQueueTaskAttempt: t.field({
    type: UpdateQueueTaskAttemptPayload,
    description:
      "Says what became of a queue task's attempt; a task that waits gets its next attempt by it, without a lease. Needs the scope runner, and the lease token of a claimed attempt. ALREADY_TERMINAL for an ended task, CONFLICT for a step back to PENDING.",
    args: {
      input: t.arg({ type: UpdateQueueTaskAttemptInput, required: true, description: "What became of it." }),
    },
    resolve: async (_root, { input }, context) => ({ task: await updateQueueTaskAttempt(context, input) }),
  }),
  releaseQueueTask: t.field({
    type: ReleaseQueueTaskPayload,
    description:
      "Gives a claimed task back: its attempt ends CANCELLED and the next runner may have the task at once. It does not count against maxAttempts. Needs the scope runner and the lease token. Changes nothing of an ended attempt.",
    args: { input: t.arg({ type: ReleaseQueueTaskInput, required: true, description: "Which attempt." }) },
    resolve: async (_root, { input }, context) => ({ task: await releaseQueueTask(context, input) }),
  }),
}));
