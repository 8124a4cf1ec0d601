import type pg from "pg";
import type { Instant } from "../domain/instant.js";
import { runStatement, statementOverTenants } from "./statement.js";

/** A place in an order by an instant, and by id within one. */
export interface Place {
  at: Instant;
  id: string;
}

/** The place before all others. */
export const beginning: Place = { at: "-infinity", id: "" };

/** Something that is kept no longer, with the instant since when nothing has happened to it. */
export interface Resting extends Place {
  tenantId: string;
}

/** What is looked for: what has rested for so many seconds, after a place, at most so many. */
export interface RestSearch {
  seconds: number;
  after: Place;
  limit: number;
}

/** What is kept no longer once it has rested for long, beside sessions. */
export type RestingKind = keyof typeof searches;

/**
 * Finds what has rested over all tenants, the longest first. It reads the beginning of one index, so that it costs nothing
 * where there is nothing, however many tenants and rows there are. What it finds may be needed all the same: that is
 * judged under its lock. The id of a batch is its place in the table.
 */
export function findResting(
  pool: pg.Pool,
  kind: RestingKind,
  { seconds, after, limit }: RestSearch,
): Promise<Resting[]> {
  return runStatement(pool, searches[kind], { seconds, at: after.at, id: after.id, limit });
}

type Given = { seconds: number; at: Instant; id: string; limit: number };

function search(table: string, at: string, condition: string) {
  return statementOverTenants<Resting, Given>(`
    SELECT tenant_id AS "tenantId", id, ${at} AS at FROM ${table}
    WHERE ${condition} AND ${at} <= (SELECT clock_timestamp() - make_interval(secs => :seconds))
      AND (${at}, id) > (:at::timestamptz, :id)
    ORDER BY ${at}, id LIMIT :limit`);
}

const searches = {
  /** Runs without a session. */
  runs: search("run", "updated_at", "session_id IS NULL AND status <> 'CLAIMED'"),
  /** Queue tasks that have ended, and are in lists still. */
  endedTasks: search(
    "queue_task",
    "updated_at",
    "forgotten_at IS NULL AND state <> ALL (ARRAY['PENDING', 'RUNNING']::queue_task_state[])",
  ),
  /** Queue tasks that are in no list any more. */
  forgottenTasks: search("queue_task", "forgotten_at", "forgotten_at IS NOT NULL"),
  /** What is left of input requests that were removed. */
  removedRequests: search("removed_request", "removed_at", "true"),
  runners: search("runner", "heartbeat_at", "true"),
  /** Batches of events that were sent with a key. All that are found are removed, so that their instant alone is a place. */
  batches: statementOverTenants<Resting, Given>(`
    SELECT tenant_id AS "tenantId", ctid::text AS id, created_at AS at FROM event_batch
    WHERE created_at <= (SELECT clock_timestamp() - make_interval(secs => :seconds)) AND created_at >= :at::timestamptz
    ORDER BY created_at LIMIT :limit`),
};
