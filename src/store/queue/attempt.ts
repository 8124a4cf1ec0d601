import type { AttemptFailure, QueueTaskState } from "../../domain/queue/task.js";
import { Prisma } from "../../generated/prisma/client.js";
import type { Listing } from "../listing/listing.js";
import { type QueueAttemptRow, selectList } from "../row.js";
import { type TenantClient, statement } from "../statement.js";
import type { Tx } from "../transaction.js";

const fields = Object.keys(Prisma.QueueAttemptScalarFieldEnum).filter((field) => field !== "leaseTokenHash");

/** The select list of an attempt. */
export const attemptColumns = selectList(fields, "queue_attempt");

/** A locked attempt, with what decides who may write to it. */
export interface LockedAttempt extends QueueAttemptRow {
  leaseTokenHash: string | null;
  /** True if its lease has expired by the database's clock; false if it has none. */
  leaseExpired: boolean;
}

/** Reads the attempts with these ids. Those that do not exist are left out. */
export function findAttempts(client: TenantClient, ids: readonly string[]): Promise<QueueAttemptRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<QueueAttemptRow, { ids: readonly string[] }>(
  `SELECT ${attemptColumns} FROM queue_attempt WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** Finds the ids of RUNNING attempts whose lease has expired, at most `limit`, the most overdue first. */
export async function findDueAttempts(client: TenantClient, limit: number): Promise<string[]> {
  return (await client.rows(due, { limit })).map(({ id }) => id);
}
const due = statement<{ id: string }, { limit: number }>(`
  SELECT id FROM queue_attempt
  WHERE tenant_id = :tenantId AND state = 'RUNNING' AND lease_expires_at <= (SELECT clock_timestamp())
  ORDER BY lease_expires_at LIMIT :limit`);

/** Locks an attempt and reads it as it then is. If its task is locked too, that comes before. */
export async function lockAttempt(tx: Tx, id: string): Promise<LockedAttempt | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<LockedAttempt, { id: string }>(`
  SELECT ${attemptColumns}, lease_token_hash AS "leaseTokenHash",
    coalesce(lease_expires_at <= clock_timestamp(), false) AS "leaseExpired"
  FROM queue_attempt WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`);

/** The run, command and session that an attempt works in. */
export interface AttemptLinks {
  runId: string | null;
  commandId: string | null;
  sessionId: string | null;
}

/** What is saved of an attempt: its state and failure, and what it works in. */
export type AttemptRecord = { id: string; state: QueueTaskState } & AttemptLinks & AttemptFailure;

/** A new attempt that nobody claimed. */
export type NewAttempt = AttemptRecord & { taskId: string; number: number };

/** Inserts an attempt that nobody claimed into a locked task. If it is not RUNNING, it ends as it begins. */
export async function insertAttempt(tx: Tx, attempt: NewAttempt): Promise<void> {
  await tx.rows(insert, attempt);
}
const insert = statement<never, NewAttempt>(`
  INSERT INTO queue_attempt (tenant_id, id, task_id, number, state, run_id, command_id, session_id, failure_kind,
    failure_message, started_at, finished_at)
  SELECT :tenantId, :id, :taskId, :number, :state::queue_task_state, :runId, :commandId, :sessionId,
    :failureKind::failure_kind, :failureMessage, at, CASE WHEN :state::queue_task_state <> 'RUNNING' THEN at END
  FROM (SELECT clock_timestamp() AS at) AS clock`);

/** Saves what became of a locked attempt. If it is not RUNNING any more, it is finished now. */
export async function saveAttempt(tx: Tx, attempt: AttemptRecord): Promise<void> {
  await tx.rows(save, attempt);
}
const save = statement<never, AttemptRecord>(`
  UPDATE queue_attempt SET state = :state::queue_task_state, run_id = :runId, command_id = :commandId,
    session_id = :sessionId, failure_kind = :failureKind::failure_kind, failure_message = :failureMessage,
    finished_at = CASE WHEN :state::queue_task_state <> 'RUNNING' THEN clock_timestamp() END
  WHERE tenant_id = :tenantId AND id = :id`);

/** Renews the lease of a locked attempt, for so many seconds from now on. */
export async function saveAttemptHeartbeat(tx: Tx, id: string, leaseSeconds: number): Promise<void> {
  await tx.rows(heartbeat, { id, leaseSeconds });
}
const heartbeat = statement<never, { id: string; leaseSeconds: number }>(`
  UPDATE queue_attempt SET lease_expires_at = clock_timestamp() + make_interval(secs => :leaseSeconds)
  WHERE tenant_id = :tenantId AND id = :id`);

/** Lists the attempts of each task by number, the first one first. */
export const attemptListing: Listing = {
  table: "queue_attempt",
  columns: attemptColumns,
  parentColumn: "task_id",
  where: [],
  order: [{ field: "number", type: "int" }],
  direction: "asc",
};
