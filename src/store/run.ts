import type { Instant } from "../domain/instant.js";
import type { JsonObject } from "../domain/json-value.js";
import type { Outcome } from "../domain/run.js";
import { Prisma } from "../generated/prisma/client.js";
import type { NewEvent } from "./event-log/event-batch.js";
import { type RowSource, type RunRow, columnsOf, selectOf } from "./row.js";
import { type DueSearch, type TenantClient, statement, writtenRow } from "./statement.js";
import { type Patience, type Tx, locking } from "./tx.js";

const fields = Object.keys(Prisma.RunScalarFieldEnum).filter(
  (field) => field !== "leaseTokenHash" && field !== "claimKey",
);

/** Runs by their ids. */
export const runSource = {
  table: "run",
  columns: {
    ...columnsOf(fields, "run"),
    leaseExpired: "coalesce(run.lease_expires_at <= clock_timestamp(), true)",
  },
} as const satisfies RowSource;

/** What is selected of a run. */
export const runColumns = selectOf(runSource.columns);

/** How a run ended; null until then. */
export const endedStatus = "CASE WHEN run.status NOT IN ('PENDING', 'CLAIMED') THEN run.status END";

/** True of a run that somebody holds, or held and has not given back. */
export const wasClaimed =
  "run.runner_id <> '' AND num_nonnulls(run.claimed_at, run.heartbeat_at, run.lease_expires_at) = 3";

/** A run under its lock, with what decides who may write to it. */
export interface LockedRun extends RunRow {
  leaseTokenHash: string | null;
}

