import { badUserInput, notFound } from "../../domain/errors.js";
import { type RunEventType as EventType, outputTypes } from "../../domain/event.js";
import { checkId } from "../../domain/ids.js";
import { type PageArguments, maxEventPageSize } from "../../domain/page.js";
import { eventSource, runEventListing, sessionEventListing } from "../../store/event.js";
import type { RunEventRow, SessionRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { readsPage } from "../compiled/reads.js";
import type { GraphContext } from "../context.js";
import { RunEventType } from "../enums/event.js";
import { connectionOf, pageArgs, pageComplexity } from "../reading/connection.js";
import { loadRun } from "../reading/loads.js";
import type { List } from "../reading/list.js";
import { emptyPage, openList } from "../reading/page.js";
import { Run } from "../run/run.js";
import { Session } from "../session.js";
import { RunEvent } from "./event.js";

const RunEventConnection = connectionOf("RunEvent", RunEvent, "events");

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
