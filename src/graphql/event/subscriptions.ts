import { requireSession } from "../../actions/session.js";
import { encodeCursor } from "../../domain/cursor.js";
import { notFound } from "../../domain/errors.js";
import type { RunEventType as EventType } from "../../domain/event.js";
import { checkId } from "../../domain/ids.js";
import { deltasTopic, topicOf } from "../../domain/topic.js";
import type { Reading } from "../../realtime/log.js";
import { runEventListing, sessionEventListing } from "../../store/event.js";
import { type Listing, scopeOf } from "../../store/listing/listing.js";
import type { RunEventRow } from "../../store/row.js";
import { builder } from "../builder.js";
import type { GraphContext } from "../context.js";
import { EventDelta } from "../delta.js";
import { RunEventType } from "../enums/event.js";
import { type Delta, DeltaViews, isDelta } from "../following/delta-views.js";
import { Feed, type Sent, resumeKey, sentOrFailure } from "../following/feed.js";
import { loadRun, loadSession } from "../reading/loads.js";
import { Run } from "../run/run.js";
import { Session, SessionRef } from "../session.js";
import { RunEvent } from "./event.js";
import { sortedTypes } from "./list.js";

/** A batch of events of a run or session, as its resolvers see it. */
type EventBatch = Sent<RunEventRow | Delta> & { id: string; hasDeltas: boolean };

function eventsOf({ items, hasDeltas }: EventBatch): RunEventRow[] {
  return hasDeltas ? items.filter(isEvent) : (items as RunEventRow[]);
}

function isEvent(item: RunEventRow | Delta): item is RunEventRow {
  return !isDelta(item);
}

function deltasOf({ items, hasDeltas }: EventBatch): Delta[] {
  return hasDeltas ? items.filter(isDelta) : [];
}

const deltasDescription =
  "What was added to events in the making. They come after the events of the batch, and only if the subscription has `deltas: true`. A new subscription, and one that is resumed or has fallen behind, first gets the text so far of each open stream, with `reset: true`.";

const batchDescription =
  "A batch of events in their order. Many events that come close together are sent as few large batches. No event is left out, and none is sent twice.";

const RunEventBatch = builder.objectRef<EventBatch>("RunEventBatch").implement({
  description: batchDescription,
  fields: (t) => ({
    events: t.field({
      type: [RunEvent],
      description: "The events, ordered by seq.",
      resolve: eventsOf,
    }),
    deltas: t.field({ type: [EventDelta], description: deltasDescription, resolve: deltasOf }),
    cursor: t.exposeString("cursor", {
      description:
        "The place of this batch. Sent as `after`, it makes a new subscription go on after this batch. It is also a cursor of Run.events with the same types.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description:
        "True once everything that was stored when the subscription began has been sent, this batch included.",
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: "The run as it is now; null if it has been removed.",
      resolve: ({ id }, _args, context) => loadRun(context, id),
    }),
  }),
});

const SessionEventBatch = builder.objectRef<EventBatch>("SessionEventBatch").implement({
  description: batchDescription,
  fields: (t) => ({
    events: t.field({
      type: [RunEvent],
      description: "The events, ordered by sessionSeq.",
      resolve: eventsOf,
    }),
    deltas: t.field({ type: [EventDelta], description: deltasDescription, resolve: deltasOf }),
    cursor: t.exposeString("cursor", {
      description:
        "The place of this batch. Sent as `after`, it makes a new subscription go on after this batch. It is also a cursor of Session.timeline with the same types.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description:
        "True once everything that was stored when the subscription began has been sent, this batch included.",
    }),
    session: t.field({
      type: Session,
      description: "The session as it is now.",
      resolve: async ({ id }, _args, context) => {
        const session = await loadSession(context, id);
        if (!session) throw notFound("session", id);
        return session;
      },
    }),
  }),
});

/** How far a follower of events has come: the number of the last one, and what it has of deltas (see following/delta-views.ts). */
interface Place {
  seq: number;
  view: number;
}

interface FollowedLog {
  noun: "run" | "session";
  listing: Listing;
  seqOf: (event: RunEventRow) => number;
}

interface FollowArguments {
  after: string | null;
  types: EventType[] | null;
  deltas: boolean;
}

/**
 * Makes the feed of a run's or a session's log. A cursor of the connection that lists the same events is one of it
 * too.
 */
