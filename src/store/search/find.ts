// What of a tenant waits to be indexed. What follows an event in its session's row says where to look: there is no list of news.
import type pg from "pg";
import type { Instant } from "../../domain/instant.js";
import { type TenantClient, runStatement, statement, statementOverTenants } from "../statement.js";

/** How long before it came an event's session may say that it was active last. While a session is RUNNING it may say anything. */
const activityLag = "interval '6 minutes'";

/** After how long a tenant in which nothing happens is looked over once more, and then no more: see {@link findTenantsToIndex}. */
const settled = "interval '7 minutes'";

/** A session of which something is not indexed. */
export interface UnindexedSession {
  id: string;
  lastEventSeq: number;
  indexedSeq: number;
  title: string | null;
  /** False if its title is not the one that is indexed. */
  hasTitle: boolean;
  updatedAt: Instant;
}

/** Where to look for what happened: in sessions that were active or told of something old after a time, or changed after a version. */
export interface Since {
  indexedUpTo: Instant;
  version: number;
}

/**
 * Finds the ids of sessions, at most so many, of which something is not indexed and that may have news: those that work, that were
 * active since shortly before a time, or that have changed since a version. An event of a session that works may leave no trace
 * but its number, of others it moves the activity, or late_at where it happened long before it was told.
 */
export async function findUnindexed(client: TenantClient, since: Since, limit: number): Promise<string[]> {
  return (await client.rows(unindexed, { ...since, limit })).map(({ id }) => id);
}

/** Those of these sessions of which something is not indexed, as they are now. */
export function readUnindexed(client: TenantClient, ids: readonly string[]): Promise<UnindexedSession[]> {
  return client.rows(unindexedOf, { ids });
}
const columns = `session.id, session.last_event_seq AS "lastEventSeq", coalesce(done.indexed_seq, 0) AS "indexedSeq",
  session.title, session.title IS NOT DISTINCT FROM done.title AS "hasTitle", session.updated_at AS "updatedAt"`;
// LIMIT keeps each a look-up by key, however many sessions are expected.
const joinDone = `LEFT JOIN LATERAL (
    SELECT * FROM search_session WHERE search_session.tenant_id = session.tenant_id AND session_id = session.id LIMIT 1
  ) AS done ON true`;
const isUnindexed = `NOT session.removing
  AND (session.last_event_seq > coalesce(done.indexed_seq, 0) OR session.title IS DISTINCT FROM done.title)`;
const unindexed = statement<{ id: string }, Since & { limit: number }>(`
  SELECT moved.id
  FROM (
    SELECT id FROM session WHERE tenant_id = :tenantId AND execution_state = 'RUNNING'
    UNION SELECT id FROM session WHERE tenant_id = :tenantId AND last_activity_at >= :indexedUpTo::timestamptz - ${activityLag}
    UNION SELECT id FROM session WHERE tenant_id = :tenantId AND late_at >= :indexedUpTo::timestamptz - ${activityLag}
    UNION SELECT id FROM session WHERE tenant_id = :tenantId AND change_version > :version
  ) AS moved
    CROSS JOIN LATERAL (
      SELECT FROM session ${joinDone}
      WHERE session.tenant_id = :tenantId AND session.id = moved.id AND ${isUnindexed} LIMIT 1
    ) AS found
  LIMIT :limit`);
const unindexedOf = statement<UnindexedSession, { ids: readonly string[] }>(`
  SELECT ${columns} FROM session ${joinDone}
  WHERE session.tenant_id = :tenantId AND session.id = ANY(:ids::text[]) AND ${isUnindexed}`);

/** Instead of the id of a session: it comes after all of them. */
export const afterEvery = "~";

/**
 * The ids of sessions that come before this one, or before {@link afterEvery}, the last first, at most so many. Those that are indexed
 * already are among them.
 */
export async function findSessionsBefore(
  client: TenantClient,
  before: string,
  limit: number,
): Promise<string[]> {
  // Not by comparing: where the tilde stands is for the database's collation to say.
  const found = before === afterEvery ? client.rows(last, { limit }) : client.rows(past, { before, limit });
  return (await found).map(({ id }) => id);
}
const pastWhere = (condition: string) => `
  SELECT id FROM session WHERE tenant_id = :tenantId AND NOT removing${condition} ORDER BY id DESC LIMIT :limit`;
const past = statement<{ id: string }, { before: string; limit: number }>(pastWhere(" AND id < :before"));
const last = statement<{ id: string }, { limit: number }>(pastWhere(""));

/**
 * The tenants in which something waits to be indexed or to be looked over again, of those that are named; of all if that is null. Of each it reads the beginning of three indexes, its
 * sessions that work, and those that were active, or told of something old, in the minutes before the last look that found
 * something: none, once that is long ago and they were looked over once more.
 */
export async function findTenantsToIndex(
  pool: pg.Pool,
  named: readonly string[] | null = null,
): Promise<string[]> {
  const rows = await (named
    ? runStatement(pool, waitingOfNamed, { named })
    : runStatement(pool, waiting, {}));
  return rows.map(({ tenantId }) => tenantId);
}
// In an order and with LIMIT it is asked of each tenant by an index; what EXISTS asks may be worked out of whole tables.
const unindexedIn = (condition: string, order: string) => `(
      SELECT true FROM session ${joinDone} WHERE session.tenant_id = tenant.tenant_id AND ${condition} AND ${isUnindexed}
      ORDER BY session.${order} DESC LIMIT 1)`;
const lag = `kept.indexed_up_to - ${activityLag}`;
const hasNewsBy = (column: string) => `(
      SELECT ${column} FROM session WHERE session.tenant_id = tenant.tenant_id AND ${column} IS NOT NULL ORDER BY ${column} DESC LIMIT 1) > ${lag}
      AND (kept.indexed_up_to < statement_timestamp() - ${settled} OR ${unindexedIn(`session.${column} > ${lag}`, column)})`;
const isWaiting = `(
    kept.tenant_id IS NULL OR kept.version < tenant.version OR kept.past_id IS NOT NULL OR kept.seen_xid IS NOT NULL
    OR ${unindexedIn("session.execution_state = 'RUNNING'", "last_activity_at")}
    OR ${hasNewsBy("last_activity_at")}
    OR ${hasNewsBy("late_at")})`;
const tenants = `
  SELECT tenant.tenant_id AS "tenantId"
  FROM tenant LEFT JOIN search_tenant AS kept ON kept.tenant_id = tenant.tenant_id`;
const waiting = statementOverTenants<{ tenantId: string }>(`${tenants} WHERE ${isWaiting}`);
const waitingOfNamed = statementOverTenants<{ tenantId: string }, { named: readonly string[] }>(
  `${tenants} WHERE tenant.tenant_id = ANY(:named::text[]) AND ${isWaiting}`,
);
