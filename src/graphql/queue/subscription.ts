import { type Key, encodeCursor } from "../../domain/cursor.js";
import { maxPageSize } from "../../domain/page.js";
import { queueTopic } from "../../domain/topic.js";
import type { Reading } from "../../realtime/log.js";
import { keyOf, keyShape, scopeOf, wholeTenant } from "../../store/listing/listing.js";
import { readParts } from "../../store/listing/parts.js";
import { type ChangedTask, readTaskChanges } from "../../store/queue/changes.js";
import { readStats } from "../../store/queue/stats.js";
import { type TaskFilter, taskListing } from "../../store/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import type { TenantClient } from "../../store/statement.js";
import { readVersion } from "../../store/tenant.js";
import { builder } from "../builder.js";
import type { GraphContext } from "../context.js";
import { Feed, type Sent, resumeKey, sentOrFailure } from "../following/feed.js";
import { QueueStats } from "./stats.js";
import { QueueTask, QueueTaskFilter, takeTaskFilter } from "./task.js";

type TaskBatch = Sent<ChangedTask> & { filter: TaskFilter };

const QueueTaskBatch = builder.objectRef<TaskBatch>("QueueTaskBatch").implement({
  description: "Queue tasks, and the figures of their queue. Each task comes once, as it is now.",
  fields: (t) => ({
    tasks: t.field({
      type: [QueueTask],
      description:
        "The tasks that match the filter. Those of a subscription's beginning without a cursor are in running order; changes are ordered by version.",
      resolve: ({ items }) => items.filter(({ listed }) => listed).map(({ task }) => task),
    }),
    removedIds: t.idList({
      description:
        "The ids of changed tasks that are in none of the filter's states now. They need not have been sent before.",
      resolve: ({ items }) => items.filter(({ listed }) => !listed).map(({ task }) => task.id),
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

/**
 * How far a follower has come. A place with a key lies in the list of tasks in running order, as it was at the
 * version: the follower has all tasks up to the key. A task that has changed since is passed over there, and comes
 * with the changes. A place without a key lies among the changes: the follower has all of them up to the version.
 */
interface Place {
  version: number;
  key: Key | null;
}

/** A key that comes before every task's in running order. */
const beforeAll: Key = [-(2 ** 31), "-infinity", ""];

function reaches(place: Place, other: Place): boolean {
  return place.key === null ? place.version >= other.version : other.key !== null;
}

async function readPlace(
  store: TenantClient,
  filter: TaskFilter,
  place: Place,
): Promise<Reading<ChangedTask, Place>> {
  if (place.key !== null) return readListing(store, filter, place.version, place.key);
  const { changes, upTo, newest } = await readTaskChanges(store, filter, place.version, maxPageSize);
  return {
    items: changes,
    position: { version: upTo, key: null },
    lastPosition: { version: newest, key: null },
    ended: false,
  };
}

async function readListing(
  store: TenantClient,
  filter: TaskFilter,
  version: number,
  after: Key,
): Promise<Reading<ChangedTask, Place>> {
  const listing = taskListing(filter);
  const unchanged = { sql: "queue_task.version <= ?::bigint", value: version };
  const window = { limit: maxPageSize, backward: false, after, before: null };
  const parts = await readParts<QueueTaskRow>(
    store,
    { ...listing, where: [...listing.where, unchanged] },
    [wholeTenant],
    window,
  );
  const { rows = [], hasMore = false } = parts.get(wholeTenant) ?? {};
  const last = rows.at(-1);
  const items = rows.map((task) => ({ task, listed: true }));
  if (last && hasMore) {
    return { items, position: { version, key: keyOf(listing, last) }, lastPosition: undefined, ended: false };
  }
  // Read after the rows: whatever they lack because it changed meanwhile is not newer than this.
  const newest = await readVersion(store);
  return {
    items,
    position: { version, key: null },
    lastPosition: { version: newest, key: null },
    ended: false,
  };
}

/** Makes the feed of the tasks that match a filter. It begins after the cursor, or with the tasks as they are now. */
async function taskFeed(context: GraphContext, filter: TaskFilter, after: string | null) {
  const { store } = context;
  const listing = taskListing(filter);
  const scope = JSON.stringify(["queueTasks", scopeOf(store, listing, wholeTenant)]);
  // Within what was there at the beginning a place is a task's, after that a version.
  const key = resumeKey(context, after, scope, ["number"], ["number", ...keyShape(listing)]);
  return new Feed<ChangedTask, Place, { filter: TaskFilter }>({
    log: {
      topics: [queueTopic(store.tenantId)],
      read: (place) => readPlace(store, filter, place),
      reaches,
      positionOf: ({ task }) => ({ version: task.version, key: null }),
    },
    start: key ? placeOf(key) : { version: await readVersion(store), key: beforeAll },
    cursorAt: (place) => encodeCursor(scope, cursorKey(place)),
    facts: { filter },
  });
}

function cursorKey({ version, key }: Place): Key {
  return [version, ...(key ?? [])];
}

function placeOf([version, ...key]: Key): Place {
  return { version: Number(version), key: key.length > 0 ? key : null };
}

builder.subscriptionFields((t) => ({
  queueTasks: t.field({
    type: QueueTaskBatch,
    description:
      "Sends queue tasks and what happens to them. Without a cursor it begins with the tasks as they are now, in running order: the highest priority first, then the oldest. With a cursor it begins with the tasks that have changed after it; each comes once, as it is now. Then every change follows. A batch has at most 100 tasks. The first batch comes at once, even if it is empty, and the subscription stays open. If it cannot go on, it ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out.",
    args: {
      filter: t.arg({ type: QueueTaskFilter, description: "Which tasks are followed. Default: all tasks." }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch of the same filter; BAD_USER_INPUT if it is another. Default: from the tasks as they are now.",
      }),
    },
    subscribe: (_root, { filter, after }, context) =>
      taskFeed(context, takeTaskFilter(filter), after ?? null),
    resolve: sentOrFailure,
  }),
}));