function eventFeed(context: GraphContext, id: string, log: FollowedLog, args: FollowArguments) {
  const { store } = context;
  const { noun, seqOf } = log;
  const scope = scopeOf(store, log.listing, id);
  const topics = [topicOf(store.tenantId, id), ...(args.deltas ? [deltasTopic(store.tenantId, id)] : [])];
  const views = args.deltas ? new DeltaViews(store.deltas, noun, id, args.types) : undefined;
  const fresh = ({ seq }: Place): Reading<RunEventRow, Place> | undefined => {
    const page = store.logs.readFresh(id, seq, args.types);
    if (!page) return undefined;
    const position = { seq: page.lastSeq, view: 0 };
    return { items: page.events, position, lastPosition: position, ended: false };
  };
  const read = async ({ seq, view }: Place): Promise<Reading<RunEventRow | Delta, Place>> => {
    const page = await store.logs.read(noun, id, seq, args.types);
    if (!page) throw notFound(noun, id);
    const { events, hasMore, lastSeq, ended } = page;
    const last = events.at(-1);
    if (hasMore && last) {
      // Who is behind is told the text so far once it is there, and nothing of it before.
      const lastPosition = { seq: lastSeq, view: 0 };
      return { items: events, position: { seq: seqOf(last), view: 0 }, lastPosition, ended };
    }
    const seen = ended || !views ? { deltas: [], view, hasMore: false } : await views.read(view, events);
    const position = { seq: lastSeq, view: seen.view };
    const lastPosition = seen.hasMore ? { seq: lastSeq, view: seen.view + 1 } : position;
    return { items: [...events, ...seen.deltas], position, lastPosition, ended };
  };
  return new Feed<RunEventRow | Delta, Place, { id: string; hasDeltas: boolean }>({
    log: {
      topics,
      read,
      // What is in the making is read with the events.
      ...(views ? {} : { fresh }),
      reaches: (place, other) => (place.seq === other.seq ? place.view >= other.view : place.seq > other.seq),
      positionOf: (item) => (isDelta(item) ? afterAll : { seq: seqOf(item), view: 0 }),
      continues: (place, from) => place.view === from.view,
    },
    start: { seq: Number(resumeKey(context, args.after, scope, ["number"])?.[0] ?? 0), view: 0 },
    cursorAt: ({ seq }) => encodeCursor(scope, [seq]),
    facts: { id, hasDeltas: args.deltas },
  });
}

/** Where deltas stand: who may be sent a reading with them has none of them. */
const afterAll: Place = { seq: Number.POSITIVE_INFINITY, view: 0 };

const typesArg = "Sends only events, and deltas of events, of these types. Default: of all types.";
const deltasArg =
  "Also sends text that is being made, by `deltas` of the batches: pieces of events before they are stored.";

builder.subscriptionFields((t) => ({
  runEvents: t.field({
    type: RunEventBatch,
    description:
      "Sends the events of a run. First come all that are stored after the cursor, then each as it happens, until the run has ended and everything has been sent. The first batch comes at once, even if it is empty. NOT_FOUND if there is no such run. A subscription that cannot go on ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out.",
    args: {
      runId: t.arg.id({ required: true, description: "The run's id." }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch, or one of Run.events, with the same types; BAD_USER_INPUT if it is another. Default: from the beginning.",
      }),
      types: t.arg({ type: [RunEventType], description: typesArg }),
      deltas: t.arg.boolean({ defaultValue: false, description: deltasArg }),
    },
    subscribe: async (_root, { runId, after, types, deltas }, context) => {
      if (!(await loadRun(context, checkId("run", runId, "runId")))) throw notFound("run", runId);
      const wanted = sortedTypes(types);
      const log = { noun: "run", listing: runEventListing({ types: wanted }), seqOf: runSeq } as const;
      return eventFeed(context, runId, log, { after: after ?? null, types: wanted, deltas: deltas ?? false });
    },
    resolve: sentOrFailure,
  }),
  sessionEvents: t.field({
    type: SessionEventBatch,
    description:
      "Sends the events of all runs of a session. First come all that are stored after the cursor, then each as it happens. The first batch comes at once, even if it is empty, and the subscription stays open. NOT_FOUND if there is no such session. A subscription that cannot go on ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out.",
    args: {
      session: t.arg({ type: SessionRef, required: true, description: "The session to follow." }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch, or one of Session.timeline, with the same types; BAD_USER_INPUT if it is another. Default: from the beginning.",
      }),
      types: t.arg({ type: [RunEventType], description: typesArg }),
      deltas: t.arg.boolean({ defaultValue: false, description: deltasArg }),
    },
    subscribe: async (_root, { session, after, types, deltas }, context) => {
      const id = await requireSession(context, session, "session");
      const wanted = sortedTypes(types);
      const log = {
        noun: "session",
        listing: sessionEventListing({ types: wanted }),
        seqOf: sessionSeq,
      } as const;
      return eventFeed(context, id, log, { after: after ?? null, types: wanted, deltas: deltas ?? false });
    },
    resolve: sentOrFailure,
  }),
}));

function runSeq(event: RunEventRow): number {
  return event.seq;
}

function sessionSeq(event: RunEventRow): number {
  return event.sessionSeq ?? 0;
}