/** The runs of these ids that there are. */
export function findRuns(client: TenantClient, ids: readonly string[]): Promise<RunRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<RunRow, { ids: readonly string[] }>(
  `SELECT ${runColumns} FROM run WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** The run of a command if it is a turn that carries answers: the run that goes on with them. */
export async function findRunOfTurn(client: TenantClient, commandId: string): Promise<string | null> {
  return (await client.rows(ofTurn, { commandId }))[0]?.runId ?? null;
}
const ofTurn = statement<{ runId: string }, { commandId: string }>(
  `SELECT run_id AS "runId" FROM command WHERE tenant_id = :tenantId AND id = :commandId AND type = 'TURN'`,
);

/** The run that was created with this key, if any. */
export async function findRunByKey(tx: Tx, projectId: string, key: string): Promise<RunRow | undefined> {
  return (await tx.rows(byKey, { projectId, key }))[0];
}
const byKey = statement<RunRow, { projectId: string; key: string }>(
  `SELECT ${runColumns} FROM run WHERE tenant_id = :tenantId AND project_id = :projectId AND idempotency_key = :key`,
);

/** Takes the key from a run that is removed with its locked session, so that it is free for another run. */
export async function dropRunKey(tx: Tx, id: string): Promise<void> {
  await tx.rows(dropKey, { id });
}
const dropKey = statement<never, { id: string }>(
  "UPDATE run SET idempotency_key = NULL WHERE tenant_id = :tenantId AND id = :id",
);

/** Locks a run and reads it as it then is; the lock of its session, if it has one, comes before. */
export async function lockRun(tx: Tx, id: string): Promise<LockedRun | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<LockedRun, { id: string }>(`
  SELECT ${runColumns}, lease_token_hash AS "leaseTokenHash" FROM run WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`);

/** As {@link lockRun}, the run of a command. */
export async function lockRunOfCommand(tx: Tx, commandId: string): Promise<LockedRun | undefined> {
  return (await tx.rows(lockOfCommand, { commandId }))[0];
}
const lockOfCommand = statement<LockedRun, { commandId: string }>(`
  SELECT ${runColumns}, lease_token_hash AS "leaseTokenHash" FROM run
  WHERE tenant_id = :tenantId AND id = (SELECT run_id FROM command WHERE tenant_id = :tenantId AND id = :commandId)
  FOR NO KEY UPDATE`);

/** As {@link lockRunOfCommand}, the runs of several commands. Those that somebody else has locked are left out. */
export function lockFreeRunsOfCommands(tx: Tx, commandIds: readonly string[]): Promise<LockedRun[]> {
  return tx.rows(lockFreeOfCommands, { commandIds });
}
const lockFreeOfCommands = statement<LockedRun, { commandIds: readonly string[] }>(`
  SELECT ${runColumns}, lease_token_hash AS "leaseTokenHash" FROM run WHERE tenant_id = :tenantId
    AND id = ANY(ARRAY(SELECT run_id FROM command WHERE tenant_id = :tenantId AND id = ANY(:commandIds::text[])))
  ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`);

/** As {@link lockRun}, several runs by id. Those that are locked by somebody else who is not waited for are left out. */
export function lockRuns(tx: Tx, ids: readonly string[], patience: Patience): Promise<LockedRun[]> {
  return tx.rows(lockSeveral[patience], { ids });
}
const lockSeveral = locking((clause) =>
  statement<LockedRun, { ids: readonly string[] }>(`
    SELECT ${runColumns}, lease_token_hash AS "leaseTokenHash" FROM run WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])
    ORDER BY id ${clause}`),
);

/** What a new run holds beside its times. */
export interface NewRun {
  id: string;
  projectId: string;
  backendProfile: string;
  sessionId: string | null;
  resourceBundle: JsonObject | null;
  metadata: JsonObject;
  maxAttempts: number;
  parallel: boolean;
  idempotencyKey: string | null;
  payloadHash: string;
  /** The ended run that it goes on from; null for none. */
  resumesId: string | null;
}

/** The first event of a run, which says that it was created, without its secrets. */
export type FirstEvent = Pick<NewEvent, "payload" | "redactionCount">;

/**
 * Inserts a PENDING run, in a locked session or without one, with its first event. A session that begins with it has counted the event
 * already. Throws 23505 if its key was taken in the meantime.
 */
export async function insertRun(
  tx: Tx,
  run: NewRun,
  { payload, redactionCount }: FirstEvent,
): Promise<RunRow> {
  tx.touch(run.id, run.sessionId);
  const { occurredAt } = tx;
  return writtenRow(tx.rows(insert, { ...run, payload, redactionCount, occurredAt }));
}
type InsertedRun = NewRun & FirstEvent & { occurredAt: Instant | null };
const insert = statement<RunRow, InsertedRun>(`
  WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS at), moved AS (
    UPDATE session SET last_event_seq = last_event_seq + 1
    WHERE tenant_id = :tenantId AND id = :sessionId AND last_run_id IS DISTINCT FROM :id RETURNING last_event_seq
  ), told AS (
    INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, redaction_count, payload, created_at, occurred_at)
    SELECT :tenantId, :id, 1, :sessionId, CASE WHEN :sessionId::text IS NOT NULL THEN coalesce((SELECT last_event_seq FROM moved), 1) END,
      'BACKEND_STATUS', :redactionCount::int, :payload::jsonb, at, :occurredAt::timestamptz FROM clock
  )
  INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, resource_bundle, metadata, max_attempts,
    parallel, idempotency_key, payload_hash, resumes_id, last_event_seq, created_at, updated_at)
  SELECT :tenantId, :id, :projectId, :backendProfile, :sessionId, :resourceBundle, :metadata, :maxAttempts,
    :parallel, :idempotencyKey, :payloadHash, :resumesId, 1, at, at FROM clock RETURNING ${runColumns}`);

/** The runs whose lease has run out, at most so many, the most overdue first. */
export async function findExpiredRuns(client: TenantClient, search: DueSearch): Promise<string[]> {
  return (await client.rows(expired, search)).map(({ id }) => id);
}
const expired = statement<{ id: string }, DueSearch>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND status = 'CLAIMED' AND lease_expires_at <= (SELECT clock_timestamp())
    AND id <> ALL(:failing::text[])
  ORDER BY lease_expires_at LIMIT :limit`);

