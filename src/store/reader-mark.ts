import type { Instant } from "../domain/instant.js";
import { readerTopic } from "../domain/topic.js";
import type { Condition } from "./listing/listing.js";
import type { MarkRow } from "./row.js";
import { type Statement, type TenantClient, statement } from "./statement.js";
import type { Tx } from "./transaction.js";

/** True where the reader has archived the session and no newer version has taken it out again. */
export const isArchived = "coalesce(mark.archived_version >= session.version, false)";

/** True where the reader has snoozed the session, the time has not come and no newer input request has ended it. */
export const isSnoozed =
  "coalesce(mark.snoozed_until > statement_timestamp() AND session.input_version <= mark.snoozed_version, false)";

/** True where the reader has read the session as it is, and not marked it unread since. */
export const isRead = "coalesce(mark.read_version >= session.version AND NOT mark.marked_unread, false)";

/** What is selected of the mark that a session is joined to. */
export const markColumns = `
  reader.reader_id AS "readerId", mark.read_version AS "readVersion", mark.read_at AS "readAt",
  coalesce(mark.marked_unread, false) AS "markedUnread", CASE WHEN ${isArchived} THEN mark.archived_at END AS "archivedAt",
  CASE WHEN ${isSnoozed} THEN mark.snoozed_until END AS "snoozedUntil", mark.pinned_at AS "pinnedAt"`;

/**
 * Joins each session to its mark by one reader; null has none. Probed row by row it keeps the order of the index that the
 * sessions are read by; over all of them the database joins as it likes.
 */
export function joinMark(readerId: string | null): { ordered: Condition; whole: Condition } {
  return {
    ordered: {
      sql: `CROSS JOIN (SELECT ?::text AS reader_id) AS reader LEFT JOIN LATERAL (
        SELECT * FROM reader_mark WHERE tenant_id = $1 AND reader_id = reader.reader_id AND session_id = session.id LIMIT 1
      ) AS mark ON true`,
      value: readerId,
    },
    whole: {
      sql: "LEFT JOIN reader_mark AS mark ON mark.tenant_id = $1 AND mark.session_id = session.id AND mark.reader_id = ?::text",
      value: readerId,
    },
  };
}

/** What one reader has marked of these sessions, one row for each session that there is. */
export function findMarks(
  client: TenantClient,
  readerId: string | null,
  sessionIds: readonly string[],
): Promise<MarkRow[]> {
  return client.rows(bySessions, readerId, sessionIds);
}
const bySessions = statement(`
  SELECT session.id AS "sessionId", ${markColumns} FROM session
    CROSS JOIN (SELECT $2::text AS reader_id) AS reader
    LEFT JOIN reader_mark AS mark
      ON mark.tenant_id = $1 AND mark.reader_id = reader.reader_id AND mark.session_id = session.id
  WHERE session.tenant_id = $1 AND session.id = ANY($3::text[])`);

/** Whose mark of which session. */
export interface MarkPlace {
  readerId: string;
  sessionId: string;
}

/** Marks a session as read up to a version, its own where null; never lowered. Ends a mark-unread. */
export async function markRead(tx: Tx, place: MarkPlace, upToVersion: number | null): Promise<void> {
  await save(tx, place, markReadStatement, upToVersion);
}
const markReadStatement = markStatement(
  {
    read_version: "least($4::bigint, session.version)",
    read_at: "clock_timestamp()",
    marked_unread: "false",
  },
  { read_version: "greatest(mark.read_version, excluded.read_version)" },
  "mark.marked_unread OR mark.read_version IS NULL OR mark.read_version < excluded.read_version",
);

/** Marks a session as unread, until it is marked as read. */
export async function markUnread(tx: Tx, place: MarkPlace): Promise<void> {
  await save(tx, place, markUnreadStatement);
}
const markUnreadStatement = markStatement({ marked_unread: "true" }, {}, "NOT mark.marked_unread");

/** Puts a session into the reader's archive, where it stays until it has a newer version, or takes it out. */
export async function markArchived(tx: Tx, place: MarkPlace, archived: boolean): Promise<void> {
  await save(tx, place, archived ? archiveStatement : unarchiveStatement);
}
const archiveStatement = markStatement(
  { archived_at: "clock_timestamp()", archived_version: "session.version" },
  {},
  "mark.archived_version IS NULL OR mark.archived_version < excluded.archived_version",
);
const unarchiveStatement = markStatement(
  { archived_at: "null", archived_version: "null" },
  {},
  "mark.archived_version IS NOT NULL",
);

