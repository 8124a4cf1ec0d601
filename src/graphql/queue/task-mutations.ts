import { createQueueTask } from "../../actions/queue/create.js";
import { cancelQueueTask, markQueueTaskRead } from "../../actions/queue/task.js";
import { maxMaxAttempts } from "../../domain/lease.js";
import { defaultLane, defaultTaskAttempts, maxPriority } from "../../domain/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { readerArg } from "../inbox/session-list.js";
import { QueueTask } from "./task.js";

const CreateQueueTaskInput = builder.inputType("CreateQueueTaskInput", {
  description: "A new queue task.",
  fields: (t) => ({
    tenantId: t.string({
      description: "The caller's own tenant, or left out; TENANT_POLICY_DENIED for another.",
    }),
    projectId: t.string({
      required: true,
      description: "The project that it belongs to, 1 to 200 characters.",
    }),
    queue: t.string({ required: true, description: "The queue that it waits in, 1 to 200 characters." }),
    lane: t.string({
      defaultValue: defaultLane,
      description: "The lane of the queue, 1 to 200 characters.",
    }),
    title: t.string({ description: "What people call it, 1 to 200 characters. Default: none." }),
    priority: t.int({
      defaultValue: 0,
      description: `Higher runs first, -${maxPriority} to ${maxPriority}.`,
    }),
    backendProfile: t.string({
      description: "The backend profile that its work needs, 1 to 200 characters. Default: none.",
    }),
    payload: t.field({ type: "JSON", required: true, description: "What is to be done: a JSON object." }),
    idempotencyKey: t.string({
      description: "The same key and content in this project gives the first task again. Default: no check.",
    }),
    maxAttempts: t.int({
      defaultValue: defaultTaskAttempts,
      description: `After how many attempts whose lease ran out it fails, 1 to ${maxMaxAttempts}.`,
    }),
    availableAt: t.field({ type: "DateTime", description: "Not handed out before this time. Default: now." }),
  }),
});

const CancelQueueTaskInput = builder.inputType("CancelQueueTaskInput", {
  description: "Which queue task to cancel, and why.",
  fields: (t) => ({
    taskId: t.id({ required: true, description: "The task." }),
    reason: t.string({ description: 'Why. Default: "cancel requested".' }),
  }),
});

const MarkQueueTaskReadInput = builder.inputType("MarkQueueTaskReadInput", {
  description: "What a reader has read.",
  fields: (t) => ({
    taskId: t.id({ required: true, description: "The task." }),
    readerId: t.string({ description: readerArg }),
  }),
});

const CreateQueueTaskPayload = builder
  .objectRef<{ task: QueueTaskRow; replayed: boolean }>("CreateQueueTaskPayload")
  .implement({
    description: "What createQueueTask did.",
    fields: (t) => ({
      task: t.expose("task", { type: QueueTask, description: "The task as it stands." }),
      replayed: t.exposeBoolean("replayed", {
        description: "True where the key was used before and nothing was created.",
      }),
    }),
  });

/** The payload of a mutation that gives the task alone. */
export function taskPayload(name: string, mutation: string) {
  return builder.objectRef<{ task: QueueTaskRow }>(name).implement({
    description: `What ${mutation} did.`,
    fields: (t) => ({
      task: t.expose("task", { type: QueueTask, description: "The task as it stands." }),
    }),
  });
}

const CancelQueueTaskPayload = taskPayload("CancelQueueTaskPayload", "cancelQueueTask");
const MarkQueueTaskReadPayload = taskPayload("MarkQueueTaskReadPayload", "markQueueTaskRead");

builder.mutationFields((t) => ({
  createQueueTask: t.field({
    type: CreateQueueTaskPayload,
    description: "Creates a queue task that waits for a runner. Needs the scope reader or runner.",
    args: { input: t.arg({ type: CreateQueueTaskInput, required: true, description: "The task." }) },
    resolve: (_root, { input }, context) => createQueueTask(context, input),
  }),
  cancelQueueTask: t.field({
    type: CancelQueueTaskPayload,
    description:
      "Cancels a queue task and its running attempt, whoever holds it. Needs the scope reader or runner. Changes nothing of one that has ended.",
    args: {
      input: t.arg({ type: CancelQueueTaskInput, required: true, description: "Which task, and why." }),
    },
    resolve: async (_root, { input }, context) => ({ task: await cancelQueueTask(context, input) }),
  }),
  markQueueTaskRead: t.field({
    type: MarkQueueTaskReadPayload,
    description:
      "Notes that a reader has read a queue task as it stands. Changes nothing of the task. Needs the scope reader.",
    args: {
      input: t.arg({ type: MarkQueueTaskReadInput, required: true, description: "Which task, and who." }),
    },
    resolve: async (_root, { input }, context) => ({ task: await markQueueTaskRead(context, input) }),
  }),
}));
