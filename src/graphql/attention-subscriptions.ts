import { resolveReader } from "../actions/reader.js";
import { decodeCursor, encodeCursor } from "../domain/cursor.js";
import { maxPageSize } from "../domain/page.js";
import { readerTopic, sessionsTopic } from "../domain/topic.js";
import type { Bell } from "../realtime/hub.js";
import { follow } from "../realtime/follow.js";
import { type InboxCounts as Counts, countInbox } from "../store/inbox-counts.js";
import {
  type ChangePlace,
  type SessionChanges,
  everySession,
  readSessionChanges,
} from "../store/session-changes.js";
import { readVersion } from "../store/tenant.js";
import type { SessionFilter as StoreSessionFilter } from "../store/session-list.js";
import { InboxCounts } from "./attention.js";
import { builder } from "./builder.js";
import type { GraphContext } from "./context.js";
import { Session } from "./session.js";
import { SessionFilter, filterDefault, readerArg, takeSessionFilter } from "./session-list.js";
import { type Sent, send, sentOrFailure } from "./stream.js";

type AttentionBatch = Sent<SessionChanges["items"][number]> & {
  filter: StoreSessionFilter;
  readerId: string | null;
};

const SessionAttentionBatch = builder.objectRef<AttentionBatch>("SessionAttentionBatch").implement({
  description:
    "Sessions whose attention changed for this reader, each once as it stands now, and the counts with them.",
  fields: (t) => ({
    sessions: t.field({
      type: [Session],
      description: "Those that match the filter, in the order of their newest change.",
      resolve: ({ items }) => items.filter(({ listed }) => listed),
    }),
    removedIds: t.idList({
      description: "Those that changed and do not match the filter, or no longer.",
      resolve: ({ items }) => items.filter(({ listed }) => !listed).map(({ id }) => id),
    }),
    counts: t.field({
      type: InboxCounts,
      description: "All sessions as they now stand with the reader; the filter's state does not narrow them.",
      resolve: ({ filter, readerId }, _args, { store }) => countInbox(store, filter, readerId),
    }),
    cursor: t.exposeString("cursor", {
      description: "Resume after this one: with the same filter and reader.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description: "True once every change of before the subscription began has been sent.",
    }),
  }),
});

/** Whoever waits for news of a reader's inbox. */
function listen({ store, environment }: GraphContext, readerId: string | null): Bell {
  const own = readerId === null ? [] : [readerTopic(store.tenantId, readerId)];
  return environment.hub.attach(sessionsTopic(store.tenantId), ...own);
}

/** Follows what changes for a reader, from a place or from now on. */
async function followAttention(
  context: GraphContext,
  filter: StoreSessionFilter,
  readerId: string | null,
  after: string | null,
): Promise<AsyncIterableIterator<AttentionBatch>> {
  const { store } = context;
  const scope = JSON.stringify([store.tenantId, "sessionAttentionChanged", filter, readerId]);
  const given = after === null ? null : (decodeCursor(scope, after, "after") as unknown as ChangePlace);
  const start: ChangePlace = given ?? [await readVersion(store), everySession];
  const batches = follow<SessionChanges["items"][number], ChangePlace>(
    listen(context, readerId),
    start,
    async (position) => {
      const { items, place, version } = await readSessionChanges(
        store,
        filter,
        readerId,
        position,
        maxPageSize,
      );
      return { items, position: place, lastPosition: [version, everySession], ended: false };
    },
    reaches,
  );
  return send(batches, start, (place) => encodeCursor(scope, place), { filter, readerId });
}

function reaches(place: ChangePlace, other: ChangePlace): boolean {
  return place[0] === other[0] ? place[1] >= other[1] : place[0] > other[0];
}

/** Counts at once, then whenever the counts have changed. */
function followCounts(
  context: GraphContext,
  filter: StoreSessionFilter,
  readerId: string | null,
): AsyncIterableIterator<Sent<Counts>> {
  const { store } = context;
  let counted = -1;
  let last = "";
  const batches = follow<Counts>(listen(context, readerId), 0, async () => {
    const version = await readVersion(store);
    const counts = version === counted ? null : await countInbox(store, filter, readerId);
    counted = version;
    const isNews = counts !== null && JSON.stringify(counts) !== last;
    if (isNews) last = JSON.stringify(counts);
    return { items: isNews ? [counts] : [], position: version, lastPosition: version, ended: false };
  });
  return send(batches, 0, String, {});
}

const filterArg = `Which sessions. ${filterDefault}`;

builder.subscriptionFields((t) => ({
  sessionAttentionChanged: t.field({
    type: SessionAttentionBatch,
    description:
      "What changes in a reader's list: first a batch with every session that changed after the cursor, once, as it stands now (without a cursor only counts and a cursor to go on from), then every change; marks by the same reader elsewhere too. Stays open. Ends with UNAVAILABLE and details.cursor rather than leave anything out.",
    args: {
      filter: t.arg({ type: SessionFilter, description: filterArg }),
      readerId: t.arg.string({ description: readerArg }),
      after: t.arg.string({
        description: "The cursor of an earlier batch of the same filter and reader. Default: from now on.",
      }),
    },
    subscribe: (_root, { filter, readerId, after }, context) =>
      followAttention(
        context,
        takeSessionFilter(filter),
        resolveReader(context, readerId, "readerId"),
        after ?? null,
      ),
    resolve: sentOrFailure,
  }),
  inboxCounts: t.field({
    type: InboxCounts,
    description: "The counts of a reader's inbox: at once, then whenever they have changed. Stays open.",
    args: {
      filter: t.arg({
        type: SessionFilter,
        description: `Which sessions are counted; its state does not narrow them. ${filterDefault}`,
      }),
      readerId: t.arg.string({ description: readerArg }),
    },
    subscribe: (_root, { filter, readerId }, context) =>
      followCounts(context, takeSessionFilter(filter), resolveReader(context, readerId, "readerId")),
    resolve: (sent) => sentOrFailure(sent).items[0] as Counts,
  }),
}));
