import { removal, removeUpTo } from "../removal.js";
import { statement } from "../statement.js";
import type { Tx } from "../tx.js";

type OfTasks = { ids: readonly string[] };

/** Takes those of these tasks that have ended out of every list, and tells their followers. */
export async function forgetTasks(tx: Tx, ids: readonly string[]): Promise<void> {
  const locked = await tx.rows(lock, { ids });
  const forgotten = await tx.rows(forget, { ids: locked.map(({ id }) => id) });
  for (const { id } of forgotten) tx.changeTask(id);
}
const lock = statement<{ id: string }, OfTasks>(`
  SELECT id FROM queue_task WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) ORDER BY id FOR UPDATE SKIP LOCKED`);
const forget = statement<{ id: string }, OfTasks>(`
  UPDATE queue_task SET forgotten_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND forgotten_at IS NULL AND state NOT IN ('PENDING', 'RUNNING')
  RETURNING id`);

const ofThem = "task_id = ANY(:ids::text[])";
const records = [removal<OfTasks>("queue_task_mark", ofThem), removal<OfTasks>("queue_attempt", ofThem)];

/**
 * Removes tasks that are in no list any more with their marks and attempts, at most `limit` rows before the tasks
 * themselves. False if some are left. Tasks that somebody else has locked stay.
 */
export async function removeTasks(tx: Tx, ids: readonly string[], limit: number): Promise<boolean> {
  const locked = (await tx.rows(lock, { ids })).map(({ id }) => id);
  const left = await removeUpTo(
    limit,
    records.map((part) => (most) => tx.rows(part, { ids: locked, limit: most })),
  );
  if (left > 0) await tx.rows(deleteRows, { ids: locked });
  return left > 0;
}
// Whoever has read up to the last change of a task knows that it has left; nobody else can learn it any more.
const deleteRows = statement<never, OfTasks>(`
  WITH gone AS (
    DELETE FROM queue_task WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND forgotten_at IS NOT NULL RETURNING version
  )
  UPDATE tenant SET removed_task_version = greatest(removed_task_version, (SELECT max(version) FROM gone))
  WHERE tenant_id = :tenantId`);
