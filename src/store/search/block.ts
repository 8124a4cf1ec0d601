import type { Instant } from "../../domain/instant.js";
import { removeEmptyBuckets } from "./bucket.js";
import { toBinaryArray } from "../binary-array.js";
import { removal } from "../removal.js";
import { type TenantClient, statement } from "../statement.js";
import type { Tx } from "../tx.js";

/** What one block holds: see SearchBlock in prisma/schema.prisma. */
export interface NewBlock {
  sessionId: string;
  fromSeq: number;
  toSeq: number;
  fields: number;
  size: number;
  oldestAt: Instant;
  newestAt: Instant;
  grams: readonly number[];
}

/** A block at the end of a session's log. */
export interface TailBlock {
  sessionId: string;
  fromSeq: number;
  size: number;
}

/** How many blocks at the end of a log are looked at, to merge small ones with what follows. */
const tailBlocks = 12;

/** The last blocks of these sessions, the last first. */
export function readTails(client: TenantClient, sessionIds: readonly string[]): Promise<TailBlock[]> {
  return client.rows(tails, { sessionIds });
}
const tails = statement<TailBlock, { sessionIds: readonly string[] }>(`
  SELECT asked.id AS "sessionId", block.from_seq AS "fromSeq", block.size
  FROM unnest(:sessionIds::text[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT from_seq, size FROM search_block WHERE tenant_id = :tenantId AND session_id = asked.id AND from_seq > 0
    ORDER BY from_seq DESC LIMIT ${tailBlocks}
  ) AS block
  ORDER BY asked.id, block.from_seq DESC`);

/** How far a session is indexed from now on, and from which event on its blocks are replaced. */
export interface Indexed {
  sessionId: string;
  indexedSeq: number;
  title: string | null;
}

/**
 * Notes how far sessions are indexed, and locks them until the end of the transaction, so that none is removed meanwhile. Gives
 * the ids of those of which that is new. One that is locked for its removal, or of which more is indexed already, is left out.
 */
export async function saveIndexed(tx: Tx, sessions: readonly Indexed[]): Promise<Set<string>> {
  const rows = await tx.rows(indexed, {
    ids: sessions.map(({ sessionId }) => sessionId),
    seqs: sessions.map(({ indexedSeq }) => indexedSeq),
    titles: sessions.map(({ title }) => title),
  });
  return new Set(rows.map(({ id }) => id));
}
type GivenIndexed = { ids: readonly string[]; seqs: readonly number[]; titles: readonly (string | null)[] };
const indexed = statement<{ id: string }, GivenIndexed>(`
  WITH held AS MATERIALIZED (
    SELECT id FROM session WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND NOT removing
    ORDER BY id FOR KEY SHARE SKIP LOCKED
  )
  INSERT INTO search_session AS done (tenant_id, session_id, indexed_seq, title)
  SELECT :tenantId, given.id, given.seq, given.title
  FROM unnest(:ids::text[], :seqs::bigint[], :titles::text[]) AS given (id, seq, title) JOIN held ON held.id = given.id
  ON CONFLICT (tenant_id, session_id) DO UPDATE SET indexed_seq = excluded.indexed_seq, title = excluded.title
  WHERE done.indexed_seq < excluded.indexed_seq
    OR done.indexed_seq = excluded.indexed_seq AND done.title IS DISTINCT FROM excluded.title
  RETURNING session_id AS id`);

/** Where the blocks of a session begin that are replaced; `fromSeq` 0 and `toSeq` 0 are its title. */
export interface Replaced {
  sessionId: string;
  fromSeq: number;
  toSeq: number;
}

/** Replaces blocks of locked sessions by new ones in this bucket. */
export async function replaceBlocks(
  tx: Tx,
  bucket: number,
  replaced: readonly Replaced[],
  blocks: readonly NewBlock[],
): Promise<void> {
  const dropped = replaced.length === 0 ? [] : await tx.rows(drop, ofReplaced(replaced));
  if (blocks.length > 0) await tx.rows(insert, { bucket, ...ofBlocks(blocks) });
  await removeEmptyBuckets(tx, bucketsOf(dropped));
}

