import type pg from "pg";
import { runStatement, statementOverTenants } from "./statement.js";

/** The key of the advisory lock that a node holds while it sweeps, so that one node does so at a time. */
const sweepLock = 0x6167_7270;

/**
 * Runs the work unless another node is running its own. Then it returns false and runs nothing. The lock ends with its
 * transaction, so that a node that dies gives it free.
 */
export async function withSweepLock(pool: pg.Pool, work: () => Promise<void>): Promise<boolean> {
  const connection = await pool.connect();
  let failure: Error | undefined;
  try {
    await connection.query("BEGIN");
    const { rows } = await connection.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_xact_lock($1) AS locked",
      [sweepLock],
    );
    const isLocked = rows[0]?.locked === true;
    if (isLocked) await work();
    await connection.query("COMMIT");
    return isLocked;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // After a failure the connection may be in any state, so it is thrown away.
    connection.release(failure);
  }
}

/**
 * Finds the tenants in which something is due by the database's clock: a lease or a snooze that ran out, or a session
 * past its `expiresAt`. Only this and {@link findCrowdedTenants} read all tenants' sessions and work. It probes at most four
 * indexes for each, about 10 µs a tenant.
 */
export async function findDueTenants(pool: pg.Pool): Promise<string[]> {
  const rows = await runStatement(pool, dueTenants, {});
  return rows.map(({ tenantId }) => tenantId);
}

/**
 * Finds the tenants that have sessions to remove: sessions that expired at least `graceSeconds` ago, or, unless
 * `days` is null, sessions without an `expiresAt` in which nothing has happened for this many days.
 */
export async function findCrowdedTenants(
  pool: pg.Pool,
  graceSeconds: number,
  days: number | null,
): Promise<string[]> {
  const rows = await runStatement(pool, crowdedTenants, { graceSeconds, days });
  return rows.map(({ tenantId }) => tenantId);
}

const due = (table: string, condition: string) =>
  `(SELECT true FROM ${table} WHERE ${table}.tenant_id = tenant.tenant_id AND ${condition} LIMIT 1) IS NOT NULL`;
const dueTenants = statementOverTenants<{ tenantId: string }>(`
  SELECT tenant_id AS "tenantId" FROM tenant
  WHERE ${due("run", "status = 'CLAIMED' AND lease_expires_at <= clock_timestamp()")}
    OR ${due("queue_attempt", "state = 'RUNNING' AND lease_expires_at <= clock_timestamp()")}
    OR ${due("reader_mark", "snoozed_until <= clock_timestamp()")}
    OR ${due("session", "expires_at <= clock_timestamp() AND NOT expired")}`);
const crowdedTenants = statementOverTenants<
  { tenantId: string },
  { graceSeconds: number; days: number | null }
>(`
  SELECT tenant_id AS "tenantId" FROM tenant
  WHERE ${due("session", "expires_at <= (SELECT clock_timestamp() - make_interval(secs => :graceSeconds))")}
    OR ${due("session", "last_activity_at <= (SELECT clock_timestamp() - make_interval(days => :days)) AND expires_at IS NULL")}`);
