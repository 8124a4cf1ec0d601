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

/** A page of events of a run or session. */
type EventBatch = Sent<RunEventRow> & { id: string };

const batchDescription =
  "A page of events in order. A burst comes as few large pages; nothing is left out and nothing comes twice.";

const RunEventBatch = builder.objectRef<EventBatch>("RunEventBatch").implement({
  description: batchDescription,
  fields: (t) => ({
    events: t.expose("items", { type: [RunEvent], description: "The events by seq." }),
    cursor: t.exposeString("cursor", {
      description: "Resume after this one; also a cursor of Run.events with the same types.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description: "True once everything stored when the subscription began has been sent.",
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: "The run as it stands after these events.",
      resolve: ({ id }, _args, context) => loadRun(context, id),
    }),
  }),
});

const SessionEventBatch = builder.objectRef<EventBatch>("SessionEventBatch").implement({
  description: batchDescription,
  fields: (t) => ({
    events: t.expose("items", { type: [RunEvent], description: "The events by sessionSeq." }),
    cursor: t.exposeString("cursor", {
      description: "Resume after this one; also a cursor of Session.timeline with the same types.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description: "True once everything stored when the subscription began has been sent.",
    }),
    session: t.field({
      type: Session,
      description: "The session as it stands after these events.",
      resolve: async ({ id }, _args, context) => {
        const session = await loadSession(context, id);
        if (!session) throw notFound("session", id);
        return session;
      },
    }),
  }),
});

/** The log of a run or session from a cursor of the connection that it matches. */
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
    start: Number(resumeKey(context, args.after, scope)?.[0] ?? 0),
    cursorAt: (seq) => encodeCursor(scope, [seq]),
    facts: { id },
  });
}

const typesArg = "Only events of these types. Default: all.";

builder.subscriptionFields((t) => ({
  runEvents: t.field({
    type: RunEventBatch,
    description:
      "A run's events: all that is stored after the cursor, then live, until the run has ended and all is sent. Ends with UNAVAILABLE and details.cursor rather than leave anything out.",
    args: {
      runId: t.arg.id({ required: true, description: "The run." }),
      after: t.arg.string({
        description: "A cursor of an earlier batch or of Run.events. Default: from the beginning.",
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
      "The events of all runs of a session: all that is stored after the cursor, then live; stays open. Ends with UNAVAILABLE and details.cursor rather than leave anything out.",
    args: {
      session: t.arg({ type: SessionRef, required: true, description: "The session." }),
      after: t.arg.string({
        description: "A cursor of an earlier batch or of Session.timeline. Default: from the beginning.",
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