function ofReplaced(replaced: readonly Replaced[]): Dropped {
  return {
    ids: replaced.map(({ sessionId }) => sessionId),
    froms: replaced.map(({ fromSeq }) => fromSeq),
    tos: replaced.map(({ toSeq }) => toSeq),
  };
}

function ofBlocks(blocks: readonly NewBlock[]): Inserted {
  return {
    ids: blocks.map(({ sessionId }) => sessionId),
    froms: blocks.map(({ fromSeq }) => fromSeq),
    tos: blocks.map(({ toSeq }) => toSeq),
    fields: blocks.map(({ fields }) => fields),
    sizes: blocks.map(({ size }) => size),
    oldest: blocks.map(({ oldestAt }) => oldestAt),
    newest: blocks.map(({ newestAt }) => newestAt),
    counts: blocks.map(({ grams }) => grams.length),
    grams: toBinaryArray(blocks.map(({ grams }) => grams)),
  };
}

const bucketsOf = (rows: readonly { bucket: number }[]) => [...new Set(rows.map(({ bucket }) => bucket))];

type Dropped = { ids: readonly string[]; froms: readonly number[]; tos: readonly number[] };
const drop = statement<{ bucket: number }, Dropped>(`
  DELETE FROM search_block USING unnest(:ids::text[], :froms::bigint[], :tos::bigint[]) AS given (id, first, last)
  WHERE tenant_id = :tenantId AND session_id = given.id AND from_seq BETWEEN given.first AND given.last
  RETURNING bucket`);
type Inserted = Record<"froms" | "tos" | "fields" | "sizes" | "counts", readonly number[]> &
  Record<"ids" | "oldest" | "newest", readonly string[]> & { grams: Buffer };
// The grams of all blocks come in one array, one block's after another's.
const insert = statement<never, Inserted & { bucket: number }>(`
  WITH counted AS (
    INSERT INTO search_bucket AS bucket (tenant_id, number, blocks, newest_at)
    SELECT :tenantId, :bucket::int, count(*), max(at) FROM unnest(:newest::timestamptz[]) AS given (at)
    ON CONFLICT (tenant_id, number) DO UPDATE SET blocks = bucket.blocks + excluded.blocks,
      newest_at = greatest(bucket.newest_at, excluded.newest_at)
  )
  INSERT INTO search_block (tenant_id, session_id, from_seq, to_seq, bucket, fields, size, oldest_at, newest_at, grams)
  SELECT :tenantId, id, first, last, :bucket::int, fields, size, oldest, newest,
    (:grams::int[])[sum(count) OVER (ORDER BY place) - count + 1:sum(count) OVER (ORDER BY place)]
  FROM unnest(:ids::text[], :froms::bigint[], :tos::bigint[], :fields::int[], :sizes::int[], :oldest::timestamptz[],
    :newest::timestamptz[], :counts::int[]) WITH ORDINALITY
    AS given (id, first, last, fields, size, oldest, newest, count, place)`);

/** Removes blocks of a locked session, at most so many, and each bucket that has none left. Gives how many blocks it removed. */
export async function removeBlocks(tx: Tx, sessionId: string, limit: number): Promise<{ count: number }[]> {
  const removed = await tx.rows(remove, { sessionId, limit });
  await removeEmptyBuckets(tx, bucketsOf(removed));
  return [{ count: removed.length }];
}
const remove = statement<{ bucket: number }, { sessionId: string; limit: number }>(`
  DELETE FROM search_block WHERE tenant_id = :tenantId AND ctid = ANY(ARRAY(
    SELECT ctid FROM search_block WHERE tenant_id = :tenantId AND session_id = :sessionId LIMIT :limit)) RETURNING bucket`);

/** Notes no more how far a session is indexed. */
export const searchSessionRemoval = removal<{ sessionId: string }>(
  "search_session",
  "session_id = :sessionId",
);
