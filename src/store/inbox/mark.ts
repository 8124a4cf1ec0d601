import type { Instant } from "../../domain/instant.js";
import { readerTopic } from "../../domain/topic.js";
import { type Statement, statement } from "../statement.js";
import type { Tx } from "../transaction.js";

/** The reader and the session of a mark. */
export interface MarkPlace {
  readerId: string;
  sessionId: string;
}

/**
 * Marks a session as read up to a version, or up to its newest if that is null. The version that was read never
 * falls. This also ends the reader's marking as unread.
 */
export async function markRead(tx: Tx, place: MarkPlace, upToVersion: number | null): Promise<void> {
  tell(tx, await tx.rows(markReadStatement, { ...place, upToVersion }));
}
const markReadStatement = markStatement<MarkPlace & { upToVersion: number | null }>(
  {
    read_version: "least(:upToVersion::bigint, session.version)",
    read_at: "clock_timestamp()",
    marked_unread: "false",
  },
  { read_version: "greatest(mark.read_version, excluded.read_version)" },
  "mark.marked_unread OR mark.read_version IS NULL OR mark.read_version < excluded.read_version",
);

/** Marks a session as unread, until the reader marks it as read. */
export async function markUnread(tx: Tx, place: MarkPlace): Promise<void> {
  tell(tx, await tx.rows(markUnreadStatement, place));
}
const markUnreadStatement = markStatement({ marked_unread: "true" }, {}, "NOT mark.marked_unread");

/** Puts a session into the reader's archive or takes it out. It stays there until it has a newer version. */
export async function markArchived(tx: Tx, place: MarkPlace, archived: boolean): Promise<void> {
  tell(tx, await tx.rows(archived ? archiveStatement : unarchiveStatement, place));
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

/**
 * Snoozes a session until an instant, or ends its snooze if that is null. Returns false and marks nothing if the
 * instant has passed.
 */
export async function markSnoozed(tx: Tx, place: MarkPlace, until: Instant | null): Promise<boolean> {
  if (until !== null) return tell(tx, await tx.rows(snoozeStatement, { ...place, until }));
  tell(tx, await tx.rows(unsnoozeStatement, place));
  return true;
}
const snoozeStatement = markStatement<MarkPlace & { until: Instant }>(
  { snoozed_until: ":until::timestamptz", snoozed_version: "session.version" },
  {},
  "true",
  ":until::timestamptz > clock_timestamp()",
);
const unsnoozeStatement = markStatement(
  { snoozed_until: "null", snoozed_version: "null" },
  {},
  "mark.snoozed_until IS NOT NULL",
);

/** Pins a session to the top of the reader's inbox, or takes the pin away. */
export async function markPinned(tx: Tx, place: MarkPlace, pinned: boolean): Promise<void> {
  tell(tx, await tx.rows(pinned ? pinStatement : unpinStatement, place));
}
const pinStatement = markStatement({ pinned_at: "clock_timestamp()" }, {}, "mark.pinned_at IS NULL");
const unpinStatement = markStatement({ pinned_at: "null" }, {}, "mark.pinned_at IS NOT NULL");

/** Tells the reader's followers of a mark that was changed. True if one was. */
function tell(tx: Tx, marked: readonly MarkPlace[]): boolean {
  for (const { readerId, sessionId } of marked) {
    tx.touch(sessionId);
    tx.topics.add(readerTopic(tx.tenantId, readerId));
  }
  return marked.length > 0;
}

/**
 * Makes the statement that sets columns of one mark and gives the mark a version of its own. In it the tenant's row
 * is locked first, then the mark. `merged` gives the value that a column of an existing mark gets if that is not
 * simply the new one. `differs` is the condition on which an existing mark changes at all, `allowed` that on which
 * anything is marked.
 */
function markStatement<Given extends MarkPlace = MarkPlace>(
  set: Record<string, string>,
  merged: Record<string, string>,
  differs: string,
  allowed = "true",
): Statement<MarkPlace, Given> {
  const columns = Object.keys(set);
  const updates = columns.map((column) => `${column} = ${merged[column] ?? `excluded.${column}`}`);
  return statement<MarkPlace, Given>(`
    WITH taken AS (UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId RETURNING version)
    INSERT INTO reader_mark AS mark (tenant_id, reader_id, session_id, ${columns.join(", ")}, change_version)
    SELECT :tenantId, :readerId, session.id, ${Object.values(set).join(", ")}, taken.version FROM taken, session
    WHERE session.tenant_id = :tenantId AND session.id = :sessionId AND ${allowed}
    ON CONFLICT (tenant_id, reader_id, session_id)
      DO UPDATE SET ${updates.join(", ")}, change_version = excluded.change_version WHERE ${differs}
    RETURNING mark.reader_id AS "readerId", mark.session_id AS "sessionId"`);
}

/** Ends snoozes whose time has come, at most `limit`, and tells their readers' followers. Returns how many it ended. */
export async function endSnoozes(tx: Tx, limit: number): Promise<number> {
  const ended = await tx.rows(endSnoozesStatement, { limit });
  for (const { readerId } of ended) tx.topics.add(readerTopic(tx.tenantId, readerId));
  return ended.length;
}
const endSnoozesStatement = statement<{ readerId: string }, { limit: number }>(`
  WITH over AS MATERIALIZED (
    SELECT reader_id, session_id FROM reader_mark WHERE tenant_id = :tenantId AND snoozed_until <= clock_timestamp()
    ORDER BY snoozed_until LIMIT :limit
  ), taken AS (
    UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId AND (SELECT count(*) FROM over) > 0 RETURNING version
  )
  UPDATE reader_mark AS mark SET snoozed_until = null, snoozed_version = null, change_version = taken.version
  FROM taken CROSS JOIN over
  WHERE mark.tenant_id = :tenantId AND mark.reader_id = over.reader_id AND mark.session_id = over.session_id
    AND mark.snoozed_until <= clock_timestamp()
  RETURNING mark.reader_id AS "readerId"`);
