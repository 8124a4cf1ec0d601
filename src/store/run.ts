import type { Instant } from "../domain/instant.js";
import type { JsonObject } from "../domain/json-value.js";
import type { Outcome, RunStatus } from "../domain/run.js";
import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing/listing.js";
import { type RunRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { TenantStore } from "./store.js";
import type { Tx } from "./transaction.js";

const fields = Object.keys(Prisma.RunScalarFieldEnum).filter((field) => field !== "leaseTokenHash");
const columns = `${selectList(fields, "run")}, coalesce(run.lease_expires_at <= clock_timestamp(), true) AS "leaseExpired"`;

/** A run under its lock, with what decides who may write to it. */
export interface LockedRun extends RunRow {
  leaseTokenHash: string | null;
}

/** The runs of these ids that there are. */
export function findRuns(client: TenantClient, ids: readonly string[]): Promise<RunRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<RunRow, { ids: readonly string[] }>(
  `SELECT ${columns} FROM run WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** The session of a run, which never changes; undefined where there is no such run. */
export async function findRunSession(
  store: TenantStore,
  runId: string,
): Promise<{ sessionId: string | null } | undefined> {
  const where = { tenantId: store.tenantId, id: runId };
  return (await store.prisma.run.findFirst({ where, select: { sessionId: true } })) ?? undefined;
}

/** The run that was created with this key, if any. */
export async function findRunByKey(tx: Tx, projectId: string, key: string): Promise<RunRow | undefined> {
  return (await tx.rows(byKey, { projectId, key }))[0];
}
const byKey = statement<RunRow, { projectId: string; key: string }>(
  `SELECT ${columns} FROM run WHERE tenant_id = :tenantId AND project_id = :projectId AND idempotency_key = :key`,
);

/** Locks a run and reads it as it then is; the lock of its session, if it has one, comes before. */
export async function lockRun(tx: Tx, id: string): Promise<LockedRun | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<LockedRun, { id: string }>(`
  SELECT ${columns}, lease_token_hash AS "leaseTokenHash" FROM run WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`);

/** What a new run holds beside its times. */
export interface NewRun {
  id: string;
  projectId: string;
  backendProfile: string;
  sessionId: string | null;
  resourceBundle: JsonObject | null;
  metadata: JsonObject;
  maxAttempts: number;
  idempotencyKey: string | null;
  payloadHash: string;
}

/** Inserts a PENDING run; throws 23505 if its key was taken in the meantime. */
export async function insertRun(tx: Tx, run: NewRun): Promise<void> {
  await tx.rows(insert, run);
  tx.touch(run.id, run.sessionId);
}
const insert = statement<never, NewRun>(`
  INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, resource_bundle, metadata, max_attempts,
    idempotency_key, payload_hash, created_at, updated_at)
  VALUES (:tenantId, :id, :projectId, :backendProfile, :sessionId, :resourceBundle, :metadata, :maxAttempts,
    :idempotencyKey, :payloadHash, clock_timestamp(), clock_timestamp())`);

/** Which runs a runner would take: those that wait for one of these profiles, in one project where it is named. */
export interface WantedRuns {
  backendProfiles: readonly string[];
  projectId: string | null;
}

/** A run that waits, and whose session's lock comes before its own. */
export interface WaitingRun {
  id: string;
  sessionId: string | null;
}

/**
 * The oldest run that waits, or whose lease has expired. First one that nobody has locked at this moment, so that
 * claimers who come together find different runs; only a hint, since its lock ends with the statement.
 */
export async function findWaitingRun(
  client: TenantClient,
  wanted: WantedRuns,
): Promise<WaitingRun | undefined> {
  for (const search of [unlockedWaiting, anyWaiting]) {
    const [run] = await client.rows(search, wanted);
    if (run) return run;
  }
  return undefined;
}
const waiting = (status: string, condition: string, lock: string) => `
  SELECT oldest.* FROM unnest(:backendProfiles::text[]) AS wanted (profile) CROSS JOIN LATERAL (
    SELECT id, session_id, created_at FROM run
    WHERE tenant_id = :tenantId AND backend_profile = wanted.profile AND status = '${status}'
      AND (:projectId::text IS NULL OR project_id = :projectId) AND ${condition}
    ORDER BY created_at, id LIMIT 1 ${lock}
  ) AS oldest`;
const oldestWaiting = (lock: string) =>
  statement<WaitingRun, WantedRuns>(`
    SELECT id, session_id AS "sessionId" FROM (
      (${waiting("PENDING", "true", lock)}) UNION ALL (${waiting("CLAIMED", "lease_expires_at <= clock_timestamp()", lock)})
    ) AS oldest ORDER BY created_at, id LIMIT 1`);
const unlockedWaiting = oldestWaiting("FOR NO KEY UPDATE SKIP LOCKED");
const anyWaiting = oldestWaiting("");

/** The runs whose lease has run out, at most so many, the most overdue first. */
export async function findExpiredRuns(client: TenantClient, limit: number): Promise<string[]> {
  return (await client.rows(expired, { limit })).map(({ id }) => id);
}
const expired = statement<{ id: string }, { limit: number }>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND status = 'CLAIMED' AND lease_expires_at <= clock_timestamp()
  ORDER BY lease_expires_at LIMIT :limit`);

