import type { AttemptFailure, QueueTaskState } from "../../domain/queue/task.js";
import { Prisma } from "../../generated/prisma/client.js";
import type { Listing } from "../listing/listing.js";
import { type QueueAttemptRow, selectList } from "../row.js";
import { type TenantClient, statement } from "../statement.js";
import type { Tx } from "../transaction.js";

const fields = Object.keys(Prisma.QueueAttemptScalarFieldEnum).filter((field) => field !== "leaseTokenHash");

/** What is selected of an attempt. */
export const attemptColumns = selectList(fields, "queue_attempt");

/** An attempt under its lock, with what decides who may write to it. */
export interface LockedAttempt extends QueueAttemptRow {
  leaseTokenHash: string | null;
  /** Whether its lease has ended, by the database's clock; false where it has none. */
  leaseExpired: boolean;
}

/** The attempts of these ids that there are. */
export function findAttempts(client: TenantClient, ids: readonly string[]): Promise<QueueAttemptRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(
  `SELECT ${attemptColumns} FROM queue_attempt WHERE tenant_id = $1 AND id = ANY($2::text[])`,
);

/** Attempts whose lease has ended and that still hold their task, the longest due first. */
export async function findDueAttempts(client: TenantClient, limit: number): Promise<string[]> {
  return (await client.rows<{ id: string }>(due, limit)).map(({ id }) => id);
}
const due = statement(`
  SELECT id FROM queue_attempt
  WHERE tenant_id = $1 AND state = 'RUNNING' AND lease_expires_at <= (SELECT clock_timestamp())
  ORDER BY lease_expires_at LIMIT $2`);

/** Locks an attempt, after its task where that is locked too, and reads it as it then is. */
export async function lockAttempt(tx: Tx, id: string): Promise<LockedAttempt | undefined> {
  return (await tx.rows<LockedAttempt>(lock, id))[0];
}
const lock = statement(`
  SELECT ${attemptColumns}, lease_token_hash AS "leaseTokenHash",
    coalesce(lease_expires_at <= clock_timestamp(), false) AS "leaseExpired"
  FROM queue_attempt WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`);

/** The run, command and session that an attempt works in. */
export interface AttemptLinks {
  runId: string | null;
  commandId: string | null;
  sessionId: string | null;
}

/** Inserts an attempt that nobody claimed, in a locked task; one that is not RUNNING ends as it begins. */
export async function insertAttempt(
  tx: Tx,
  attempt: { id: string; taskId: string; number: number; state: QueueTaskState },
  links: AttemptLinks,
  failure: AttemptFailure,
): Promise<void> {
  await tx.rows(
    insert,
    attempt.id,
    attempt.taskId,
    attempt.number,
    attempt.state,
    links.runId,
    links.commandId,
    links.sessionId,
    failure.failureKind,
    failure.failureMessage,
  );
}
const insert = statement(`
  INSERT INTO queue_attempt (tenant_id, id, task_id, number, state, run_id, command_id, session_id, failure_kind,
    failure_message, started_at, finished_at)
  SELECT $1, $2, $3, $4, $5::queue_task_state, $6, $7, $8, $9::failure_kind, $10, at,
    CASE WHEN $5::queue_task_state <> 'RUNNING' THEN at END
  FROM (SELECT clock_timestamp() AS at) AS clock`);

/** Saves what became of a locked attempt; one that is not RUNNING any more is finished. */
export async function saveAttempt(
  tx: Tx,
  attempt: { id: string; state: QueueTaskState },
  links: AttemptLinks,
  failure: AttemptFailure,
): Promise<void> {
  await tx.rows(
    save,
    attempt.id,
    attempt.state,
    links.runId,
    links.commandId,
    links.sessionId,
    failure.failureKind,
    failure.failureMessage,
  );
}
const save = statement(`
  UPDATE queue_attempt SET state = $3::queue_task_state, run_id = $4, command_id = $5, session_id = $6,
    failure_kind = $7::failure_kind, failure_message = $8,
    finished_at = CASE WHEN $3::queue_task_state <> 'RUNNING' THEN clock_timestamp() END
  WHERE tenant_id = $1 AND id = $2`);

/** Lengthens the lease of a locked attempt from now. */
export async function saveAttemptHeartbeat(tx: Tx, id: string, leaseSeconds: number): Promise<void> {
  await tx.rows(heartbeat, id, leaseSeconds);
}
const heartbeat = statement(`
  UPDATE queue_attempt SET lease_expires_at = clock_timestamp() + make_interval(secs => $3)
  WHERE tenant_id = $1 AND id = $2`);

/** The attempts of each task, the first first. */
export const attemptListing: Listing = {
  table: "queue_attempt",
  columns: attemptColumns,
  parentColumn: "task_id",
  where: [],
  order: [{ field: "number", type: "int" }],
  direction: "asc",
};
