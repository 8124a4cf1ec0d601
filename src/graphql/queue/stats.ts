import { commanderSize } from "../../domain/queue/task.js";
import { checkOptionalName } from "../../domain/text.js";
import { type QueueStats as Stats, readCommander, readStats } from "../../store/queue/stats.js";
import type { QueueTaskRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { QueueTaskState } from "../enums/queue.js";
import { QueueTask } from "./task.js";

const queueField = "The queue's name; null if the figures are of all queues of the tenant.";

const QueueStateCount = builder.objectRef<Stats["byState"][number]>("QueueStateCount").implement({
  description: "How many tasks of a queue are in a state.",
  fields: (t) => ({
    state: t.expose("state", { type: QueueTaskState, description: "The state that is counted." }),
    count: t.exposeInt("count", { description: "How many tasks are in this state." }),
  }),
});

const QueueLaneCount = builder.objectRef<Stats["byLane"][number]>("QueueLaneCount").implement({
  description: "How many tasks of a queue are in a lane.",
  fields: (t) => ({
    lane: t.exposeString("lane", { description: "The lane's name." }),
    count: t.exposeInt("count", { description: "How many tasks are in this lane, in any state." }),
  }),
});

export const QueueStats = builder.objectRef<Stats>("QueueStats").implement({
  description: "The figures of a queue, all taken at one moment.",
  fields: (t) => ({
    queue: t.exposeString("queue", { nullable: true, description: queueField }),
    total: t.exposeInt("total", { description: "How many tasks the queue has, in any state." }),
    byState: t.expose("byState", {
      type: [QueueStateCount],
      description:
        "How many tasks are in each state. Every state is here, also one that has no tasks: PENDING, RUNNING, COMPLETED, FAILED, BLOCKED and CANCELLED, in this order.",
    }),
    byLane: t.expose("byLane", {
      type: [QueueLaneCount],
      description: "How many tasks are in each lane, for the lanes that have any, sorted by name.",
    }),
    maxVersion: t.expose("maxVersion", {
      type: "SafeInt",
      description: "The version of the task that changed last; 0 if there are no tasks.",
    }),
    oldestPendingSeconds: t.exposeFloat("oldestPendingSeconds", {
      nullable: true,
      description:
        "For how many seconds the longest waiting task has waited, of those that could be handed out now. A task waits from its createdAt, or from its availableAt if that is later. Null if no task waits.",
    }),
    generatedAt: t.expose("generatedAt", {
      type: "DateTime",
      description: "When the tasks were counted, by the database's clock.",
    }),
  }),
});

const QueueCommander = builder
  .objectRef<{ stats: Stats; items: QueueTaskRow[] }>("QueueCommander")
  .implement({
    description:
      "What an operator wants to see of a queue at a glance: its figures and its first tasks, read at one moment.",
    fields: (t) => ({
      queue: t.string({ nullable: true, description: queueField, resolve: ({ stats }) => stats.queue }),
      stats: t.expose("stats", { type: QueueStats, description: "The queue's figures." }),
      items: t.expose("items", {
        type: [QueueTask],
        description: `At most ${commanderSize} tasks. RUNNING and PENDING tasks come first, together in running order: the highest priority first, then the oldest. If they are fewer than ${commanderSize}, tasks that have ended follow, ordered by createdAt, newest first.`,
        complexity: { field: 1, multiplier: commanderSize },
      }),
      generatedAt: t.field({
        type: "DateTime",
        description:
          "When the figures and the tasks were read, by the database's clock. It is the same as generatedAt of stats.",
        resolve: ({ stats }) => stats.generatedAt,
      }),
    }),
  });

const queueArg = "The queue's name. Default: all queues of the tenant.";

builder.queryFields((t) => ({
  queueStats: t.field({
    type: QueueStats,
    description: "The figures of a queue. They are 0 for a queue that has no tasks.",
    args: { queue: t.arg.string({ description: queueArg }) },
    resolve: (_root, { queue }, { store }) => readStats(store, checkOptionalName(queue, "queue")),
  }),
  queueCommander: t.field({
    type: QueueCommander,
    description: "The figures and the first tasks of a queue, read at one moment.",
    args: { queue: t.arg.string({ description: queueArg }) },
    resolve: (_root, { queue }, { store }) => readCommander(store, checkOptionalName(queue, "queue")),
  }),
}));
