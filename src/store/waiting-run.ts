// Runs that wait for a runner, and what a runner has claimed.
import { type TenantClient, findsAny, statement } from "./statement.js";
import type { Tx } from "./tx.js";

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

/** How many waiting runs a claimer looks at. */
const waitingRuns = 64;

const waits =
  "(status = 'PENDING' AND NOT parked OR status = 'CLAIMED' AND lease_expires_at <= clock_timestamp())";

/** That no other run of its session has a living lease, unless it may run beside others. */
const isHeldByOther = `FROM run AS held WHERE held.tenant_id = :tenantId AND held.session_id = run.session_id
  AND held.status = 'CLAIMED' AND held.lease_expires_at > clock_timestamp() AND held.id <> run.id`;
const isFree = `(parallel OR session_id IS NULL OR NOT ${findsAny(isHeldByOther)})`;

/** That its session is not being removed. */
const isKept = `NOT ${findsAny("FROM session WHERE session.tenant_id = :tenantId AND session.id = run.session_id AND removing")}`;

/**
 * The runs that wait, or whose lease has expired, the oldest first, at most 64. Runs that are parked, whose session has
 * another run with a living lease, or whose session is being removed, are left out.
 */
export function findWaitingRuns(client: TenantClient, wanted: WantedRuns): Promise<WaitingRun[]> {
  return client.rows(oldestWaiting, wanted);
}
const waiting = (condition: string) => `
  SELECT oldest.* FROM unnest(:backendProfiles::text[]) AS wanted (profile) CROSS JOIN LATERAL (
    SELECT id, session_id, created_at FROM run
    WHERE tenant_id = :tenantId AND backend_profile = wanted.profile AND ${condition}
      AND (:projectId::text IS NULL OR project_id = :projectId) AND ${isFree} AND ${isKept}
    ORDER BY created_at, id LIMIT ${waitingRuns}
  ) AS oldest`;
const oldestWaiting = statement<WaitingRun, WantedRuns>(`
  SELECT id, session_id AS "sessionId" FROM (
    (${waiting("status = 'PENDING' AND NOT parked")})
    UNION ALL (${waiting("status = 'CLAIMED' AND lease_expires_at <= (SELECT clock_timestamp())")})
  ) AS oldest ORDER BY created_at, id LIMIT ${waitingRuns}`);

/** Locks the first of these runs that still waits, may be handed out and that nobody else has locked. Their sessions' locks come before. */
export async function lockWaitingRun(tx: Tx, ids: readonly string[]): Promise<string | undefined> {
  return (await tx.rows(lockWaiting, { ids }))[0]?.id;
}
const lockWaiting = statement<{ id: string }, { ids: readonly string[] }>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND ${waits} AND ${isFree}
  ORDER BY array_position(:ids::text[], id) LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`);

/** Locks the oldest run of a locked session that still waits and that may be handed out. */
export async function lockWaitingOfSession(
  tx: Tx,
  given: WantedRuns & { sessionId: string },
): Promise<string | undefined> {
  return (await tx.rows(lockOfSession, given))[0]?.id;
}
const lockOfSession = statement<{ id: string }, WantedRuns & { sessionId: string }>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND session_id = :sessionId AND ${waits} AND ${isFree}
    AND backend_profile = ANY(:backendProfiles::text[]) AND (:projectId::text IS NULL OR project_id = :projectId)
  ORDER BY created_at, id LIMIT 1 FOR NO KEY UPDATE`);

/** A runner's claim, by the key of the call that made it. */
export interface KeyedClaim {
  runnerId: string;
  claimKey: string;
}

/** The run that the runner claimed with this key and holds, or held until its lease expired. */
export async function findRunByClaim(client: TenantClient, claim: KeyedClaim): Promise<string | undefined> {
  return (await client.rows(byClaim, claim))[0]?.id;
}
const byClaim = statement<{ id: string }, KeyedClaim>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND runner_id = :runnerId AND claim_key = :claimKey AND status = 'CLAIMED'`);
