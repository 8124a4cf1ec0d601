import { badUserInput, notFound } from "../domain/errors.js";
import { type RunEventType as EventType, outputTypes, runEventTypes } from "../domain/event.js";
import { checkId } from "../domain/ids.js";
import { type PageArguments, maxEventPageSize } from "../domain/page.js";
import { eventSource, happenedAt, runEventListing, sessionEventListing, textIn } from "../store/event.js";
import type { RunEventRow, SessionRow } from "../store/row.js";
import { runSource } from "../store/run.js";
import { builder } from "./builder.js";
import { readsOne, readsPage, readsValue, tellsKinds } from "./compiled/reads.js";
import type { GraphContext } from "./context.js";
import { RunEventType } from "./enums.js";
import { Node, eventTypename } from "./node.js";
import { connectionOf, pageArgs, pageComplexity } from "./reading/connection.js";
import { loadRun } from "./reading/loads.js";
import type { List } from "./reading/list.js";
import { emptyPage, openList } from "./reading/page.js";
import { Run } from "./run.js";
import { Session } from "./session.js";

export const RunEvent = builder.interfaceRef<RunEventRow>("RunEvent").implement({
  description: "Something that happened in a run. Each type of event is an object type of its own.",
  interfaces: [Node],
  resolveType: ({ type }) => eventTypename(type),
  extensions: tellsKinds({
    field: "type",
    typenames: Object.fromEntries(runEventTypes.map((type) => [type, eventTypename(type)])),
  }),
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that the event happened in.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
      extensions: readsOne("runId", runSource),
    }),
    seq: t.exposeInt("seq", {
      description: "The event's number in its run. Numbers begin at 1 and have no gaps.",
    }),
    sessionSeq: t.expose("sessionSeq", {
      type: "SafeInt",
      nullable: true,
      description:
        "The event's number in its session, over all its runs. Numbers begin at 1 and have no gaps. Null if the run has no session.",
    }),
    type: t.expose("type", { type: RunEventType, description: "What the event tells." }),
    payload: t.expose("payload", {
      type: "JSON",
      description:
        "The event's content as it is stored: a JSON object, with secrets redacted and enum values in lower case with hyphens.",
    }),
    redactionCount: t.exposeInt("redactionCount", {
      description: "How many secrets were taken out of the payload before it was stored.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the event was stored." }),
    occurredAt: t.field({
      type: "DateTime",
      description:
        "When it happened, as its writer said; when it was stored if nothing was said. Events are ordered by seq alone.",
      resolve: ({ occurredAt, createdAt }) => occurredAt ?? createdAt,
      extensions: readsValue(happenedAt),
    }),
    streamId: t.string({
      nullable: true,
      description:
        "The stream of deltas that the event ends, of which it is the whole: the payload's `streamId`. Null if it has none.",
      resolve: ({ payload: { streamId } }) => (typeof streamId === "string" ? streamId : null),
      extensions: readsValue(textIn("streamId")),
    }),
  }),
});

export const RunEventConnection = connectionOf("RunEvent", RunEvent, "events");

/**
 * Sorts the types and removes repeats, so that the same filter always has the same cursors. Null stands for all
 * types.
 */
export function sortedTypes(types: readonly EventType[] | null | undefined): EventType[] | null {
  return types ? [...new Set(types)].toSorted() : null;
}

type EventsArguments = PageArguments & { types?: readonly EventType[] | null; afterSeq?: number | null };

function listEvents({ types, afterSeq, ...page }: EventsArguments): List {
  if (typeof afterSeq === "number" && afterSeq < 0) throw badUserInput("afterSeq", "must be 0 or more");
  const filter = { types: sortedTypes(types) };
  // Cursors are bound to the run and the types but not to afterSeq, so that a follower's cursor fits this list too.
  return {
    listing: runEventListing({ ...filter, afterSeq }),
    page,
    maxSize: maxEventPageSize,
    cursorsOf: runEventListing(filter),
    lasts: true,
  };
}

