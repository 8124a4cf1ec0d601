import { isDeepStrictEqual } from "node:util";
import { resolveReader } from "../../actions/inbox/reader.js";
import { maxPageSize } from "../../domain/page.js";
import { readerTopic, sessionsTopic } from "../../domain/topic.js";
import {
  type ChangePlace,
  type ChangedSession,
  everySession,
  readSessionChanges,
} from "../../store/inbox/changes.js";
import { readCompleteFrom } from "../../store/inbox/complete-from.js";
import type { InboxCounts as Counts } from "../../store/inbox/counts.js";
import { readVersion } from "../../store/tenant.js";
import { builder } from "../builder.js";
import type { GraphContext } from "../context.js";
import { Feed, type Sent, cursorTooOld, resumeKey, sentOrFailure } from "../following/feed.js";
import { Session } from "../session.js";
import {
  type Inbox,
  attentionCursor,
  attentionScope,
  attentionPlace,
  completeUpTo,
} from "./attention-place.js";
import { InboxCounts } from "./counts.js";
import { SessionFilter, filterDefault, readerArg, takeSessionFilter } from "./session-list.js";

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
      resolve: ({ filter, readerId, cursor }, _args, { store, environment }) => {
        const inbox = { filter, readerId };
        const [version] = attentionPlace(store, inbox, cursor);
        return environment.counts.read(store, inbox, version);
      },
    }),
    changeVersion: t.field({
      type: "SafeInt",
      description:
        "Everything up to this change of the tenant's sessions and the reader's marks is sent, this batch included, or lay before the subscription began.",
      resolve: (batch, _args, { store }) => completeUpTo(attentionPlace(store, batch, batch.cursor)),
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

/**
 * How far apart an inbox's changes are read while it changes all the time, in milliseconds. Each reading goes through the reader's
 * counts and makes a message for each follower: at a hundred changes a second one by one took all of two processors.
 */
const paceMs = 50;

/** Why a cursor may be too old. */
const tooOld = "sessions that have left the list since are removed, or very many were marked read at once";

/** Makes the feed of what changes for a reader. It begins after the cursor, or now if there is none. */
async function attentionFeed(context: GraphContext, inbox: Inbox, after: string | null) {
  const { store } = context;
  const { readerId } = inbox;
  const scope = attentionScope(store, inbox);
  const given = resumeKey(context, after, scope, ["number", "text"]) as ChangePlace | null;
  if (given && given[0] < (await readCompleteFrom(store, inbox))) throw cursorTooOld(tooOld);
  return new Feed<ChangedSession, ChangePlace, Inbox>({
    log: {
      topics: inboxTopics(context, readerId),
      paceMs,
      async read(from) {
        const { items, place, version, completeFrom } = await readSessionChanges(
          store,
          inbox,
          from,
          maxPageSize,
        );
        if (from[0] < completeFrom) throw cursorTooOld(tooOld);
        return { items, position: place, lastPosition: [version, everySession], ended: false };
      },
      reaches: (place, other) => (place[0] === other[0] ? place[1] >= other[1] : place[0] > other[0]),
      positionOf: ({ changedAt, id }) => [changedAt, id],
    },
    start: given ?? [await readVersion(store), everySession],
    cursorAt: (place) => attentionCursor(store, inbox, place),
    facts: inbox,
  });
}

/** Makes the feed of a reader's counts: the counts as they are, then new ones each time that they have changed. */
function countsFeed(context: GraphContext, inbox: Inbox) {
  const { store, environment } = context;
  return new Feed<Counts, Counts | null, object>({
    log: {
      topics: inboxTopics(context, inbox.readerId),
      paceMs,
      async read(from) {
        const version = await readVersion(store);
        const isOld = from !== null && version <= from.version;
        const counts = isOld ? from : await environment.counts.read(store, inbox, version);
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

async function takeInbox(
  context: GraphContext,
  filter: typeof SessionFilter.$inferInput | null | undefined,
  readerId: string | null | undefined,
): Promise<Inbox> {
  return {
    filter: await takeSessionFilter(context, filter),
    readerId: resolveReader(context, readerId, "readerId"),
  };
}

const filterArg = `Which sessions the followed list holds. ${filterDefault}`;

builder.subscriptionFields((t) => ({
  sessionAttentionChanged: t.field({
    type: SessionAttentionBatch,
    description:
      "Sends what changes in a reader's list of sessions. With a cursor it begins with the sessions that have changed after it; each comes once, as it is now. Without one, the first batch has no sessions, only the counts and a cursor. Then every change follows, what the same reader marks elsewhere included. The subscription stays open. If it cannot go on, it ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out. Where the reader marks so many sessions read at once that they are not sent one by one, it ends with BAD_USER_INPUT (`details.reason: cursor-too-old`): read the list anew.",
    args: {
      filter: t.arg({ type: SessionFilter, description: filterArg }),
      readerId: t.arg.string({ description: readerArg }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch of the same filter and reader; BAD_USER_INPUT if it is another, or if sessions that left the list since are removed already, or the reader has marked so many read at once since that they are not sent one by one (`details.reason: cursor-too-old`): then read the list anew. Default: from now on.",
      }),
    },
    subscribe: async (_root, { filter, readerId, after }, context) =>
      attentionFeed(context, await takeInbox(context, filter, readerId), after ?? null),
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
    subscribe: async (_root, { filter, readerId }, context) =>
      countsFeed(context, await takeInbox(context, filter, readerId)),
    resolve: (sent) => sentOrFailure(sent).items[0] as Counts,
  }),
}));