/** Who holds a run from now on, and for how long. */
export interface RunClaim {
  runId: string;
  runnerId: string;
  leaseTokenHash: string;
  leaseSeconds: number;
  /** False if the holder is the one that it was before: then the attempt is too. */
  newAttempt: boolean;
  /** The key of the call that claims it; null keeps the one that it had. */
  claimKey: string | null;
}

/** Gives a locked run to a holder: a new token, and a new attempt if the holder is new. Throws 23505 if the holder has just claimed another run with this key. */
export async function saveClaim(tx: Tx, claim: RunClaim): Promise<void> {
  await tx.rows(saveClaimStatement, claim);
  tx.touch(claim.runId);
}
const saveClaimStatement = statement<never, RunClaim>(`
  UPDATE run SET status = 'CLAIMED', runner_id = :runnerId, lease_token_hash = :leaseTokenHash,
    claim_key = CASE WHEN :newAttempt THEN :claimKey ELSE claim_key END, parked = false,
    attempt = attempt + :newAttempt::boolean::int, claimed_at = CASE WHEN :newAttempt THEN clock.at ELSE claimed_at END,
    heartbeat_at = clock.at, updated_at = clock.at, lease_expires_at = clock.at + make_interval(secs => :leaseSeconds)
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :runId`);

/** Gives the holder of a locked run a new token, and lengthens its lease from now. */
export async function saveNewToken(
  tx: Tx,
  given: { runId: string; leaseTokenHash: string; leaseSeconds: number },
): Promise<void> {
  await tx.rows(saveNewTokenStatement, given);
}
const saveNewTokenStatement = statement<
  never,
  { runId: string; leaseTokenHash: string; leaseSeconds: number }
>(`
  UPDATE run SET lease_token_hash = :leaseTokenHash, heartbeat_at = clock.at,
    lease_expires_at = clock.at + make_interval(secs => :leaseSeconds)
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :runId`);

/** Lengthens the lease of a locked run from now. */
export async function saveHeartbeat(tx: Tx, runId: string, leaseSeconds: number): Promise<void> {
  await tx.rows(saveHeartbeatStatement, { runId, leaseSeconds });
}
const saveHeartbeatStatement = statement<never, { runId: string; leaseSeconds: number }>(`
  UPDATE run SET heartbeat_at = clock.at, lease_expires_at = clock.at + make_interval(secs => :leaseSeconds)
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :runId`);

/** Puts locked runs whose lease ran out back, for the next runner to claim. */
export async function saveLeaseExpiries(tx: Tx, runIds: readonly string[]): Promise<void> {
  await tx.rows(saveExpiriesStatement, { runIds });
  tx.touch(...runIds);
}
const saveExpiriesStatement = statement<never, { runIds: readonly string[] }>(`
  UPDATE run SET status = 'PENDING', expired_attempts = expired_attempts + 1, updated_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = ANY(:runIds::text[])`);

/** Puts a locked run that its holder gives back, for the next runner to claim, or parks it. It keeps the name of who held it last. */
export async function saveRelease(tx: Tx, runId: string, parked: boolean): Promise<void> {
  await tx.rows(saveReleaseStatement, { runId, parked });
  tx.touch(runId);
}
const saveReleaseStatement = statement<never, { runId: string; parked: boolean }>(`
  UPDATE run SET status = 'PENDING', parked = :parked, lease_token_hash = NULL, lease_expires_at = NULL, claim_key = NULL,
    updated_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = :runId`);

/** Ends a locked run. */
export async function saveRunEnd(tx: Tx, runId: string, end: Outcome): Promise<void> {
  await tx.rows(saveEndStatement, { runId, ...end });
  tx.touch(runId);
}
const saveEndStatement = statement<never, { runId: string } & Outcome>(`
  UPDATE run SET status = :terminalStatus, failure_kind = :failureKind, failure_message = :failureMessage,
    parked = false, updated_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = :runId`);
