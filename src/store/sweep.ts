import type pg from "pg";
import { runStatement, statementOverTenants } from "./statement.js";

/** What one node does for all: what is due now, what is kept no longer, the index of texts, statistics, and counts that are kept. None waits for another. */
export type Duty = "due" | "retention" | "search" | "statistics" | "counts";

/** The keys of the advisory locks that a node holds while it does a duty, so that one node does so at a time. */
const locks: Record<Duty, number> = {
  due: 0x6167_7270,
  retention: 0x6167_7271,
  search: 0x6167_7272,
  statistics: 0x6167_7273,
  counts: 0x6167_7274,
};

/** How often the lock's connection says something, in milliseconds: Postgres ends one that is idle in a transaction for 10 s. */
const aliveMs = 3_000;

/**
 * Does the work unless another node is doing its own. Then it returns false and does nothing. The lock ends with its
 * transaction, so that a node that dies, or is paused for 10 s, gives it free.
 */
export async function withSweepLock(pool: pg.Pool, duty: Duty, work: () => Promise<void>): Promise<boolean> {
  const connection = await pool.connect();
  let failure: Error | undefined;
  let alive: NodeJS.Timeout | undefined;
  try {
    // In other words than the transactions of callers, which are counted.
    await connection.query("START TRANSACTION");
    const { rows } = await connection.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_xact_lock($1) AS locked",
      [locks[duty]],
    );
    const isLocked = rows[0]?.locked === true;
    // If it is lost, another node may work beside this one: each row is locked for itself as well.
    alive = setInterval(() => void connection.query("SELECT").catch(() => {}), aliveMs);
    if (isLocked) await work();
    await connection.query("END");
    return isLocked;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    clearInterval(alive);
    // After a failure the connection may be in any state, so it is thrown away.
    connection.release(failure);
  }
}

/**
 * Finds the tenants in which something is due by the database's clock: a lease or a snooze that ran out, or a session
 * past its `expiresAt`. What has `failing` as its id is passed over. Only this, {@link findCrowdedTenants} and findResting read all tenants'
 * rows. It reads the beginnings of four indexes, so that it costs nothing where nothing is due, however many tenants there are.
 */
export async function findDueTenants(pool: pg.Pool, failing: readonly string[]): Promise<string[]> {
  const rows = await runStatement(pool, dueTenants, { failing });
  return rows.map(({ tenantId }) => tenantId);
}

/**
 * Finds the tenants that have sessions to remove: sessions that expired at least `graceSeconds` ago, or, unless
 * `days` is null, sessions without an `expiresAt` that nobody has changed for this many days.
 */
export async function findCrowdedTenants(
  pool: pg.Pool,
  graceSeconds: number,
  days: number | null,
): Promise<string[]> {
  const rows = await runStatement(pool, crowdedTenants, { graceSeconds, days });
  return rows.map(({ tenantId }) => tenantId);
}

/** How many due rows of a kind are looked at to find whose they are. */
const lookedAt = 1_000;

// A bare clock_timestamp() may give another instant for each row, so that no index could be used.
const now = "(SELECT clock_timestamp())";
const dueIn = (table: string, id: string, at: string, condition: string) =>
  `(SELECT tenant_id FROM ${table} WHERE ${condition} AND ${at} <= ${now} AND ${id} <> ALL(:failing::text[]) ORDER BY ${at} LIMIT ${lookedAt})`;
const dueTenants = statementOverTenants<{ tenantId: string }, { failing: readonly string[] }>(`
  SELECT DISTINCT tenant_id AS "tenantId" FROM (
    ${dueIn("run", "id", "lease_expires_at", "status = 'CLAIMED'")}
    UNION ALL ${dueIn("queue_attempt", "id", "lease_expires_at", "state = 'RUNNING'")}
    UNION ALL ${dueIn("reader_mark", "(session_id || ':' || reader_id)", "snoozed_until", "snoozed_until IS NOT NULL")}
    UNION ALL ${dueIn("input_request", "id", "expires_at", "expires_at IS NOT NULL AND state = 'OPEN'")}
    UNION ALL ${dueIn("session", "id", "expires_at", "expires_at IS NOT NULL AND NOT expired")}
  ) AS due`);

// The first of each tenant by its index, compared with the time: asked the other way round, a third of the table is expected.
const first = (at: string, condition: string) =>
  `(SELECT ${at} FROM session WHERE session.tenant_id = tenant.tenant_id AND ${condition} ORDER BY ${at} LIMIT 1)`;
const crowdedTenants = statementOverTenants<
  { tenantId: string },
  { graceSeconds: number; days: number | null }
>(`
  SELECT tenant_id AS "tenantId" FROM tenant
  WHERE ${first("expires_at", "expires_at IS NOT NULL")} <= clock_timestamp() - make_interval(secs => :graceSeconds)
    OR EXISTS (SELECT FROM session WHERE session.tenant_id = tenant.tenant_id AND removing AND NOT emptied)
    OR ${first("updated_at", "expires_at IS NULL AND execution_state <> 'RUNNING' AND parent_id IS NULL")} <= clock_timestamp() - make_interval(days => :days)`);
