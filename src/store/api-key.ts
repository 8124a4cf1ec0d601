import type pg from "pg";
import type { Instant } from "../domain/instant.js";
import { Prisma } from "../generated/prisma/client.js";
import { type ApiKeyRow, selectList } from "./row.js";
import { runStatement, statement, statementOverTenants, writtenRow } from "./statement.js";
import type { Tx } from "./tx.js";

const columns = selectList(
  Object.keys(Prisma.ApiKeyScalarFieldEnum).filter((field) => field !== "hash"),
  "api_key",
);

/** How long a key counts as used after its last use was written, so that it is written once a minute. */
const usedLately = "api_key.last_used_at > clock_timestamp() - interval '1 minute'";

/** A key as it was looked up. */
export type FoundKey = ApiKeyRow & {
  hash: string;
  /** Whether its last use was written within the last minute, by the database's clock. */
  usedLately: boolean;
};

/** The keys of these hashes that there are, of any tenant: who sends a key names no tenant. */
export function findKeysByHash(pool: pg.Pool, hashes: readonly string[]): Promise<FoundKey[]> {
  return runStatement(pool, byHash, { hashes });
}
const byHash = statementOverTenants<FoundKey, { hashes: readonly string[] }>(`
  SELECT ${columns}, hash, coalesce(${usedLately}, false) AS "usedLately" FROM api_key WHERE hash = ANY(:hashes::text[])`);

/** All keys in the order of their creation, of one tenant or of all. Only whoever runs the service asks. */
export function listKeys(pool: pg.Pool, tenantId: string | null): Promise<ApiKeyRow[]> {
  return runStatement(pool, all, { tenant: tenantId });
}
const all = statementOverTenants<ApiKeyRow, { tenant: string | null }>(`
  SELECT ${columns} FROM api_key WHERE :tenant::text IS NULL OR tenant_id = :tenant ORDER BY created_at, id`);

/** What a new key holds. It ends at an instant, or so many seconds after its creation, or never if both are null. */
export interface NewKey {
  id: string;
  name: string;
  prefix: string;
  hash: string;
  scopes: readonly string[];
  expiresAt: Instant | null;
  expiresInSeconds: number | null;
}

/** Inserts a key. */
export function insertKey(tx: Tx, key: NewKey): Promise<ApiKeyRow> {
  return writtenRow(tx.rows(insert, key));
}
const insert = statement<ApiKeyRow, NewKey>(`
  INSERT INTO api_key (tenant_id, id, name, prefix, hash, scopes, created_at, expires_at)
  SELECT :tenantId, :id, :name, :prefix, :hash, :scopes::text[], at,
    coalesce(:expiresAt::timestamptz, at + make_interval(secs => :expiresInSeconds::float8))
  FROM (SELECT clock_timestamp() AS at) AS clock
  RETURNING ${columns}`);

/** Revokes a key. One that was revoked before keeps that time. Gives undefined if there is no such key. */
export async function saveRevoked(tx: Tx, id: string): Promise<ApiKeyRow | undefined> {
  return (await tx.rows(revoke, { id }))[0];
}
const revoke = statement<ApiKeyRow, { id: string }>(`
  UPDATE api_key SET revoked_at = coalesce(revoked_at, clock_timestamp())
  WHERE tenant_id = :tenantId AND id = :id RETURNING ${columns}`);

/** Writes that a key is used now. Nothing is written if it was within the last minute. */
export async function saveUsed(tx: Tx, id: string): Promise<void> {
  await tx.rows(use, { id });
}
const use = statement<never, { id: string }>(`
  UPDATE api_key SET last_used_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = :id AND (${usedLately}) IS NOT TRUE`);
