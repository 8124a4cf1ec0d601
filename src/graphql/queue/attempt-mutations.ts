import { heartbeatQueueTask, releaseQueueTask } from "../../actions/queue/attempt.js";
import { type ClaimedTask, claimQueueTask } from "../../actions/queue/claim.js";
import { updateQueueTaskAttempt } from "../../actions/queue/update.js";
import { defaultLeaseSeconds, maxLeaseSeconds } from "../../domain/lease.js";
import { maxMessageLength } from "../../domain/text.js";
import type { QueueAttemptRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { FailureKind } from "../enums/failure.js";
import { QueueTaskState } from "../enums/queue.js";
import { actingRunner } from "../runner.js";
import { SessionRef } from "../session.js";
import { QueueAttempt } from "./attempt.js";
import { taskPayload } from "./task-mutations.js";
import { QueueTask } from "./task.js";

const ClaimQueueTaskInput = builder.inputType("ClaimQueueTaskInput", {
  description: "A queue, and the runner that claims a task out of it.",
  fields: (t) => ({
    queue: t.string({ required: true, description: "The queue's name." }),
    lanes: t.stringList({ description: "Claims only tasks of these lanes. Default: tasks of any lane." }),
    runnerId: t.id({ required: true, description: actingRunner }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts without a heartbeat, in seconds: 1 to ${maxLeaseSeconds}.`,
    }),
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the call again: while the lease lives, the same runner with the same key gets the same attempt, with a new lease token, whatever else it asks. Default: no key, and each call claims another task.",
    }),
  }),
});

const HeartbeatQueueTaskInput = builder.inputType("HeartbeatQueueTaskInput", {
  description: "An attempt that is still under way.",
  fields: (t) => ({
    attemptId: t.id({ required: true, description: "The attempt's id." }),
    leaseToken: t.string({
      required: true,
      description: "The token of the attempt's lease, as the claim gave it.",
    }),
    leaseSeconds: t.int({
      defaultValue: defaultLeaseSeconds,
      description: `How long the lease lasts from now on, in seconds: 1 to ${maxLeaseSeconds}.`,
    }),
  }),
});

const UpdateQueueTaskAttemptInput = builder.inputType("UpdateQueueTaskAttemptInput", {
  description:
    "What became of a queue task's attempt: its state, and the run, command and session that it works in.",
  fields: (t) => ({
    taskId: t.id({ required: true, description: "The task's id." }),
    state: t.field({
      type: QueueTaskState,
      required: true,
      description: "The new state of the task and its attempt; CONFLICT if it is PENDING.",
    }),
    attemptId: t.id({
      description:
        "The id of the attempt that is meant; RUNNER_LEASE_CONFLICT if it has ended. Default: the task's latest attempt.",
    }),
    runId: t.id({ description: "The id of the run that the attempt works in. Default: it stays as it was." }),
    commandId: t.id({
      description:
        "The id of the command that the attempt works on, which also names the run. Default: it stays as it was, unless the run changes.",
    }),
    session: t.field({
      type: SessionRef,
      description:
        "The session that the attempt works in. Default: the session of the run that is named; if none is named, it stays as it was.",
    }),
    failureKind: t.field({
      type: FailureKind,
      description:
        "Why the attempt did not end well; BAD_USER_INPUT unless state is FAILED, BLOCKED or CANCELLED. Default: not known.",
    }),
    failureMessage: t.string({
      description: `Why the attempt did not end well, in words, at most ${maxMessageLength} characters; BAD_USER_INPUT unless state is FAILED, BLOCKED or CANCELLED. Secrets are redacted. Default: none.`,
    }),
    leaseToken: t.string({
      description:
        "The token of the attempt's lease. It is needed while a claimed attempt runs, unless the caller has the scope operator.",
    }),
  }),
});

const ReleaseQueueTaskInput = builder.inputType("ReleaseQueueTaskInput", {
  description: "An attempt whose task is given back.",
  fields: (t) => ({
    attemptId: t.id({ required: true, description: "The attempt's id." }),
    leaseToken: t.string({
      required: true,
      description: "The token of the attempt's lease, as the claim gave it.",
    }),
  }),
});

const ClaimQueueTaskPayload = builder.objectRef<ClaimedTask>("ClaimQueueTaskPayload").implement({
  description: "The result of claimQueueTask. All fields are null if no task waits.",
  fields: (t) => ({
    task: t.expose("task", {
      type: QueueTask,
      nullable: true,
      description: "The task as it is now; null if no task waits.",
    }),
    attempt: t.expose("attempt", {
      type: QueueAttempt,
      nullable: true,
      description: "The new attempt, which the runner now holds; null if no task waits.",
    }),
    leaseToken: t.exposeString("leaseToken", {
      nullable: true,
      description:
        "The token of the attempt's lease; null if no task waits. The holder must send it with everything that it writes. It is never shown again.",
    }),
  }),
});

const HeartbeatQueueTaskPayload = builder
  .objectRef<{ attempt: QueueAttemptRow }>("HeartbeatQueueTaskPayload")
  .implement({
    description: "The result of heartbeatQueueTask.",
    fields: (t) => ({
      attempt: t.expose("attempt", {
        type: QueueAttempt,
        description:
          "The attempt as it is now. If it is not RUNNING any more, the runner must stop its work.",
      }),
    }),
  });

const UpdateQueueTaskAttemptPayload = taskPayload("UpdateQueueTaskAttemptPayload", "updateQueueTaskAttempt");
const ReleaseQueueTaskPayload = taskPayload("ReleaseQueueTaskPayload", "releaseQueueTask");

builder.mutationFields((t) => ({
  claimQueueTask: t.field({
    type: ClaimQueueTaskPayload,
    description:
      "Gives the first waiting task of a queue to one runner alone, in a new attempt, until the lease expires. The first is the one with the highest priority, then the oldest. It does not wait: all fields of the result are null if no task can be handed out now. The runner counts as heard from in either case. Needs the scope runner. NOT_FOUND if there is no such runner.",
    args: {
      input: t.arg({
        type: ClaimQueueTaskInput,
        required: true,
        description: "The queue, and the runner that claims a task out of it.",
      }),
    },
    resolve: (_root, { input }, context) =>
      claimQueueTask(context, { ...input, leaseSeconds: input.leaseSeconds ?? defaultLeaseSeconds }),
  }),
  heartbeatQueueTask: t.field({
    type: HeartbeatQueueTaskPayload,
    description:
      "Renews the lease of an attempt: it lasts leaseSeconds from now on. It changes nothing if the attempt has ended. Needs the scope runner and the lease token. NOT_FOUND if there is no such attempt, RUNNER_LEASE_CONFLICT if the token is not that of the attempt's lease, or if the lease has expired.",
    args: {
      input: t.arg({ type: HeartbeatQueueTaskInput, required: true, description: "The attempt." }),
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
      "Tells the service what became of a queue task's attempt. If the task waits, this makes its next attempt, which has no lease. Needs the scope runner. NOT_FOUND if there is no such task, attempt, run, command or session, or if they do not belong together; ALREADY_TERMINAL if the task has ended; CONFLICT if state is PENDING; RUNNER_LEASE_CONFLICT if the attempt that is named has ended, or if the lease token is needed but missing, or not valid.",
    args: {
      input: t.arg({
        type: UpdateQueueTaskAttemptInput,
        required: true,
        description: "The task, and what became of its attempt.",
      }),
    },
    resolve: async (_root, { input }, context) => ({ task: await updateQueueTaskAttempt(context, input) }),
  }),
  releaseQueueTask: t.field({
    type: ReleaseQueueTaskPayload,
    description:
      "Gives a claimed task back to its queue: the attempt ends as CANCELLED, and another runner may claim the task at once. The attempt does not count against maxAttempts. It changes nothing if the attempt has ended. Needs the scope runner and the lease token. NOT_FOUND if there is no such attempt, RUNNER_LEASE_CONFLICT if the token is not that of the attempt's lease, or if the lease has expired.",
    args: { input: t.arg({ type: ReleaseQueueTaskInput, required: true, description: "The attempt." }) },
    resolve: async (_root, { input }, context) => ({ task: await releaseQueueTask(context, input) }),
  }),
}));
