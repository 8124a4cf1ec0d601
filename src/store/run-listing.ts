import type { Instant } from "../domain/instant.js";
import { type RunStatus, runStatuses } from "../domain/run.js";
import { type Listing, conditions } from "./listing/listing.js";
import { amongRows } from "./listing/narrow.js";
import { selectOf } from "./row.js";
import { runSource } from "./run.js";

/** Which runs a list holds; what is left out does not narrow it. */
export interface RunFilter {
  statuses?: readonly RunStatus[] | null;
  projectId?: string | null;
  backendProfile?: string | null;
  sessionId?: string | null;
  runnerId?: string | null;
  createdAfter?: Instant | null;
  createdBefore?: Instant | null;
}

/** Runs by creation; one list for each session or runner where that is said. */
export function runListing(
  filter: RunFilter,
  order: "NEWEST" | "OLDEST",
  parentColumn?: "session_id" | "runner_id",
): Listing {
  const where = conditions(
    ["run.status = ?::run_status", filter.statuses?.length === 1 ? filter.statuses[0] : null],
    ["run.status = ANY(?::run_status[])", filter.statuses?.length === 1 ? null : filter.statuses],
    ["run.project_id = ?", filter.projectId],
    ["run.backend_profile = ?", filter.backendProfile],
    ["run.session_id = ?", filter.sessionId],
    ["run.runner_id = ?", filter.runnerId],
    ["run.created_at > ?::timestamptz", filter.createdAfter],
    ["run.created_at < ?::timestamptz", filter.createdBefore],
  );
  return {
    table: "run",
    columns: selectOf(runSource.columns),
    ...(parentColumn ? { parentColumn } : {}),
    where,
    ...(parentColumn ? {} : waysOf(filter)),
    order: [
      { field: "createdAt", type: "timestamptz" },
      { field: "id", type: "text" },
    ],
    direction: order === "NEWEST" ? "desc" : "asc",
  };
}

/**
 * One state is an index range of its own, in the list's order; several are as many. The indexes of projects and profiles have the state
 * before that order, so that their lists are read state by state.
 */
function waysOf({ statuses, projectId, backendProfile, sessionId, runnerId }: RunFilter) {
  const run = { table: "run", isListed: true } as const;
  const equal = (column: string, value: string | null | undefined, order = "created_at") =>
    typeof value === "string" ? [amongRows({ ...run, column, order }, [value])] : [];
  const state = "run.status = ?::run_status";
  const isByState = typeof projectId === "string" || typeof backendProfile === "string";
  const apart = statuses ?? (isByState ? runStatuses : []);
  return {
    ...(apart.length > 1 ? { alternatives: apart.map((value) => ({ where: [{ sql: state, value }] })) } : {}),
    narrowings: [
      ...(statuses
        ? [amongRows({ ...run, column: "status", type: "run_status", order: "created_at" }, statuses)]
        : []),
      ...equal("project_id", projectId, "status, created_at"),
      ...equal("backend_profile", backendProfile, "status, created_at"),
      ...equal("session_id", sessionId),
      ...equal("runner_id", runnerId),
    ],
  };
}
