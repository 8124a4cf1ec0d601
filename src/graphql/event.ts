import { badUserInput, notFound } from "../domain/errors.js";
import { type RunEventType as EventType, outputTypes } from "../domain/event.js";
import { checkId } from "../domain/ids.js";
import { type PageArguments, maxEventPageSize } from "../domain/page.js";
import { runEventListing, sessionEventListing } from "../store/event.js";
import type { RunEventRow, SessionRow } from "../store/row.js";
import { builder } from "./builder.js";
import type { GraphContext } from "./context.js";
import { RunEventType } from "./enums.js";
import { Node, eventTypenames } from "./node.js";
import { connectionOf, pageArgs, pageComplexity } from "./reading/connection.js";
import { loadRun } from "./reading/loads.js";
import { emptyPage, openPage } from "./reading/page.js";
import { Run } from "./run.js";
import { Session } from "./session.js";

export const RunEvent = builder.interfaceRef<RunEventRow>("RunEvent").implement({
  description: "Something that happened in a run. One type of the graph for each type of event.",
  interfaces: [Node],
  resolveType: ({ type }) => eventTypenames[type],
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that it happened in.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
    seq: t.exposeInt("seq", { description: "From 1, without gaps, in each run." }),
    sessionSeq: t.expose("sessionSeq", {
      type: "SafeInt",
      nullable: true,
      description: "From 1, without gaps, in each session; null for a run without a session.",
    }),
    type: t.expose("type", { type: RunEventType, description: "What it tells." }),
    payload: t.expose("payload", {
      type: "JSON",
      description: "As stored: normalised, with secrets redacted.",
    }),
    redactionCount: t.exposeInt("redactionCount", {
      description: "How many secrets were taken out of the payload.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was stored." }),
  }),
});

export const RunEventConnection = connectionOf("RunEvent", RunEvent, "events");

/** The types in one order, so that the same filter always has the same cursors; null for all. */
export function sortedTypes(types: readonly EventType[] | null | undefined): EventType[] | null {
  return types ? [...new Set(types)].toSorted() : null;
}

function openEvents(
  context: GraphContext,
  runId: string,
  filter: { types: readonly EventType[] | null; afterSeq?: number | null },
  page: PageArguments,
) {
  // A cursor is bound to the run and the types, not to afterSeq: a follower's cursor is one of this list too.
  return openPage<RunEventRow>(context, runEventListing(filter), page, {
    parent: runId,
    maxSize: maxEventPageSize,
    cursorsOf: runEventListing({ types: filter.types }),
  });
}

/** The run that is meant: the one that is named, which must be of this session, else the active one, else the last. */
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
    description: "The run's events by seq, oldest first.",
    args: {
      ...pageArgs(t.arg, maxEventPageSize),
      afterSeq: t.arg.int({
        description: "Only events after this seq, 0 or more; beside or in place of a cursor.",
      }),
      types: t.arg({ type: [RunEventType], description: "Only events of these types. Default: all." }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, { afterSeq, types, ...page }, context) => {
      if (typeof afterSeq === "number" && afterSeq < 0) throw badUserInput("afterSeq", "must be 0 or more");
      return openEvents(context, id, { types: sortedTypes(types), afterSeq }, page);
    },
  }),
  output: t.field({
    type: RunEventConnection,
    description:
      "What a person would read of the run, oldest first: assistant messages, command output, diffs, errors, terminal status.",
    args: pageArgs(t.arg, maxEventPageSize),
    complexity: pageComplexity,
    resolve: ({ id }, page, context) => openEvents(context, id, { types: sortedTypes(outputTypes) }, page),
  }),
}));

builder.objectFields(Session, (t) => ({
  trace: t.field({
    type: RunEventConnection,
    description:
      "Events of one run of the session, oldest first; an empty page for a session without runs. NOT_FOUND for a run of another session.",
    args: {
      runId: t.arg.id({ description: "Which run. Default: the active one, else the last." }),
      ...pageArgs(t.arg, maxEventPageSize),
      types: t.arg({ type: [RunEventType], description: "Only events of these types. Default: all." }),
    },
    complexity: pageComplexity,
    resolve: async (session, { runId, types, ...page }, context) => {
      const run = await runOfSession(context, session, runId);
      return run === null
        ? emptyPage<RunEventRow>()
        : openEvents(context, run, { types: sortedTypes(types) }, page);
    },
  }),
  output: t.field({
    type: RunEventConnection,
    description:
      "What a person would read of one run of the session, oldest first: assistant messages, command output, diffs, errors, terminal status.",
    args: {
      runId: t.arg.id({ description: "Which run. Default: the active one, else the last." }),
      ...pageArgs(t.arg, maxEventPageSize),
    },
    complexity: pageComplexity,
    resolve: async (session, { runId, ...page }, context) => {
      const run = await runOfSession(context, session, runId);
      return run === null
        ? emptyPage<RunEventRow>()
        : openEvents(context, run, { types: sortedTypes(outputTypes) }, page);
    },
  }),
  timeline: t.field({
    type: RunEventConnection,
    description: "Every event of every run of the session in the order in which they happened.",
    args: {
      ...pageArgs(t.arg, maxEventPageSize),
      types: t.arg({ type: [RunEventType], description: "Only events of these types. Default: all." }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, { types, ...page }, context) =>
      openPage<RunEventRow>(context, sessionEventListing({ types: sortedTypes(types) }), page, {
        parent: id,
        maxSize: maxEventPageSize,
      }),
  }),
}));
