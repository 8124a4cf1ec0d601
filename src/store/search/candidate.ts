import type { Instant } from "../../domain/instant.js";
import { isPastWithAbove } from "../session-tree.js";
import { type TenantClient, findsAny, statement } from "../statement.js";

/** A block that may hold what is looked for. */
export interface Candidate {
  sessionId: string;
  fromSeq: number;
  toSeq: number;
  newestAt: Instant;
  size: number;
}

/** What blocks are looked for: with all grams of an alternative in their bucket, and what else the filter says. Null narrows nothing. */
export interface CandidateSearch {
  /** The grams of one alternative in one bucket, each. */
  asked: readonly { bucket: number; grams: readonly number[] }[];
  /** Bits of the fields of which a block must have one. */
  fields: number;
  /** Only blocks with places after this time, and before that. */
  after: Instant | null;
  before: Instant | null;
  projectId: string | null;
  backendProfile: string | null;
  /** Only blocks of sessions that have all of these labels, and one of those. */
  labelsAll: readonly string[] | null;
  labelsAny: readonly string[] | null;
}

/** How many candidates are read at most, and after which one. */
export interface CandidatePage {
  limit: number;
  last: Candidate | null;
}

/** Finds candidates in some buckets, the newest first. One that several alternatives find is there several times. */
export function findCandidates(
  client: TenantClient,
  search: CandidateSearch,
  { limit, last }: CandidatePage,
): Promise<Candidate[]> {
  const { newestAt = null, sessionId = null, fromSeq = null } = last ?? {};
  const asked = JSON.stringify(search.asked);
  return client.rows(ofBuckets, { ...search, asked, limit, newestAt, sessionId, fromSeq });
}

/** As {@link findCandidates}, all in these sessions alone, in any order. */
export function findCandidatesOfSessions(
  client: TenantClient,
  sessionIds: readonly string[],
  search: CandidateSearch,
): Promise<Candidate[]> {
  return client.rows(ofSessions, { ...search, asked: JSON.stringify(search.asked), sessionIds });
}

type Given = Omit<CandidateSearch, "asked"> & { asked: string };
type GivenPage = Given & {
  limit: number;
  newestAt: Instant | null;
  sessionId: string | null;
  fromSeq: number | null;
};
const columns = `block.session_id AS "sessionId", block.from_seq AS "fromSeq", block.to_seq AS "toSeq",
  block.newest_at AS "newestAt", block.size`;
/** The SQL of what is asked, as `asked`, from its JSON. */
export const readAsked = (json: string) => `jsonb_to_recordset(${json}) AS asked (bucket int, grams int[])`;
const asked = readAsked(":asked::jsonb");
const isIn = (where: string) =>
  `FROM session WHERE session.tenant_id = :tenantId AND session.id = block.session_id AND ${where}`;
const isMeant = `block.fields & :fields::int <> 0
  AND (:after::timestamptz IS NULL OR block.newest_at > :after) AND (:before::timestamptz IS NULL OR block.oldest_at <= :before)
  AND (:projectId::text IS NULL AND :backendProfile::text IS NULL OR ${findsAny(
    isIn(
      "project_id = coalesce(:projectId, project_id) AND backend_profile = coalesce(:backendProfile, backend_profile)",
    ),
  )})
  AND (:labelsAll::text[] IS NULL OR ${findsAny(isIn("session.labels @> :labelsAll"))})
  AND (:labelsAny::text[] IS NULL OR ${findsAny(isIn("session.labels && :labelsAny"))})`;
/**
 * The SQL of the blocks, as `block`, that hold the grams that are asked of their bucket. Tenant and bucket are compared by what no index
 * holds: blocks are found by their grams, which are no other bucket's. OFFSET keeps each bucket a look-up.
 */
export const blocksAsked = (of: string, which = "true") => `${of} CROSS JOIN LATERAL (
    SELECT * FROM search_block
    WHERE ${which} AND grams @> asked.grams AND bucket + 0 = asked.bucket AND tenant_id || '' = :tenantId OFFSET 0
  ) AS block`;
const ofBuckets = statement<Candidate, GivenPage>(`
  SELECT ${columns} FROM ${blocksAsked(asked)}
  WHERE (:newestAt::timestamptz IS NULL OR (block.newest_at, block.session_id, block.from_seq) < (:newestAt, :sessionId::text, :fromSeq::bigint))
    AND ${isMeant}
  ORDER BY block.newest_at DESC, block.session_id DESC, block.from_seq DESC LIMIT :limit`);
// Likewise the bucket: its blocks are those of all sessions.
const ofSessions = statement<Candidate, Given & { sessionIds: readonly string[] }>(`
  SELECT ${columns} FROM unnest(:sessionIds::text[]) AS asked_session (id)
    JOIN search_block AS block ON block.tenant_id = :tenantId AND block.session_id = asked_session.id
    JOIN ${asked} ON asked.bucket = block.bucket + 0 AND block.grams @> asked.grams
  WHERE ${isMeant}`);

/** A session whose places may be found, with its title. */
export interface OpenSession {
  id: string;
  title: string | null;
}

/** Of these sessions those that neither have expired nor are being removed. */
export function findOpenSessions(client: TenantClient, ids: readonly string[]): Promise<OpenSession[]> {
  return client.rows(open, { ids });
}
const open = statement<OpenSession, { ids: readonly string[] }>(`
  SELECT id, title FROM session WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND NOT removing AND NOT ${isPastWithAbove("statement_timestamp()")}`);
