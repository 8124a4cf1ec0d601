import { readerTopic } from "../../domain/topic.js";
import { Clause, prepare } from "../listing/clause.js";
import { type Condition, type Listing, wholeTenant } from "../listing/listing.js";
import { readParts } from "../listing/parts.js";
import { keepThese } from "../session-locks.js";
import { type TenantClient, statement } from "../statement.js";
import type { Tx } from "../tx.js";
import { type SessionFilter, listConditions } from "./list.js";
import { unreadListing } from "./session-listing.js";
import { hasSkips } from "./skip.js";
import { isMarkedUnread, isRead, joinMark, joinUpTo } from "./standing.js";

/** How many sessions of a list one transaction marks, unless the service is told otherwise: about 50 ms of the tenant's lock. */
export const marksAtOnce = 1_000;

/** The sessions of one reader that are to be marked read: what it saw of a list. */
export interface SeenList {
  readerId: string;
  filter: SessionFilter;
  /** What came after this version was not seen; null for everything that is there. */
  upToVersion: number | null;
}

/** Sessions that a mark of the list would change, and up to which version it was seen. */
export interface UnreadSessions {
  ids: string[];
  version: number;
}

/** True for sessions that a mark up to a version changes: they are unread, and have neither risen nor been marked unread after it. */
export function isReadBy(version: string): string {
  return `NOT ${isRead} AND session.version <= ${version} AND NOT (${isMarkedUnread} AND mark.unread_version > ${version})`;
}

/** The tenant's version in the snapshot of the statement. As a common table expression it would leave all work to one process. */
export const currentVersion = "(SELECT version FROM tenant WHERE tenant_id = :tenantId)";

/**
 * Finds at most `limit` unread sessions of the list, wherever they are: by the reader's skips, where it has some, without a look at all
 * that it has read.
 */
export async function findUnread(
  client: TenantClient,
  list: SeenList,
  limit: number,
): Promise<UnreadSessions> {
  const listing = unreadListing(list.filter, list.readerId);
  if (listing && (await hasSkips(client, list.readerId))) return findBySkips(client, listing, list, limit);
  return readUnread(client, list, { way: "whole", where: [], limit, order: "" });
}

async function findBySkips(
  client: TenantClient,
  listing: Listing,
  { upToVersion }: SeenList,
  limit: number,
): Promise<UnreadSessions> {
  const isMeant = {
    sql: isReadBy(`least(?::bigint, ${currentVersion})`),
    value: upToVersion ?? Number.MAX_SAFE_INTEGER,
  };
  const unread = { ...listing, where: [...listing.where, isMeant] };
  const window = { limit, backward: false, after: null, before: null, moment: { count: false } };
  const part = (await readParts<{ id: string }>(client, unread, [wholeTenant], window)).get(wholeTenant);
  const version = part?.version ?? 0;
  return {
    ids: part?.rows.map(({ id }) => id) ?? [],
    version: Math.min(version, upToVersion ?? version),
  };
}

/** Finds the next unread sessions of the list by their ids, after one. */
export function findUnreadAfter(
  client: TenantClient,
  list: SeenList,
  limit: number,
  after: string,
): Promise<UnreadSessions> {
  const where = [{ sql: "session.id > ?::text", value: after }];
  return readUnread(client, list, { way: "ordered", where, limit, order: "ORDER BY session.id" });
}

async function readUnread(
  client: TenantClient,
  { readerId, filter, upToVersion }: SeenList,
  search: { way: "ordered" | "whole"; where: Condition[]; limit: number; order: string },
): Promise<UnreadSessions> {
  const clause = new Clause({
    table: "session",
    columns: "",
    join: joinMark(readerId),
    where: [...listConditions(filter), ...search.where],
    order: [],
    direction: "asc",
  });
  const version = `least(${clause.value(upToVersion, "bigint")}, ${currentVersion})`;
  const text = `
    SELECT coalesce(${version}, 0) AS version, ARRAY(
      SELECT session.id FROM ${clause.from(search.way)} WHERE ${clause.where()} AND ${isReadBy(version)}
      ${search.order} LIMIT ${clause.value(search.limit, "int")}
    ) AS ids`;
  const [found] = await client.rows(prepare<UnreadSessions>(text), clause.values);
  if (!found) throw new Error("a look for unread sessions gave no row");
  return found;
}

/**
 * Marks these sessions as read up to a version, under a version of their own. Returns how many it marked: those that are read
 * already, have a newer version, or were marked unread after it are left alone.
 */
export async function markEachRead(
  tx: Tx,
  readerId: string,
  { ids, version }: UnreadSessions,
): Promise<number> {
  if (ids.length === 0) return 0;
  const [row] = await tx.rows(markEach, { readerId, ids, version });
  const changed = row?.changed ?? 0;
  if (changed > 0) tx.topics.add(readerTopic(tx.tenantId, readerId));
  return changed;
}
const markEach = statement<{ changed: number }, { readerId: string } & UnreadSessions>(`
  WITH held AS MATERIALIZED (${keepThese}), taken AS (
    UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId AND (SELECT count(*) FROM held) > 0 RETURNING version
  ), saved AS (
    INSERT INTO reader_mark AS kept (tenant_id, reader_id, session_id, read_version, read_at, marked_unread, change_version)
    SELECT :tenantId, :readerId, session.id, session.version, clock_timestamp(), false, taken.version
    FROM taken CROSS JOIN held JOIN session ON session.tenant_id = :tenantId AND session.id = held.id
      LEFT JOIN reader_mark AS mark ON mark.tenant_id = :tenantId AND mark.reader_id = :readerId AND mark.session_id = session.id
      ${joinUpTo(":readerId")}
    WHERE ${isReadBy(":version::bigint")}
    ON CONFLICT (tenant_id, reader_id, session_id) DO UPDATE SET marked_unread = false, read_at = excluded.read_at,
      read_version = greatest(kept.read_version, excluded.read_version), change_version = excluded.change_version
    WHERE NOT (kept.marked_unread AND kept.unread_version > :version::bigint)
    RETURNING 1
  ) SELECT count(*)::int AS changed FROM saved`);
