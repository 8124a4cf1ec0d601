import { requireSession } from "../actions/session.js";
import { encodeCursor } from "../domain/cursor.js";
import { notFound } from "../domain/errors.js";
import type { RunEventType as EventType } from "../domain/event.js";
import { checkId } from "../domain/ids.js";
import { topicOf } from "../domain/topic.js";
import { runEventListing, sessionEventListing } from "../store/event.js";
import { type Listing, scopeOf } from "../store/listing/listing.js";
import type { RunEventRow } from "../store/row.js";
import { builder } from "./builder.js";
import type { GraphContext } from "./context.js";
import { RunEventType } from "./enums.js";
import { RunEvent, sortedTypes } from "./event.js";
import { Feed, type Sent, resumeKey, sentOrFailure } from "./following/feed.js";
import { loadRun, loadSession } from "./reading/loads.js";
import { Run } from "./run.js";
import { Session, SessionRef } from "./session.js";

/** A batch of events of a run or session, as its resolvers see it. */
type EventBatch = Sent<RunEventRow> & { id: string };

const batchDescription =
  "A batch of events in their order. Many events that come close together are sent as few large batches. No event is left out, and none is sent twice.";

const RunEventBatch = builder.objectRef<EventBatch>("RunEventBatch").implement({
  description: batchDescription,
  fields: (t) => ({
    events: t.expose("items", { type: [RunEvent], description: "The events, ordered by seq." }),
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
    events: t.expose("items", { type: [RunEvent], description: "The events, ordered by sessionSeq." }),
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

/**
 * Makes the feed of a run's or a session's log. A cursor of the connection that lists the same events is one of it
 * too.
 */
function eventFeed(
  context: GraphContext,
  id: string,
  log: { noun: "run" | "session"; listing: Listing; seqOf: (event: RunEventRow) => number },
  args: { after: string | null; types: EventType[] | null },
) {
  const { store } = context;
  const scope = scopeOf(store, log.listing, id);
  return new Feed<RunEventRow, number, { id: string }>({
    log: {
      topics: [topicOf(store.tenantId, id)],
      async read(position) {
        const page = await store.logs.read(log.noun, id, position, args.types);
        if (!page) throw notFound(log.noun, id);
        const { events, hasMore, lastSeq, ended } = page;
        const last = events.at(-1);
        const upTo = hasMore && last ? log.seqOf(last) : lastSeq;
        return { items: events, position: upTo, lastPosition: lastSeq, ended };
      },
      reaches: (seq, other) => seq >= other,
      positionOf: log.seqOf,
    },
    start: Number(resumeKey(context, args.after, scope, ["number"])?.[0] ?? 0),
    cursorAt: (seq) => encodeCursor(scope, [seq]),
    facts: { id },
  });
}

const typesArg = "Sends only events of these types. Default: events of all types.";

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
    },
    subscribe: async (_root, { runId, after, types }, context) => {
      if (!(await loadRun(context, checkId("run", runId, "runId")))) throw notFound("run", runId);
      const wanted = sortedTypes(types);
      const log = { noun: "run", listing: runEventListing({ types: wanted }), seqOf: runSeq } as const;
      return eventFeed(context, runId, log, { after: after ?? null, types: wanted });
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
    },
    subscribe: async (_root, { session, after, types }, context) => {
      const id = await requireSession(context, session, "session");
      const wanted = sortedTypes(types);
      const log = {
        noun: "session",
        listing: sessionEventListing({ types: wanted }),
        seqOf: sessionSeq,
      } as const;
      return eventFeed(context, id, log, { after: after ?? null, types: wanted });
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