/** Who holds a run from now on, and for how long. */
export interface RunClaim {
  runId: string;
  runnerId: string;
  leaseTokenHash: string;
  leaseSeconds: number;
  /** False if the holder is the one that it was before: then the attempt is too. */
  newAttempt: boolean;
}

/** Gives a locked run to a holder: a new token, and a new attempt if the holder is new. */
export async function saveClaim(tx: Tx, claim: RunClaim): Promise<void> {
  await tx.rows(saveClaimStatement, claim);
  tx.touch(claim.runId);
}
const saveClaimStatement = statement<never, RunClaim>(`
  UPDATE run SET status = 'CLAIMED', runner_id = :runnerId, lease_token_hash = :leaseTokenHash,
    attempt = attempt + :newAttempt::boolean::int, claimed_at = CASE WHEN :newAttempt THEN clock.at ELSE claimed_at END,
    heartbeat_at = clock.at, updated_at = clock.at, lease_expires_at = clock.at + make_interval(secs => :leaseSeconds)
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :runId`);

/** Lengthens the lease of a locked run from now. */
export async function saveHeartbeat(tx: Tx, runId: string, leaseSeconds: number): Promise<void> {
  await tx.rows(saveHeartbeatStatement, { runId, leaseSeconds });
}
const saveHeartbeatStatement = statement<never, { runId: string; leaseSeconds: number }>(`
  UPDATE run SET heartbeat_at = clock.at, lease_expires_at = clock.at + make_interval(secs => :leaseSeconds)
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :runId`);

/** Puts a locked run whose lease ran out back, for the next runner to claim. */
export async function saveLeaseExpiry(tx: Tx, runId: string): Promise<void> {
  await tx.rows(saveExpiryStatement, { runId });
  tx.touch(runId);
}
const saveExpiryStatement = statement<never, { runId: string }>(`
  UPDATE run SET status = 'PENDING', updated_at = clock_timestamp() WHERE tenant_id = :tenantId AND id = :runId`);

/** Counts one more command of a locked run. */
export async function countCommand(tx: Tx, runId: string): Promise<void> {
  await tx.rows(countCommandStatement, { runId });
}
const countCommandStatement = statement<never, { runId: string }>(`
  UPDATE run SET last_command_seq = last_command_seq + 1, updated_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = :runId`);

/** Ends a locked run. */
export async function saveRunEnd(tx: Tx, runId: string, end: Outcome): Promise<void> {
  await tx.rows(saveEndStatement, { runId, ...end });
  tx.touch(runId);
}
const saveEndStatement = statement<never, { runId: string } & Outcome>(`
  UPDATE run SET status = :terminalStatus, failure_kind = :failureKind, failure_message = :failureMessage,
    updated_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = :runId`);

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
    // One state is an index range of its own, in the list's order; several are a filter on the order's index.
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
    columns,
    ...(parentColumn ? { parentColumn } : {}),
    where,
    order: [
      { field: "createdAt", type: "timestamptz" },
      { field: "id", type: "text" },
    ],
    direction: order === "NEWEST" ? "desc" : "asc",
  };
}
