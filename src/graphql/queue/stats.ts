import { commanderSize } from "../../domain/queue/task.js";
import { checkOptionalName } from "../../domain/text.js";
import { type QueueStats as Stats, readCommander, readStats } from "../../store/queue/stats.js";
import type { QueueTaskRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { QueueTaskState } from "../enums.js";
import { QueueTask } from "./task.js";

const queueField = "The queue; null for all queues of the tenant.";

const QueueStateCount = builder.objectRef<Stats["byState"][number]>("QueueStateCount").implement({
  description: "How many tasks are in a state.",
  fields: (t) => ({
    state: t.expose("state", { type: QueueTaskState, description: "The state." }),
    count: t.exposeInt("count", { description: "How many tasks are in it." }),
  }),
});

const QueueLaneCount = builder.objectRef<Stats["byLane"][number]>("QueueLaneCount").implement({
  description: "How many tasks are in a lane.",
  fields: (t) => ({
    lane: t.exposeString("lane", { description: "The lane." }),
    count: t.exposeInt("count", { description: "How many tasks are in it, in any state." }),
  }),
});

export const QueueStats = builder.objectRef<Stats>("QueueStats").implement({
  description: "The figures of a queue, all of one moment.",
  fields: (t) => ({
    queue: t.exposeString("queue", { nullable: true, description: queueField }),
    total: t.exposeInt("total", { description: "How many tasks there are, in any state." }),
    byState: t.expose("byState", {
      type: [QueueStateCount],
      description: "How many are in each state: every state in the order of the enum, with 0 for none.",
    }),
    byLane: t.expose("byLane", {
      type: [QueueLaneCount],
      description: "How many are in each lane that has any, by the lane's name.",
    }),
    maxVersion: t.expose("maxVersion", {
      type: "SafeInt",
      description: "The version of the task that changed last; 0 where there are no tasks.",
    }),
    oldestPendingSeconds: t.exposeFloat("oldestPendingSeconds", {
      nullable: true,
      description:
        "The longest wait of a task that could be handed out now, from its createdAt, or its availableAt where that is later; null where none waits.",
    }),
    generatedAt: t.expose("generatedAt", {
      type: "DateTime",
      description: "When they were counted, by the database's clock.",
    }),
  }),
});

const QueueCommander = builder
  .objectRef<{ stats: Stats; items: QueueTaskRow[] }>("QueueCommander")
  .implement({
    description:
      "What an operator of a queue sees at a glance: its figures and its first tasks, of one moment.",
    fields: (t) => ({
      queue: t.string({ nullable: true, description: queueField, resolve: ({ stats }) => stats.queue }),
      stats: t.expose("stats", { type: QueueStats, description: "Its figures." }),
      items: t.expose("items", {
        type: [QueueTask],
        description: `At most ${commanderSize} tasks: RUNNING and PENDING ones together in running order; only where they are fewer, ended ones after them by createdAt, newest first.`,
        complexity: { field: 1, multiplier: commanderSize },
      }),
      generatedAt: t.field({
        type: "DateTime",
        description: "When both were read, by the database's clock; the same as that of stats.",
        resolve: ({ stats }) => stats.generatedAt,
      }),
    }),
  });

const queueArg = "The queue. Default: all queues of the tenant.";

builder.queryFields((t) => ({
  queueStats: t.field({
    type: QueueStats,
    description: "The figures of a queue; zeros for one that has no tasks.",
    args: { queue: t.arg.string({ description: queueArg }) },
    resolve: (_root, { queue }, { store }) => readStats(store, checkOptionalName(queue, "queue")),
  }),
  queueCommander: t.field({
    type: QueueCommander,
    description: "A queue's figures and first tasks, of one moment.",
    args: { queue: t.arg.string({ description: queueArg }) },
    resolve: (_root, { queue }, { store }) => readCommander(store, checkOptionalName(queue, "queue")),
  }),
}));
