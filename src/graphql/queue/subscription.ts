import { queueTopic } from "../../domain/topic.js";
import type { Changed } from "../../store/listing/changes.js";
import { readStats } from "../../store/queue/stats.js";
import { type TaskFilter, followedTasks } from "../../store/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { type Sent, sentOrFailure } from "../following/feed.js";
import { listFeed } from "../following/list-feed.js";
import { QueueStats } from "./stats.js";
import { QueueTask, QueueTaskFilter, takeTaskFilter } from "./task.js";

type TaskBatch = Sent<Changed<QueueTaskRow>> & { filter: TaskFilter };

const QueueTaskBatch = builder.objectRef<TaskBatch>("QueueTaskBatch").implement({
  description: "Queue tasks, and the figures of their queue. Each task comes once, as it is now.",
  fields: (t) => ({
    tasks: t.field({
      type: [QueueTask],
      description:
        "The tasks that match the filter. Those of a subscription's beginning without a cursor are in running order; changes are ordered by version.",
      resolve: ({ items }) => items.filter(({ listed }) => listed).map(({ row }) => row),
    }),
    removedIds: t.idList({
      description:
        "The ids of changed tasks that are in none of the filter's states now, or that have left every list since they ended long ago. They need not have been sent before.",
      resolve: ({ items }) => items.filter(({ listed }) => !listed).map(({ row }) => row.id),
    }),
    stats: t.field({
      type: QueueStats,
      description:
        "The figures of the filter's queue as they are now, or of all queues if the filter names none.",
      resolve: ({ filter }, _args, { store }) => readStats(store, filter.queue),
    }),
    cursor: t.exposeString("cursor", {
      description:
        "The place of this batch. Sent as `after` with the same filter, it makes a new subscription go on after this batch.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description:
        "True once everything that was stored when the subscription began has been sent, this batch included.",
    }),
  }),
});

builder.subscriptionFields((t) => ({
  queueTasks: t.field({
    type: QueueTaskBatch,
    description:
      "Sends queue tasks and what happens to them. Without a cursor it begins with the tasks as they are now, in running order: the highest priority first, then the oldest. With a cursor it begins with the tasks that have changed after it; each comes once, as it is now. Then every change follows. A batch has at most 100 tasks. The first batch comes at once, even if it is empty, and the subscription stays open. If it cannot go on, it ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out.",
    args: {
      filter: t.arg({ type: QueueTaskFilter, description: "Which tasks are followed. Default: all tasks." }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch of the same filter; BAD_USER_INPUT if it is another, or if tasks that left the list since are removed already (`details.reason: cursor-too-old`): then subscribe without it. Default: from the tasks as they are now.",
      }),
    },
    subscribe: (_root, args, context) => {
      const filter = takeTaskFilter(args.filter);
      return listFeed<QueueTaskRow, { filter: TaskFilter }>(context, {
        name: "queueTasks",
        noun: "tasks",
        list: followedTasks(filter),
        topic: queueTopic(context.store.tenantId),
        after: args.after ?? null,
        facts: { filter },
      });
    },
    resolve: sentOrFailure,
  }),
}));
