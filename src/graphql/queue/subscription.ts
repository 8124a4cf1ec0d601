import { type Key, encodeCursor } from "../../domain/cursor.js";
import { maxPageSize } from "../../domain/page.js";
import { queueTopic } from "../../domain/topic.js";
import type { Reading } from "../../realtime/log.js";
import { keyOf, scopeOf, wholeTenant } from "../../store/listing/listing.js";
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
  description: "Queue tasks, each once as it stands now, and the figures of their queue.",
  fields: (t) => ({
    tasks: t.field({
      type: [QueueTask],
      description: "Those that match the filter: at first in running order, then by version.",
      resolve: ({ items }) => items.filter(({ listed }) => listed).map(({ task }) => task),
    }),
    removedIds: t.idList({
      description:
        "Those that changed and are not in the filter's states, or no longer; they need not have been sent before.",
      resolve: ({ items }) => items.filter(({ listed }) => !listed).map(({ task }) => task.id),
    }),
    stats: t.field({
      type: QueueStats,
      description: "The figures of the filter's queue, of all queues where it names none, as they are now.",
      resolve: ({ filter }, _args, { store }) => readStats(store, filter.queue),
    }),
    cursor: t.exposeString("cursor", { description: "Resume after this one, with the same filter." }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description: "True once everything stored when the subscription began has been sent.",
    }),
  }),
});

/**
 * How far a follower has come. With a key: through the tasks in running order as they were at the version, up to that key;
 * what has changed since then is passed over and comes with the changes. Without: through all changes up to the version.
 */
interface Place {
  version: number;
  key: Key | null;
}

/** Stands before the key of every task in running order. */
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

/** The tasks that match a filter, from a cursor or from how they are now. */
async function taskFeed(context: GraphContext, filter: TaskFilter, after: string | null) {
  const { store } = context;
  const scope = JSON.stringify(["queueTasks", scopeOf(store, taskListing(filter), wholeTenant)]);
  const key = resumeKey(context, after, scope);
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
      "What happens to queue tasks. Without a cursor first the tasks as they are now, in running order; with one each task that changed after it, once, as it stands now; then every change. At most 100 tasks a batch. Stays open. Ends with UNAVAILABLE and details.cursor rather than leave anything out.",
    args: {
      filter: t.arg({ type: QueueTaskFilter, description: "Which tasks. Default: all." }),
      after: t.arg.string({
        description: "The cursor of an earlier batch of the same filter. Default: from how they are now.",
      }),
    },
    subscribe: (_root, { filter, after }, context) =>
      taskFeed(context, takeTaskFilter(filter), after ?? null),
    resolve: sentOrFailure,
  }),
}));
