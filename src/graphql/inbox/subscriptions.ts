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

/** Whose inbox, and which sessions of it. */
interface Inbox {
  filter: StoreSessionFilter;
  readerId: string | null;
}

type AttentionBatch = Sent<ChangedSession> & Inbox;

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

/** What is woken by news of a reader's inbox. */
function inboxTopics({ store }: GraphContext, readerId: string | null): string[] {
  const own = readerId === null ? [] : [readerTopic(store.tenantId, readerId)];
  return [sessionsTopic(store.tenantId), ...own];
}

/** What changes for a reader, from a place or from now on. */
async function attentionFeed(context: GraphContext, inbox: Inbox, after: string | null) {
  const { store } = context;
  const { filter, readerId } = inbox;
  const scope = JSON.stringify([store.tenantId, "sessionAttentionChanged", filter, readerId]);
  const given = resumeKey(context, after, scope) as ChangePlace | null;
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

/** Counts at once, then whenever the counts have changed. */
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
      attentionFeed(context, takeInbox(context, filter, readerId), after ?? null),
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
      countsFeed(context, takeInbox(context, filter, readerId)),
    resolve: (sent) => sentOrFailure(sent).items[0] as Counts,
  }),
}));
