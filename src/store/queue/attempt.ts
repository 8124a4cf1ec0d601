import type { AttemptFailure, QueueTaskState } from "../../domain/queue/task.js";
import { Prisma } from "../../generated/prisma/client.js";
import type { Listing } from "../listing/listing.js";
import { type QueueAttemptRow, selectList } from "../row.js";
import { type DueSearch, type TenantClient, statement } from "../statement.js";
import type { KeyedClaim } from "../waiting-run.js";
import { type Patience, type Tx, locking } from "../tx.js";

const fields = Object.keys(Prisma.QueueAttemptScalarFieldEnum).filter(
  (field) => field !== "leaseTokenHash" && field !== "claimKey",
);

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
export async function findDueAttempts(client: TenantClient, search: DueSearch): Promise<string[]> {
  return (await client.rows(due, search)).map(({ id }) => id);
}
const due = statement<{ id: string }, DueSearch>(`
  SELECT id FROM queue_attempt
  WHERE tenant_id = :tenantId AND state = 'RUNNING' AND lease_expires_at <= (SELECT clock_timestamp())
    AND id <> ALL(:failing::text[])
  ORDER BY lease_expires_at LIMIT :limit`);

/** The attempt that is at work in a run, if any. */
export async function findRunningAttempt(client: TenantClient, runId: string): Promise<string | undefined> {
  return (await client.rows(atWork, { runId }))[0]?.id;
}
const atWork = statement<{ id: string }, { runId: string }>(
  `SELECT id FROM queue_attempt WHERE tenant_id = :tenantId AND run_id = :runId AND state = 'RUNNING' ORDER BY id LIMIT 1`,
);

/** The attempt that the runner claimed with this key and holds, or held until its lease expired. */
export async function findAttemptByClaim(
  client: TenantClient,
  claim: KeyedClaim,
): Promise<string | undefined> {
  return (await client.rows(byClaim, claim))[0]?.id;
}
const byClaim = statement<{ id: string }, KeyedClaim>(`
  SELECT id FROM queue_attempt
  WHERE tenant_id = :tenantId AND runner_id = :runnerId AND claim_key = :claimKey AND state = 'RUNNING'`);

/** Gives the holder of a locked attempt a new token, and renews its lease from now. */
export async function saveNewAttemptToken(
  tx: Tx,
  given: { id: string; leaseTokenHash: string; leaseSeconds: number },
): Promise<void> {
  await tx.rows(newToken, given);
}
const newToken = statement<never, { id: string; leaseTokenHash: string; leaseSeconds: number }>(`
  UPDATE queue_attempt SET lease_token_hash = :leaseTokenHash,
    lease_expires_at = clock_timestamp() + make_interval(secs => :leaseSeconds)
  WHERE tenant_id = :tenantId AND id = :id`);

/** Locks an attempt and reads it as it then is. If its task is locked too, that comes before. */
export async function lockAttempt(tx: Tx, id: string): Promise<LockedAttempt | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lockedColumns = `${attemptColumns}, lease_token_hash AS "leaseTokenHash",
  coalesce(lease_expires_at <= clock_timestamp(), false) AS "leaseExpired"`;
const lock = statement<LockedAttempt, { id: string }>(
  `SELECT ${lockedColumns} FROM queue_attempt WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`,
);

/** As {@link lockAttempt}, several attempts by id. Those that are locked by somebody else who is not waited for are left out. */
export function lockAttempts(tx: Tx, ids: readonly string[], patience: Patience): Promise<LockedAttempt[]> {
  return tx.rows(lockSeveral[patience], { ids });
}
const lockSeveral = locking((clause) =>
  statement<LockedAttempt, { ids: readonly string[] }>(`
    SELECT ${lockedColumns} FROM queue_attempt WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) ORDER BY id ${clause}`),
);

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
