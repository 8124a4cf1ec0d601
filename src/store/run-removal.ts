import { removal, removeUpTo } from "./removal.js";
import { noteRemoved, requestRemoval } from "./request-removal.js";
import { statement } from "./statement.js";
import type { Tx } from "./tx.js";

type OfRuns = { ids: readonly string[] };

/**
 * Locks those of these runs without a session that are kept no longer, by id, so that nothing can be added to them: no runner
 * holds them, no attempt at a task works in them, and they ended, or nobody touched them, so many seconds ago. Runs that
 * somebody else has locked are left out. Those that wait end as CANCELLED.
 */
export async function lockRestingRuns(tx: Tx, ids: readonly string[], seconds: number): Promise<string[]> {
  const locked = await tx.rows(lock, { ids });
  const resting = await tx.rows(end, { ids: locked.map(({ id }) => id), seconds });
  return resting.map(({ id }) => id);
}
const lock = statement<{ id: string }, OfRuns>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) ORDER BY id FOR UPDATE SKIP LOCKED`);
// A statement of its own after the lock, so that it sees what the lock's last holder has done. A run whose events do not go
// all at once must take no new ones: so it ends, and has rested as long as before.
const end = statement<{ id: string }, OfRuns & { seconds: number }>(`
  UPDATE run SET status = CASE WHEN status = 'PENDING' THEN 'CANCELLED' ELSE status END, parked = false
  WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND session_id IS NULL AND status <> 'CLAIMED'
    AND greatest(updated_at, (SELECT created_at FROM run_event WHERE tenant_id = :tenantId AND run_id = run.id AND seq = run.last_event_seq))
      <= clock_timestamp() - make_interval(secs => :seconds)
    AND (SELECT id FROM queue_attempt WHERE tenant_id = :tenantId AND run_id = run.id AND state = 'RUNNING' LIMIT 1) IS NULL
  RETURNING id`);

const ofThem = "run_id = ANY(:ids::text[])";

/** The rows that belong to runs and that no other row refers to. */
const records = [
  // From its first event on: what is left of a run has no holes.
  removal<OfRuns>("run_event", ofThem, "ORDER BY run_id, seq"),
  removal<OfRuns>("event_batch", ofThem),
  removal<OfRuns>("runner_job", ofThem),
  removal<OfRuns>("delta_stream", ofThem),
];

const requests = requestRemoval<OfRuns>(ofThem);

/** The rows that the records belong to, and that attempts refer to: see {@link dropRunLinks}. */
const work = [removal<OfRuns>("command", ofThem), removal<OfRuns>("run", "id = ANY(:ids::text[])")];

/** Removes events, batches, jobs, input requests and deltas of locked runs, at most `limit`. Gives how many more it might have removed. */
export function removeRunRecords(tx: Tx, ids: readonly string[], limit: number): Promise<number> {
  return removeUpTo(limit, [
    ...records.map((part) => (most: number) => tx.rows(part, { ids, limit: most })),
    (most) => noteRemoved(tx, tx.rows(requests, { ids, limit: most })),
  ]);
}

/** Takes locked runs and their commands out of the attempts at tasks that worked in them. */
export async function dropRunLinks(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.rows(dropLinks, { ids });
}
const dropLinks = statement<never, OfRuns>(`
  UPDATE queue_attempt SET run_id = NULL, command_id = NULL WHERE tenant_id = :tenantId AND run_id = ANY(:ids::text[])`);

/** As {@link removeRunRecords}, for their commands and the runs themselves. Nothing may refer to them any more. */
export async function removeRuns(tx: Tx, ids: readonly string[], limit: number): Promise<number> {
  tx.touch(...ids);
  return removeUpTo(
    limit,
    work.map((part) => (most) => tx.rows(part, { ids, limit: most })),
  );
}
