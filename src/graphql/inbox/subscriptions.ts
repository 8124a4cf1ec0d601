import { isDeepStrictEqual } from "node:util";
import { resolveReader } from "../../actions/inbox/reader.js";
import { encodeCursor } from "../../domain/cursor.js";
import { maxPageSize } from "../../domain/page.js";
import { readerTopic, sessionsTopic } from "../../domain/topic.js";
import {
  type ChangePlace,
  type ChangedSession,
  everySession,
  readSessionChanges,
} from "../../store/inbox/changes.js";
import { type InboxCounts as Counts, countInbox } from "../../store/inbox/counts.js";
import type { SessionFilter as StoreSessionFilter } from "../../store/inbox/list.js";
import { readVersion } from "../../store/tenant.js";
import { builder } from "../builder.js";
import type { GraphContext } from "../context.js";
import { Feed, type Sent, resumeKey, sentOrFailure } from "../following/feed.js";
import { Session } from "../session.js";
import { InboxCounts } from "./attention.js";
import { SessionFilter, filterDefault, readerArg, takeSessionFilter } from "./session-list.js";

/** A reader's inbox, narrowed by a filter. The reader is null if the viewer's token names none. */
interface Inbox {
  filter: StoreSessionFilter;
  readerId: string | null;
}

type AttentionBatch = Sent<ChangedSession> & Inbox;

const SessionAttentionBatch = builder.objectRef<AttentionBatch>("SessionAttentionBatch").implement({
  description:
    "Sessions that have changed for a reader, and the reader's counts. Each session comes once, as it is now.",
  fields: (t) => ({
    sessions: t.field({
      type: [Session],
      description: "The changed sessions that match the filter, in the order of their newest changes.",
      resolve: ({ items }) => items.filter(({ listed }) => listed),
    }),
    removedIds: t.idList({
      description:
        "The ids of changed sessions that do not match the filter now. They need not have matched it before.",
      resolve: ({ items }) => items.filter(({ listed }) => !listed).map(({ id }) => id),
    }),
    counts: t.field({
      type: InboxCounts,
      description:
        "How the sessions that match the filter stand with the reader now. The filter's state is not looked at, since the counts tell the states apart.",
      resolve: ({ filter, readerId }, _args, { store }) => countInbox(store, filter, readerId),
    }),
    cursor: t.exposeString("cursor", {
      description:
        "The place of this batch. Sent as `after` with the same filter and reader, it makes a new subscription go on after this batch.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description:
        "True once every change from before the subscription began has been sent, this batch included.",
    }),
  }),
});

/** The topics that are woken when a reader's inbox changes. */
function inboxTopics({ store }: GraphContext, readerId: string | null): string[] {
  const own = readerId === null ? [] : [readerTopic(store.tenantId, readerId)];
  return [sessionsTopic(store.tenantId), ...own];
}

/** Makes the feed of what changes for a reader. It begins after the cursor, or now if there is none. */
async function attentionFeed(context: GraphContext, inbox: Inbox, after: string | null) {
  const { store } = context;
  const { filter, readerId } = inbox;
  const scope = JSON.stringify([store.tenantId, "sessionAttentionChanged", filter, readerId]);
  const given = resumeKey(context, after, scope, ["number", "text"]) as ChangePlace | null;
  return new Feed<ChangedSession, ChangePlace, Inbox>({
    log: {
      topics: inboxTopics(context, readerId),
      async read(from) {
        const { items, place, version } = await readSessionChanges(store, inbox, from, maxPageSize);
        return { items, position: place, lastPosition: [version, everySession], ended: false };
      },
      reaches: (place, other) => (place[0] === other[0] ? place[1] >= other[1] : place[0] > other[0]),
      positionOf: ({ changedAt, id }) => [changedAt, id],
    },
    start: given ?? [await readVersion(store), everySession],
    cursorAt: (place) => encodeCursor(scope, place),
    facts: inbox,
  });
}

/** Makes the feed of a reader's counts: the counts as they are, then new ones each time that they have changed. */
function countsFeed(context: GraphContext, { filter, readerId }: Inbox) {
  const { store } = context;
  return new Feed<Counts, Counts | null, object>({
    log: {
      topics: inboxTopics(context, readerId),
      async read(from) {
        const isOld = from !== null && (await readVersion(store)) <= from.version;
        const counts = isOld ? from : await countInbox(store, filter, readerId);
        const isNews = !isDeepStrictEqual(counts, from && { ...from, version: counts.version });
        return { items: isNews ? [counts] : [], position: counts, lastPosition: counts, ended: false };
      },
      reaches: (counts, other) => (counts?.version ?? -1) >= (other?.version ?? -1),
      positionOf: (counts) => counts,
    },
    start: null,
    cursorAt: null,
    facts: {},
  });
}

function takeInbox(
  context: GraphContext,
  filter: typeof SessionFilter.$inferInput | null | undefined,
  readerId: string | null | undefined,
): Inbox {
  return { filter: takeSessionFilter(filter), readerId: resolveReader(context, readerId, "readerId") };
}

const filterArg = `Which sessions the followed list holds. ${filterDefault}`;

builder.subscriptionFields((t) => ({
  sessionAttentionChanged: t.field({
    type: SessionAttentionBatch,
    description:
      "Sends what changes in a reader's list of sessions. With a cursor it begins with the sessions that have changed after it; each comes once, as it is now. Without one, the first batch has no sessions, only the counts and a cursor. Then every change follows, what the same reader marks elsewhere included. The subscription stays open. If it cannot go on, it ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out.",
    args: {
      filter: t.arg({ type: SessionFilter, description: filterArg }),
      readerId: t.arg.string({ description: readerArg }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch of the same filter and reader; BAD_USER_INPUT if it is another. Default: from now on.",
      }),
    },
    subscribe: (_root, { filter, readerId, after }, context) =>
      attentionFeed(context, takeInbox(context, filter, readerId), after ?? null),
    resolve: sentOrFailure,
  }),
  inboxCounts: t.field({
    type: InboxCounts,
    description:
      "Sends the counts of a reader's inbox: at once, and again each time that they have changed. The subscription stays open. If it cannot go on, it ends with UNAVAILABLE; subscribe again.",
    args: {
      filter: t.arg({
        type: SessionFilter,
        description:
          "Which sessions are counted. The filter's state is not looked at, since the counts tell the states apart. Default: all that are not expired.",
      }),
      readerId: t.arg.string({ description: readerArg }),
    },
    subscribe: (_root, { filter, readerId }, context) =>
      countsFeed(context, takeInbox(context, filter, readerId)),
    resolve: (sent) => sentOrFailure(sent).items[0] as Counts,
  }),
}));
