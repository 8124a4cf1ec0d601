import type pg from "pg";
import { runStatement, statementOverTenants } from "../../statement.js";
import { abandonedSeconds } from "./keep.js";
import { baseLimits } from "./since.js";

/** After how many days in which it was not moved a base is dropped, and how many versions it may be behind. */
const keptDays = 3;
const behindMost = 50_000;

/** How many rows of what has changed are removed at once. */
const removedAtOnce = 5_000;

/**
 * Drops bases that nobody asks for, and removes some of what is written down of changes that no base needs. Gives true if there may
 * be more. Whoever begins a base afterwards counts it at a newer version than any that was removed here: it counts later.
 */
export async function sweepBases(pool: pg.Pool): Promise<boolean> {
  await runStatement(pool, dropIdle, {});
  let isMore = false;
  for (const removal of [removeSessionLog, removeMarkLog]) {
    const [removed] = await runStatement(pool, removal, {});
    if (removed?.count === removedAtOnce) isMore = true;
  }
  return isMore;
}

const dropIdle = statementOverTenants<never>(`
  DELETE FROM reader_base USING tenant WHERE tenant.tenant_id = reader_base.tenant_id
    AND (changed_at < clock_timestamp() - interval '${keptDays} days' OR reader_base.version < tenant.version - ${behindMost})`);

/** A base of nobody is moved once it is so many changes behind. */
const movedBehind = 500;

/**
 * Finds the tenants whose base of nobody is some changes behind, or was left by whoever counted it; and, if `seeksNew`, those that have
 * many roots and no such base: with it a reader's first counts need not be counted either.
 */
export async function findUntended(
  pool: pg.Pool,
  seeksNew: boolean,
  { sessions } = baseLimits,
): Promise<string[]> {
  const rows = await runStatement(pool, untended, { seeksNew, sessions, behind: movedBehind });
  return rows.map(({ tenantId }) => tenantId);
}
const atLeast = (most: string, of: string) =>
  `(SELECT count(*) FROM (SELECT FROM ${of} LIMIT ${most}) AS few) >= ${most}`;
const untended = statementOverTenants<
  { tenantId: string },
  { seeksNew: boolean; sessions: number; behind: number }
>(`
  SELECT tenant.tenant_id AS "tenantId" FROM tenant LEFT JOIN reader_base AS base ON base.tenant_id = tenant.tenant_id AND base.reader_id = ''
  WHERE CASE
    WHEN base.reader_id IS NULL THEN :seeksNew::boolean AND ${atLeast(":sessions::int", "session WHERE session.tenant_id = tenant.tenant_id AND parent_id IS NULL AND NOT session.expired")}
    WHEN NOT base.settled THEN base.changed_at < clock_timestamp() - interval '${abandonedSeconds} seconds'
    WHEN tenant.version > base.version THEN ${atLeast(":behind::int", "session_was AS logged WHERE logged.tenant_id = tenant.tenant_id AND logged.version > base.version ORDER BY logged.version")}
    ELSE false END`);

type Removed = { count: number };

/** Makes the statement that removes rows of a log up to a version of each tenant or reader, `kept`, which `where` names. */
const removing = (log: string, kept: string, where: string) =>
  statementOverTenants<Removed>(`
    WITH RECURSIVE kept AS (${kept}), removed AS (
      DELETE FROM ${log} WHERE ctid = ANY(ARRAY(
        SELECT old.ctid FROM kept CROSS JOIN LATERAL (
          SELECT ctid FROM ${log} AS logged WHERE ${where} AND version <= kept.version ORDER BY version LIMIT ${removedAtOnce}
        ) AS old LIMIT ${removedAtOnce}))
      RETURNING 1
    ) SELECT count(*)::int AS count FROM removed`);

const removeSessionLog = removing(
  "session_was",
  `SELECT tenant_id, coalesce((SELECT min(version) FROM reader_base WHERE reader_base.tenant_id = tenant.tenant_id), version) AS version FROM tenant`,
  "logged.tenant_id = kept.tenant_id",
);

// One look at the index for each reader.
const removeMarkLog = removing(
  "mark_was",
  `SELECT reader.tenant_id, reader.reader_id, coalesce(reader_base.version, tenant.version) AS version
    FROM reader JOIN tenant USING (tenant_id) LEFT JOIN reader_base USING (tenant_id, reader_id)
  ), reader AS (
    (SELECT tenant_id, reader_id FROM mark_was ORDER BY tenant_id, reader_id LIMIT 1)
    UNION ALL SELECT next.* FROM reader CROSS JOIN LATERAL (
      SELECT tenant_id, reader_id FROM mark_was WHERE (tenant_id, reader_id) > (reader.tenant_id, reader.reader_id)
      ORDER BY tenant_id, reader_id LIMIT 1) AS next`,
  "logged.tenant_id = kept.tenant_id AND logged.reader_id = kept.reader_id",
);
