import type { Instant } from "../domain/instant.js";
import type { Outcome, RunStatus } from "../domain/run.js";
import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing/listing.js";
import { type RunRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { TenantStore } from "./store.js";
import type { Tx } from "./transaction.js";
import type { JsonObject } from "../domain/json-value.js";

const fields = Object.keys(Prisma.RunScalarFieldEnum).filter((field) => field !== "leaseTokenHash");
const columns = `${selectList(fields, "run")}, coalesce(run.lease_expires_at <= clock_timestamp(), true) AS "leaseExpired"`;

/** A run under its lock, with what decides who may write to it. */
export interface LockedRun extends RunRow {
  leaseTokenHash: string | null;
}

/** The runs of these ids that there are. */
export function findRuns(client: TenantClient, ids: readonly string[]): Promise<RunRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(`SELECT ${columns} FROM run WHERE tenant_id = $1 AND id = ANY($2::text[])`);

/** The session of a run, which never changes; undefined where there is no such run. */
export async function findRunSession(
  store: TenantStore,
  runId: string,
): Promise<{ sessionId: string | null } | undefined> {
  const where = { tenantId_id: { tenantId: store.tenantId, id: runId } };
  return (await store.prisma.run.findUnique({ where, select: { sessionId: true } })) ?? undefined;
}

/** The run that was created with this key, if any. */
export async function findRunByKey(tx: Tx, projectId: string, key: string): Promise<RunRow | undefined> {
  return (await tx.rows<RunRow>(byKey, projectId, key))[0];
}
const byKey = statement(
  `SELECT ${columns} FROM run WHERE tenant_id = $1 AND project_id = $2 AND idempotency_key = $3`,
);

/** Locks a run and reads it as it then is; the lock of its session, if it has one, comes before. */
export async function lockRun(tx: Tx, id: string): Promise<LockedRun | undefined> {
  return (await tx.rows<LockedRun>(lock, id))[0];
}
const lock = statement(`
  SELECT ${columns}, lease_token_hash AS "leaseTokenHash" FROM run WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`);

/** Inserts a PENDING run; throws 23505 where its key was taken in the meantime. */
export async function insertRun(
  tx: Tx,
  run: {
    id: string;
    projectId: string;
    backendProfile: string;
    sessionId: string | null;
    resourceBundle: JsonObject | null;
    metadata: JsonObject;
    maxAttempts: number;
    idempotencyKey: string | null;
    payloadHash: string;
  },
): Promise<void> {
  const { id, projectId, backendProfile, sessionId, resourceBundle, metadata, idempotencyKey, payloadHash } =
    run;
  await tx.rows(
    insert,
    id,
    projectId,
    backendProfile,
    sessionId,
    resourceBundle,
    metadata,
    run.maxAttempts,
    idempotencyKey,
    payloadHash,
  );
  tx.touch(id, sessionId);
}
const insert = statement(`
  INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, resource_bundle, metadata, max_attempts,
    idempotency_key, payload_hash, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp(), clock_timestamp())`);

/** Which runs a runner would take: those that wait for one of these profiles, in one project where it is named. */
export interface WantedRuns {
  backendProfiles: readonly string[];
  projectId: string | null;
}

/**
 * The oldest run that waits, or whose lease has expired. First one that nobody has locked at this moment, so that
 * claimers who come together find different runs; only a hint, since its lock ends with the statement.
 */
export async function findWaitingRun(
  client: TenantClient,
  { backendProfiles, projectId }: WantedRuns,
): Promise<{ id: string; sessionId: string | null } | undefined> {
  for (const search of [unlockedWaiting, anyWaiting]) {
    const [run] = await client.rows<{ id: string; sessionId: string | null }>(
      search,
      backendProfiles,
      projectId,
    );
    if (run) return run;
  }
  return undefined;
}
const waiting = (status: string, condition: string, lock: string) => `
  SELECT oldest.* FROM unnest($2::text[]) AS wanted (profile) CROSS JOIN LATERAL (
    SELECT id, session_id, created_at FROM run
    WHERE tenant_id = $1 AND backend_profile = wanted.profile AND status = '${status}'
      AND ($3::text IS NULL OR project_id = $3) AND ${condition}
    ORDER BY created_at, id LIMIT 1 ${lock}
  ) AS oldest`;
const oldestWaiting = (lock: string) =>
  statement(`
    SELECT id, session_id AS "sessionId" FROM (
      (${waiting("PENDING", "true", lock)}) UNION ALL (${waiting("CLAIMED", "lease_expires_at <= clock_timestamp()", lock)})
    ) AS oldest ORDER BY created_at, id LIMIT 1`);
const unlockedWaiting = oldestWaiting("FOR NO KEY UPDATE SKIP LOCKED");
const anyWaiting = oldestWaiting("");

/** The runs of these tenants' whose lease has run out, most overdue first. */
export async function findExpiredRuns(client: TenantClient, limit: number): Promise<string[]> {
  return (await client.rows<{ id: string }>(expired, limit)).map(({ id }) => id);
}
const expired = statement(`
  SELECT id FROM run WHERE tenant_id = $1 AND status = 'CLAIMED' AND lease_expires_at <= clock_timestamp()
  ORDER BY lease_expires_at LIMIT $2`);

/** Gives a locked run to a holder: a new token, and a new attempt where the holder is new. */
export async function saveClaim(
  tx: Tx,
  claim: {
    runId: string;
    runnerId: string;
    leaseTokenHash: string;
    leaseSeconds: number;
    newAttempt: boolean;
  },
): Promise<void> {
  const { runId, runnerId, leaseTokenHash, leaseSeconds, newAttempt } = claim;
  await tx.rows(saveClaimStatement, runId, runnerId, leaseTokenHash, leaseSeconds, newAttempt);
  tx.touch(runId);
}
const saveClaimStatement = statement(`
  UPDATE run SET status = 'CLAIMED', runner_id = $3, lease_token_hash = $4, attempt = attempt + $6::boolean::int,
    claimed_at = CASE WHEN $6 THEN clock.at ELSE claimed_at END, heartbeat_at = clock.at, updated_at = clock.at,
    lease_expires_at = clock.at + make_interval(secs => $5)
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = $1 AND id = $2`);

/** Lengthens the lease of a locked run from now. */
export async function saveHeartbeat(tx: Tx, runId: string, leaseSeconds: number): Promise<void> {
  await tx.rows(saveHeartbeatStatement, runId, leaseSeconds);
}
const saveHeartbeatStatement = statement(`
  UPDATE run SET heartbeat_at = clock.at, lease_expires_at = clock.at + make_interval(secs => $3)
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = $1 AND id = $2`);

/** Puts a locked run whose lease ran out back, for the next runner to claim. */
export async function saveLeaseExpiry(tx: Tx, runId: string): Promise<void> {
  await tx.rows(saveExpiryStatement, runId);
  tx.touch(runId);
}
const saveExpiryStatement = statement(`
  UPDATE run SET status = 'PENDING', updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2`);

/** Counts one more command of a locked run. */
export async function countCommand(tx: Tx, runId: string): Promise<void> {
  await tx.rows(countCommandStatement, runId);
}
const countCommandStatement = statement(`
  UPDATE run SET last_command_seq = last_command_seq + 1, updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2`);

/** Ends a locked run. */
export async function saveRunEnd(tx: Tx, runId: string, end: Outcome): Promise<void> {
  await tx.rows(saveEndStatement, runId, end.terminalStatus, end.failureKind, end.failureMessage);
  tx.touch(runId);
}
const saveEndStatement = statement(`
  UPDATE run SET status = $3, failure_kind = $4, failure_message = $5, updated_at = clock_timestamp()
  WHERE tenant_id = $1 AND id = $2`);

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
