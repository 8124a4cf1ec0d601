import type { QueueAttemptRow } from "../row.js";
import { statement } from "../statement.js";
import type { Tx } from "../tx.js";
import { attemptColumns } from "./attempt.js";

/** A runner's claim of a task out of a queue. */
export interface TaskClaim {
  queue: string;
  /** The lanes to claim out of; null for all. */
  lanes: readonly string[] | null;
  /** The id of the attempt that the claim makes. */
  attemptId: string;
  runnerId: string;
  leaseTokenHash: string;
  leaseSeconds: number;
  /** The key by which the same runner gets the attempt again; null for none. */
  claimKey: string | null;
}

/**
 * Gives the first task in running order that waits and is available to a runner, in a new attempt. Undefined if none
 * waits. It is one statement, and it passes over tasks that others are claiming at this moment instead of waiting for
 * them. Throws 23505 if the runner has just claimed another task with this key.
 */
export async function claimTask(tx: Tx, claim: TaskClaim): Promise<QueueAttemptRow | undefined> {
  const [attempt] = await tx.rows(claimStatement, claim);
  if (attempt) tx.changeTask(attempt.taskId);
  return attempt;
}
const claimStatement = statement<QueueAttemptRow, TaskClaim>(`
  WITH picked AS MATERIALIZED (
    SELECT id, attempts FROM queue_task
    WHERE tenant_id = :tenantId AND queue = :queue AND state = 'PENDING' AND available_at <= clock_timestamp()
      AND (:lanes::text[] IS NULL OR lane = ANY(:lanes))
    ORDER BY rank, created_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
  ), clock AS MATERIALIZED (
    SELECT clock_timestamp() AS at FROM picked
  ), made AS (
    INSERT INTO queue_attempt (tenant_id, id, task_id, number, runner_id, lease_token_hash, claim_key,
      lease_expires_at, started_at)
    SELECT :tenantId, :attemptId, picked.id, picked.attempts + 1, :runnerId, :leaseTokenHash, :claimKey,
      clock.at + make_interval(secs => :leaseSeconds), clock.at
    FROM picked CROSS JOIN clock RETURNING ${attemptColumns}
  ), moved AS (
    UPDATE queue_task SET state = 'RUNNING', attempts = attempts + 1, latest_attempt_id = :attemptId, updated_at = clock.at
    FROM clock WHERE tenant_id = :tenantId AND id = (SELECT id FROM picked)
  )
  SELECT * FROM made`);