function listOutput(page: PageArguments): List {
  return listEvents({ ...page, types: outputTypes });
}

function listTimeline({ types, ...page }: EventsArguments): List {
  return {
    listing: sessionEventListing({ types: sortedTypes(types) }),
    page,
    maxSize: maxEventPageSize,
    lasts: true,
  };
}

/** Finds the run that is meant: the named one, which must be of this session, else the active one, else the last. */
async function runOfSession(
  context: GraphContext,
  session: SessionRow,
  runId: string | null | undefined,
): Promise<string | null> {
  if (typeof runId !== "string") return session.activeRunId ?? session.lastRunId;
  const run = await loadRun(context, checkId("run", runId, "runId"));
  if (run?.sessionId !== session.id) throw notFound("run", runId);
  return runId;
}

builder.objectFields(Run, (t) => ({
  events: t.field({
    type: RunEventConnection,
    description: "The events of the run, ordered by seq, oldest first.",
    args: {
      ...pageArgs(t.arg, maxEventPageSize),
      afterSeq: t.arg.int({
        description:
          "Gives only events whose seq is greater than this number, which must be 0 or more. It can be combined with a cursor. Default: from the first event.",
      }),
      types: t.arg({
        type: [RunEventType],
        description: "Gives only events of these types. Default: events of all types.",
      }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => openList<RunEventRow>(context, listEvents(args), { parent: id }),
    extensions: readsPage(listEvents, eventSource, "id"),
  }),
  output: t.field({
    type: RunEventConnection,
    description:
      "The events of the run that a person would read, oldest first: assistant messages, command output, diffs, errors and the terminal status.",
    args: pageArgs(t.arg, maxEventPageSize),
    complexity: pageComplexity,
    resolve: ({ id }, page, context) => openList<RunEventRow>(context, listOutput(page), { parent: id }),
    extensions: readsPage(listOutput, eventSource, "id"),
  }),
}));

builder.objectFields(Session, (t) => ({
  trace: t.field({
    type: RunEventConnection,
    description:
      "The events of one run of the session, oldest first. The page is empty if the session has no runs. NOT_FOUND if the session has no such run.",
    args: {
      runId: t.arg.id({
        description: "The run's id. Default: the session's activeRun, or its lastRun if there is none.",
      }),
      ...pageArgs(t.arg, maxEventPageSize),
      types: t.arg({
        type: [RunEventType],
        description: "Gives only events of these types. Default: events of all types.",
      }),
    },
    complexity: pageComplexity,
    resolve: async (session, { runId, ...args }, context) => {
      const run = await runOfSession(context, session, runId);
      return run === null
        ? emptyPage<RunEventRow>()
        : openList<RunEventRow>(context, listEvents(args), { parent: run });
    },
  }),
  output: t.field({
    type: RunEventConnection,
    description:
      "The events of one run of the session that a person would read, oldest first: assistant messages, command output, diffs, errors and the terminal status. The page is empty if the session has no runs. NOT_FOUND if the session has no such run.",
    args: {
      runId: t.arg.id({
        description: "The run's id. Default: the session's activeRun, or its lastRun if there is none.",
      }),
      ...pageArgs(t.arg, maxEventPageSize),
    },
    complexity: pageComplexity,
    resolve: async (session, { runId, ...page }, context) => {
      const run = await runOfSession(context, session, runId);
      return run === null
        ? emptyPage<RunEventRow>()
        : openList<RunEventRow>(context, listOutput(page), { parent: run });
    },
  }),
  timeline: t.field({
    type: RunEventConnection,
    description:
      "All events of all runs of the session, ordered by sessionSeq: in the order in which they were stored, oldest first.",
    args: {
      ...pageArgs(t.arg, maxEventPageSize),
      types: t.arg({
        type: [RunEventType],
        description: "Gives only events of these types. Default: events of all types.",
      }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => openList<RunEventRow>(context, listTimeline(args), { parent: id }),
    extensions: readsPage(listTimeline, eventSource, "id"),
  }),
}));
