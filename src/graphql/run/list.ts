import { resolveSession } from "../../actions/session.js";
import { checkId } from "../../domain/ids.js";
import type { PageArguments } from "../../domain/page.js";
import { checkOptionalName } from "../../domain/text.js";
import type { RunRow } from "../../store/row.js";
import { type RunFilter as StoreRunFilter, runListing } from "../../store/run-listing.js";
import { runSource } from "../../store/run.js";
import { builder } from "../builder.js";
import { readsPage } from "../compiled/reads.js";
import type { GraphContext } from "../context.js";
import { RunStatus } from "../enums/run.js";
import { connectionOf, forwardArgs, pageArgs, pageComplexity } from "../reading/connection.js";
import type { List } from "../reading/list.js";
import { openList } from "../reading/page.js";
import { Runner } from "../runner.js";
import { Session, SessionRef } from "../session.js";
import { Run } from "./run.js";

const RunConnection = connectionOf("Run", Run, "runs");

const RunOrder = builder.enumType("RunOrder", {
  description: "The order in which a list of runs comes.",
  values: {
    NEWEST: { description: "Ordered by createdAt, then id, newest first." },
    OLDEST: { description: "Ordered by createdAt, then id, oldest first." },
  } as const,
});

const RunFilter = builder.inputType("RunFilter", {
  description:
    "Which runs a list holds. A run must meet every condition that is given; one that is left out or null does not narrow the list.",
  fields: (t) => ({
    statuses: t.field({ type: [RunStatus], description: "Only runs with one of these statuses." }),
    projectId: t.string({ description: "Only runs of this project." }),
    backendProfile: t.string({ description: "Only runs of this backend profile." }),
    session: t.field({
      type: SessionRef,
      description: "Only runs of this session. The list is empty if there is no such session.",
    }),
    runnerId: t.id({ description: "Only runs that this runner holds, or held last." }),
    createdAfter: t.field({ type: "DateTime", description: "Only runs created after this instant." }),
    createdBefore: t.field({ type: "DateTime", description: "Only runs created before this instant." }),
  }),
});

/** The id of no session. A filter by a session that does not exist uses it, and so finds nothing. */
const noSession = "";

async function storeFilter(
  context: GraphContext,
  filter: typeof RunFilter.$inferInput | null | undefined,
): Promise<StoreRunFilter> {
  if (!filter) return {};
  const { session, runnerId, projectId, backendProfile, ...rest } = filter;
  return {
    ...rest,
    projectId: checkOptionalName(projectId, "filter.projectId"),
    backendProfile: checkOptionalName(backendProfile, "filter.backendProfile"),
    runnerId: typeof runnerId === "string" ? checkId("runner", runnerId, "filter.runnerId") : null,
    sessionId: session && ((await resolveSession(context, session, "filter.session")) ?? noSession),
  };
}

type RunsArguments = PageArguments & {
  filter?: typeof RunFilter.$inferInput | null;
  orderBy?: typeof RunOrder.$inferType | null;
};

/** The list of runs that arguments mean: the tenant's, or one for each parent. */
async function listRuns(
  { filter, orderBy, ...page }: RunsArguments,
  context: GraphContext,
  parentColumn?: "session_id" | "runner_id",
): Promise<List> {
  const listing = runListing(await storeFilter(context, filter), orderBy ?? "NEWEST", parentColumn);
  return { listing, page, lasts: !filter?.session };
}

builder.queryFields((t) => ({
  runs: t.field({
    type: RunConnection,
    description: "The runs of the tenant.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: RunFilter, description: "Which runs the list holds. Default: all runs." }),
      orderBy: t.arg({
        type: RunOrder,
        defaultValue: "NEWEST",
        description: "The order in which the runs come.",
      }),
    },
    complexity: pageComplexity,
    resolve: async (_root, args, context) => openList<RunRow>(context, await listRuns(args, context)),
    extensions: readsPage((args: RunsArguments, context) => listRuns(args, context), runSource),
  }),
}));

builder.objectField(Runner, "runs", (t) =>
  t.field({
    type: RunConnection,
    description: "The runs that the runner holds, or held last, ordered by createdAt, then id, newest first.",
    args: {
      ...forwardArgs(t.arg),
      filter: t.arg({ type: RunFilter, description: "Which runs the list holds. Default: all runs." }),
    },
    complexity: pageComplexity,
    resolve: async ({ id }, args, context) =>
      openList<RunRow>(context, await listRuns(args, context, "runner_id"), { parent: id }),
    extensions: readsPage(
      (args: RunsArguments, context) => listRuns(args, context, "runner_id"),
      runSource,
      "id",
    ),
  }),
);

builder.objectField(Session, "runs", (t) =>
  t.field({
    type: RunConnection,
    description: "The runs of the session.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: RunFilter, description: "Which runs the list holds. Default: all runs." }),
      orderBy: t.arg({
        type: RunOrder,
        defaultValue: "NEWEST",
        description: "The order in which the runs come.",
      }),
    },
    complexity: pageComplexity,
    resolve: async ({ id }, args, context) =>
      openList<RunRow>(context, await listRuns(args, context, "session_id"), { parent: id }),
    extensions: readsPage(
      (args: RunsArguments, context) => listRuns(args, context, "session_id"),
      runSource,
      "id",
    ),
  }),
);