/** Snoozes a session until an instant, or ends the snooze where null. False, and nothing is marked, for an instant that has passed. */
export async function markSnoozed(tx: Tx, place: MarkPlace, until: Instant | null): Promise<boolean> {
  return (
    (await save(tx, place, until === null ? unsnoozeStatement : snoozeStatement, until)) || until === null
  );
}
const snoozeStatement = markStatement(
  { snoozed_until: "$4::timestamptz", snoozed_version: "session.version" },
  {},
  "true",
  "$4::timestamptz > clock_timestamp()",
);
const unsnoozeStatement = markStatement(
  { snoozed_until: "$4::timestamptz", snoozed_version: "null" },
  {},
  "mark.snoozed_until IS NOT NULL",
);

/** Pins a session to the top of the reader's inbox, or takes the pin away. */
export async function markPinned(tx: Tx, place: MarkPlace, pinned: boolean): Promise<void> {
  await save(tx, place, pinned ? pinStatement : unpinStatement);
}
const pinStatement = markStatement({ pinned_at: "clock_timestamp()" }, {}, "mark.pinned_at IS NULL");
const unpinStatement = markStatement({ pinned_at: "null" }, {}, "mark.pinned_at IS NOT NULL");

/** Saves a mark and tells the reader's followers; true where it changed anything. */
async function save(tx: Tx, place: MarkPlace, mark: Statement, ...values: unknown[]): Promise<boolean> {
  const changed = await tx.rows(mark, place.readerId, place.sessionId, ...values);
  if (changed.length === 0) return false;
  tx.touch(place.sessionId);
  tx.topics.add(readerTopic(tx.tenantId, place.readerId));
  return true;
}

/**
 * Sets columns of one mark with a version of its own: the tenant is locked first, then the mark, in one statement.
 * `merged` says what an existing mark becomes where that is not simply the new value, and `differs` when it changes at all.
 */
function markStatement(
  set: Record<string, string>,
  merged: Record<string, string>,
  differs: string,
  allowed = "true",
): Statement {
  const columns = Object.keys(set);
  const updates = columns.map((column) => `${column} = ${merged[column] ?? `excluded.${column}`}`);
  return statement(`
    WITH taken AS (UPDATE tenant SET version = version + 1 WHERE tenant_id = $1 RETURNING version)
    INSERT INTO reader_mark AS mark (tenant_id, reader_id, session_id, ${columns.join(", ")}, change_version)
    SELECT $1, $2, session.id, ${Object.values(set).join(", ")}, taken.version FROM taken, session
    WHERE session.tenant_id = $1 AND session.id = $3 AND ${allowed}
    ON CONFLICT (tenant_id, reader_id, session_id)
      DO UPDATE SET ${updates.join(", ")}, change_version = excluded.change_version WHERE ${differs}
    RETURNING mark.session_id`);
}

/** Ends the snoozes whose time has come, and tells their readers' followers. Gives how many there were, at most the limit. */
export async function endSnoozes(tx: Tx, limit: number): Promise<number> {
  const ended = await tx.rows<{ readerId: string }>(endSnoozesStatement, limit);
  for (const { readerId } of ended) tx.topics.add(readerTopic(tx.tenantId, readerId));
  return ended.length;
}
const endSnoozesStatement = statement(`
  WITH over AS MATERIALIZED (
    SELECT reader_id, session_id FROM reader_mark WHERE tenant_id = $1 AND snoozed_until <= clock_timestamp()
    ORDER BY snoozed_until LIMIT $2
  ), taken AS (
    UPDATE tenant SET version = version + 1 WHERE tenant_id = $1 AND (SELECT count(*) FROM over) > 0 RETURNING version
  )
  UPDATE reader_mark AS mark SET snoozed_until = null, snoozed_version = null, change_version = taken.version
  FROM taken CROSS JOIN over
  WHERE mark.tenant_id = $1 AND mark.reader_id = over.reader_id AND mark.session_id = over.session_id
    AND mark.snoozed_until <= clock_timestamp()
  RETURNING mark.reader_id AS "readerId"`);
