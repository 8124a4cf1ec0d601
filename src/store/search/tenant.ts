import type { Instant } from "../../domain/instant.js";
import { type TenantClient, statement } from "../statement.js";

/** How far a tenant's texts are indexed. */
export interface SearchTenant {
  /** Everything that was stored before this is indexed, but for what `pastId` says. */
  indexedUpTo: Instant;
  /**
   * A later such time, once no transaction older than `seenXid` is under way and the sessions were looked over again. Null where
   * nothing has to be looked over again.
   */
  seenAt: Instant | null;
  seenXid: number | null;
  /** Changes of sessions up to this version of the tenant are indexed. */
  version: number;
  /** Down to which id the sessions from before there was an index are indexed, or `afterEvery`. Null once all are. */
  pastId: string | null;
}

/**
 * A moment: all that was stored before `at` was stored by a transaction older than `xid`, since who stores takes the time
 * after its first lock.
 */
export interface Moment {
  at: Instant;
  xid: number;
  /** The tenant's version. */
  version: number;
}

/** Takes a moment. The time is that of the statement's arrival, before its number is given out. */
export async function takeMoment(client: TenantClient): Promise<Moment> {
  const [moment] = await client.rows(take);
  if (!moment) throw new Error("a moment had no row");
  return moment;
}
const take = statement<Moment>(`
  SELECT statement_timestamp() AS at, pg_current_xact_id()::text::bigint AS xid,
    coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS version`);

/** The number of the oldest transaction that is under way: all older ones have ended, and what they stored is seen. */
export async function readOldestXid(client: TenantClient): Promise<number> {
  return (await client.rows(oldest))[0]?.xid ?? 0;
}
const oldest = statement<{ xid: number }>(`
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid, :tenantId::text AS tenant_id`);

/** Reads how far a tenant is indexed; nothing is where no node has looked at it yet. */
export async function readSearchTenant(client: TenantClient): Promise<SearchTenant> {
  const [row] = await client.rows(read);
  return row ?? { indexedUpTo: firstInstant, seenAt: null, seenXid: null, version: 0, pastId: null };
}
const firstInstant = "1970-01-01T00:00:00.000000Z";
const read = statement<SearchTenant>(`
  SELECT indexed_up_to AS "indexedUpTo", seen_at AS "seenAt", seen_xid AS "seenXid", version, past_id AS "pastId"
  FROM search_tenant WHERE tenant_id = :tenantId`);

/** Reads before which time everything is indexed; 1970 as long as sessions from before there was an index are not. */
export async function readIndexedUpTo(client: TenantClient): Promise<Instant> {
  const { indexedUpTo, pastId } = await readSearchTenant(client);
  return pastId === null ? indexedUpTo : firstInstant;
}

/** Saves how far a tenant is indexed. What another node has saved meanwhile is never lowered. */
export async function saveSearchTenant(client: TenantClient, tenant: SearchTenant): Promise<void> {
  await client.rows(save, tenant);
}
const save = statement<never, SearchTenant>(`
  INSERT INTO search_tenant AS kept (tenant_id, indexed_up_to, seen_at, seen_xid, version, past_id)
  VALUES (:tenantId, :indexedUpTo, :seenAt, :seenXid, :version, :pastId)
  ON CONFLICT (tenant_id) DO UPDATE SET indexed_up_to = greatest(kept.indexed_up_to, excluded.indexed_up_to),
    seen_at = excluded.seen_at, seen_xid = excluded.seen_xid, version = greatest(kept.version, excluded.version),
    past_id = excluded.past_id
  WHERE (kept.indexed_up_to, kept.version, kept.seen_at, kept.past_id)
    IS DISTINCT FROM (excluded.indexed_up_to, excluded.version, excluded.seen_at, excluded.past_id)`);
