import { resolveSession } from "../actions/session.js";
import { checkId } from "../domain/ids.js";
import { isEnded } from "../domain/run.js";
import { checkOptionalName } from "../domain/text.js";
import type { RunRow } from "../store/row.js";
import { type RunFilter as StoreRunFilter, runListing } from "../store/run.js";
import { builder } from "./builder.js";
import type { GraphContext } from "./context.js";
import { FailureKind, RunStatus, TerminalStatus } from "./enums.js";
import { RunLease } from "./lease.js";
import { Node } from "./node.js";
import { connectionOf, forwardArgs, pageArgs, pageComplexity } from "./reading/connection.js";
import { loadRun, loadSession } from "./reading/loads.js";
import { openPage } from "./reading/page.js";
import { Runner } from "./runner.js";
import { Session, SessionRef } from "./session.js";

export const Run = builder.objectRef<RunRow>("Run").implement({
  description: "One execution of an agent's backend, in a session or alone, held by one runner at a time.",
  interfaces: [Node],
  fields: (t) => ({
    tenantId: t.exposeString("tenantId", { description: "The tenant that it belongs to." }),
    projectId: t.exposeString("projectId", { description: "The project that it belongs to." }),
    backendProfile: t.exposeString("backendProfile", {
      description: "The backend profile that a runner must serve.",
    }),
    session: t.field({
      type: Session,
      nullable: true,
      description: "The session that it works in; null for a run alone.",
      resolve: ({ sessionId }, _args, context) => loadSession(context, sessionId),
    }),
    status: t.expose("status", { type: RunStatus, description: "Where it stands." }),
    terminalStatus: t.field({
      type: TerminalStatus,
      nullable: true,
      description: "How it ended; null before.",
      resolve: ({ status }) => (isEnded(status) ? status : null),
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description: "Why it did not end well, where its runner said so.",
    }),
    failureMessage: t.exposeString("failureMessage", {
      nullable: true,
      description: "The same in words, with secrets redacted.",
    }),
    resourceBundle: t.expose("resourceBundle", {
      type: "JSON",
      nullable: true,
      description: "Where its files come from: ids, names and counts only, never a credential's value.",
    }),
    metadata: t.expose("metadata", {
      type: "JSON",
      description: "What its creator keeps with it, with secrets redacted.",
    }),
    maxAttempts: t.exposeInt("maxAttempts", {
      description: "After how many expired leases it fails with LEASE_EXPIRED.",
    }),
    lastEventSeq: t.exposeInt("lastEventSeq", { description: "The seq of its newest event." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was created." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When its state last changed." }),
    lease: t.field({
      type: RunLease,
      nullable: true,
      description: "Who holds it, or held it last; null before the first claim.",
      resolve: ({ runnerId, claimedAt, heartbeatAt, leaseExpiresAt, leaseExpired, attempt }) =>
        runnerId && claimedAt && heartbeatAt && leaseExpiresAt
          ? { runnerId, claimedAt, heartbeatAt, leaseExpiresAt, leaseExpired, attempt }
          : null,
    }),
  }),
});

export const RunConnection = connectionOf("Run", Run, "runs");

const RunOrder = builder.enumType("RunOrder", {
  description: "The order of a list of runs.",
  values: {
    NEWEST: { description: "By createdAt, then id; newest first." },
    OLDEST: { description: "By createdAt, then id; oldest first." },
  } as const,
});

export const RunFilter = builder.inputType("RunFilter", {
  description: "Which runs a list holds. What is left out does not narrow it.",
  fields: (t) => ({
    statuses: t.field({ type: [RunStatus], description: "Only those in one of these states." }),
    projectId: t.string({ description: "Only those of this project." }),
    backendProfile: t.string({ description: "Only those of this backend profile." }),
    session: t.field({
      type: SessionRef,
      description: "Only those of this session; none where there is no such session.",
    }),
    runnerId: t.id({ description: "Only those that this runner holds, or held last." }),
    createdAfter: t.field({ type: "DateTime", description: "Only those created after this instant." }),
    createdBefore: t.field({ type: "DateTime", description: "Only those created before this instant." }),
  }),
});

/** No session has this id: a filter by a session that is missing finds nothing. */
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

builder.queryFields((t) => ({
  run: t.field({
    type: Run,
    nullable: true,
    description: "One run; null where the tenant has none such.",
    args: { id: t.arg.id({ required: true, description: "Its id (run_...)." }) },
    resolve: (_root, { id }, context) => loadRun(context, checkId("run", id, "id")),
  }),
  runs: t.field({
    type: RunConnection,
    description: "The tenant's runs.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: RunFilter, description: "Which ones. Default: all." }),
      orderBy: t.arg({ type: RunOrder, defaultValue: "NEWEST", description: "In which order." }),
    },
    complexity: pageComplexity,
    resolve: async (_root, { filter, orderBy, ...page }, context) =>
      openPage<RunRow>(context, runListing(await storeFilter(context, filter), orderBy ?? "NEWEST"), page),
  }),
}));

builder.objectField(Runner, "runs", (t) =>
  t.field({
    type: RunConnection,
    description: "The runs that it holds, or held last; newest first.",
    args: {
      ...forwardArgs(t.arg),
      filter: t.arg({ type: RunFilter, description: "Which ones. Default: all." }),
    },
    complexity: pageComplexity,
    resolve: async ({ id }, { filter, ...page }, context) =>
      openPage<RunRow>(context, runListing(await storeFilter(context, filter), "NEWEST", "runner_id"), page, {
        parent: id,
      }),
  }),
);

builder.objectFields(Session, (t) => ({
  lastRun: t.field({
    type: Run,
    nullable: true,
    description: "The run that was last created, claimed or given a command; null before the first.",
    resolve: ({ lastRunId }, _args, context) => loadRun(context, lastRunId),
  }),
  activeRun: t.field({
    type: Run,
    nullable: true,
    description:
      "While RUNNING: the run of the oldest live turn or steer, else the run claimed last. Null otherwise.",
    resolve: ({ activeRunId }, _args, context) => loadRun(context, activeRunId),
  }),
  runs: t.field({
    type: RunConnection,
    description: "The session's runs.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: RunFilter, description: "Which ones. Default: all." }),
      orderBy: t.arg({ type: RunOrder, defaultValue: "NEWEST", description: "In which order." }),
    },
    complexity: pageComplexity,
    resolve: async ({ id }, { filter, orderBy, ...page }, context) =>
      openPage<RunRow>(
        context,
        runListing(await storeFilter(context, filter), orderBy ?? "NEWEST", "session_id"),
        page,
        {
          parent: id,
        },
      ),
  }),
}));
