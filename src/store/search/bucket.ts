import type { Instant } from "../../domain/instant.js";
import { type TenantClient, statement } from "../statement.js";
import type { Tx } from "../tx.js";

/** How many blocks a bucket takes. So many are looked at for a term that stands in all of them. */
export const bucketBlocks = 4_096;

/** The number of the bucket that takes new blocks. */
export async function readOpenBucket(client: TenantClient): Promise<number> {
  return (await client.rows(openBucket))[0]?.number ?? 1;
}
const openBucket = statement<{ number: number }>(`
  SELECT CASE WHEN blocks < ${bucketBlocks} THEN number ELSE number + 1 END AS number
  FROM search_bucket WHERE tenant_id = :tenantId ORDER BY number DESC LIMIT 1`);

/** A bucket, none of whose blocks is newer than `newestAt`. */
export interface Bucket {
  number: number;
  newestAt: Instant;
}

/** The tenant's buckets, the newest first. */
export function readBuckets(client: TenantClient): Promise<Bucket[]> {
  return client.rows(buckets);
}
const buckets = statement<Bucket>(`
  SELECT number, newest_at AS "newestAt" FROM search_bucket WHERE tenant_id = :tenantId ORDER BY newest_at DESC, number DESC`);

/**
 * Removes those of these buckets that have no blocks any more. They are locked first and looked at then, so that of two
 * transactions that remove the last blocks of one the second sees that none is left.
 */
export async function removeEmptyBuckets(tx: Tx, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  await tx.rows(lock, { numbers });
  await tx.rows(removeEmpty, { numbers });
}
const lock = statement<{ number: number }, { numbers: readonly number[] }>(`
  SELECT number FROM search_bucket WHERE tenant_id = :tenantId AND number = ANY(:numbers::int[]) ORDER BY number FOR UPDATE`);
const removeEmpty = statement<never, { numbers: readonly number[] }>(`
  DELETE FROM search_bucket WHERE tenant_id = :tenantId AND number = ANY(:numbers::int[])
    AND (SELECT bucket FROM search_block WHERE tenant_id = :tenantId AND bucket = search_bucket.number LIMIT 1) IS NULL`);
