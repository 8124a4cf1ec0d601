import { createQueueTask } from "../../actions/queue/create.js";
import { cancelQueueTask, markQueueTaskRead } from "../../actions/queue/task.js";
import { maxMaxAttempts } from "../../domain/lease.js";
import { maxMessageLength } from "../../domain/text.js";
import { defaultLane, defaultTaskAttempts, maxPriority } from "../../domain/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { readerArg } from "../inbox/session-list.js";
import { QueueTask } from "./task.js";

const CreateQueueTaskInput = builder.inputType("CreateQueueTaskInput", {
  description: "A queue task to create.",
  fields: (t) => ({
    tenantId: t.string({
      description: "The caller's tenant, which is also the default; TENANT_POLICY_DENIED if it is another.",
    }),
    projectId: t.string({
      required: true,
      description: "The project that the task belongs to, 1 to 200 characters.",
    }),
    queue: t.string({
      required: true,
      description:
        "The queue that the task waits in, 1 to 200 characters. A queue need not be created before.",
    }),
    lane: t.string({
      defaultValue: defaultLane,
      description:
        "The lane of the queue that the task waits in, 1 to 200 characters. Runners may claim out of some lanes only.",
    }),
    title: t.string({ description: "What people call the task, 1 to 200 characters. Default: none." }),
    priority: t.int({
      defaultValue: 0,
      description: `How urgent the task is, -${maxPriority} to ${maxPriority}: tasks with a higher priority run first.`,
    }),
    backendProfile: t.string({
      description:
        "The backend profile that the work needs, 1 to 200 characters. It is only kept: any runner may claim the task. Default: none.",
    }),
    payload: t.field({
      type: "JSON",
      required: true,
      description: "What is to be done: a JSON object. Secrets in it are redacted before it is stored.",
    }),
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the call again. If the project has a task with this key and the same content, that task is given and nothing is created; IDEMPOTENCY_KEY_REUSED if the content differs. Default: no key, and each call creates a task.",
    }),
    maxAttempts: t.int({
      defaultValue: defaultTaskAttempts,
      description: `How many attempts at the task may run out of their lease, 1 to ${maxMaxAttempts}: with the last of them the task fails.`,
    }),
    availableAt: t.field({
      type: "DateTime",
      description: "The task is not handed out before this instant. Default: now.",
    }),
  }),
});

const CancelQueueTaskInput = builder.inputType("CancelQueueTaskInput", {
  description: "A queue task to cancel, and why.",
  fields: (t) => ({
    taskId: t.id({ required: true, description: "The task's id." }),
    reason: t.string({
      description: `Why it is cancelled, at most ${maxMessageLength} characters. Default: "cancel requested".`,
    }),
  }),
});

const MarkQueueTaskReadInput = builder.inputType("MarkQueueTaskReadInput", {
  description: "A queue task that a reader has read.",
  fields: (t) => ({
    taskId: t.id({ required: true, description: "The task's id." }),
    readerId: t.string({ description: readerArg }),
  }),
});

const CreateQueueTaskPayload = builder
  .objectRef<{ task: QueueTaskRow; replayed: boolean }>("CreateQueueTaskPayload")
  .implement({
    description: "The result of createQueueTask.",
    fields: (t) => ({
      task: t.expose("task", { type: QueueTask, description: "The task as it is now." }),
      replayed: t.exposeBoolean("replayed", {
        description:
          "True if the task had been created by an earlier call with the same idempotencyKey, and this call created nothing.",
      }),
    }),
  });

/** Makes the payload type of a mutation that gives the task and nothing else. */
export function taskPayload(name: string, mutation: string) {
  return builder.objectRef<{ task: QueueTaskRow }>(name).implement({
    description: `The result of ${mutation}.`,
    fields: (t) => ({
      task: t.expose("task", { type: QueueTask, description: "The task as it is now." }),
    }),
  });
}

const CancelQueueTaskPayload = taskPayload("CancelQueueTaskPayload", "cancelQueueTask");
const MarkQueueTaskReadPayload = taskPayload("MarkQueueTaskReadPayload", "markQueueTaskRead");

builder.mutationFields((t) => ({
  createQueueTask: t.field({
    type: CreateQueueTaskPayload,
    description: "Creates a PENDING queue task, which waits for a runner. Needs the scope reader or runner.",
    args: {
      input: t.arg({ type: CreateQueueTaskInput, required: true, description: "The task to create." }),
    },
    resolve: (_root, { input }, context) => createQueueTask(context, input),
  }),
  cancelQueueTask: t.field({
    type: CancelQueueTaskPayload,
    description:
      "Cancels a queue task and its running attempt, whoever holds it. It changes nothing if the task has ended before. Needs the scope reader or runner. NOT_FOUND if there is no such task.",
    args: {
      input: t.arg({
        type: CancelQueueTaskInput,
        required: true,
        description: "The task, and why it is cancelled.",
      }),
    },
    resolve: async (_root, { input }, context) => ({ task: await cancelQueueTask(context, input) }),
  }),
  markQueueTaskRead: t.field({
    type: MarkQueueTaskReadPayload,
    description:
      "Marks a queue task as read by a reader, at its newest version. The mark is the reader's own and never changes the task. Needs the scope reader. NOT_FOUND if there is no such task, BAD_USER_INPUT if neither readerId nor the token names a reader.",
    args: {
      input: t.arg({
        type: MarkQueueTaskReadInput,
        required: true,
        description: "The task, and the reader.",
      }),
    },
    resolve: async (_root, { input }, context) => ({ task: await markQueueTaskRead(context, input) }),
  }),
}));
