import { type TenantClient, statement } from "../statement.js";
import type { Tx } from "../tx.js";

/**
 * Reads the versions of these tasks that a reader has read, by the task's id. A task that was never read is missing.
 */
export async function findReadVersions(
  client: TenantClient,
  readerId: string,
  taskIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await client.rows(byTasks, { readerId, taskIds });
  return new Map(rows.map(({ taskId, readVersion }) => [taskId, readVersion]));
}
type ReadVersion = { taskId: string; readVersion: number };
const byTasks = statement<ReadVersion, { readerId: string; taskIds: readonly string[] }>(`
  SELECT task_id AS "taskId", read_version AS "readVersion" FROM queue_task_mark
  WHERE tenant_id = :tenantId AND reader_id = :readerId AND task_id = ANY(:taskIds::text[])`);

/** Notes that a reader has read a task's newest version. False if there is no such task. */
export async function markTaskRead(tx: Tx, readerId: string, taskId: string): Promise<boolean> {
  return (await tx.rows(mark, { readerId, taskId })).length === 1;
}
const mark = statement<{ taskId: string }, { readerId: string; taskId: string }>(`
  INSERT INTO queue_task_mark AS kept (tenant_id, reader_id, task_id, read_version, read_at)
  SELECT :tenantId, :readerId, id, version, clock_timestamp() FROM queue_task WHERE tenant_id = :tenantId AND id = :taskId
  ON CONFLICT (tenant_id, reader_id, task_id) DO UPDATE
    SET read_version = greatest(kept.read_version, excluded.read_version), read_at = excluded.read_at
  RETURNING task_id AS "taskId"`);
