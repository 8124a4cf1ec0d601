/*
 * The SQL that tells how a session stands with one reader: its row joined to what the reader has marked of it.
 */
import type { Condition } from "../listing/listing.js";
import type { MarkRow } from "../row.js";
import { type TenantClient, statement } from "../statement.js";

/** True if the reader has archived the session and no newer version has taken it out again. */
export const isArchived = "coalesce(mark.archived_version >= session.version, false)";

/**
 * True if the reader has snoozed the session, its time has not come, and no newer input request has ended the snooze.
 */
export const isSnoozed =
  "coalesce(mark.snoozed_until > statement_timestamp() AND session.input_version <= mark.snoozed_version, false)";

/** True if the reader has read the session's newest version and has not marked it unread since. */
export const isRead = "coalesce(mark.read_version >= session.version AND NOT mark.marked_unread, false)";

/** The select list of the mark that a session is joined to. */
export const markColumns = `
  reader.reader_id AS "readerId", mark.read_version AS "readVersion", mark.read_at AS "readAt",
  coalesce(mark.marked_unread, false) AS "markedUnread", CASE WHEN ${isArchived} THEN mark.archived_at END AS "archivedAt",
  CASE WHEN ${isSnoozed} THEN mark.snoozed_until END AS "snoozedUntil", mark.pinned_at AS "pinnedAt"`;

/**
 * Joins each session to its mark by one reader; if that is null, to none. The `ordered` join looks marks up row by
 * row and so keeps the order of the index that the sessions are read along. The `whole` join lets the database join
 * as it likes.
 */
export function joinMark(readerId: string | null): { ordered: Condition; whole: Condition } {
  return {
    ordered: {
      sql: `CROSS JOIN (SELECT ?::text AS reader_id) AS reader LEFT JOIN LATERAL (
        SELECT * FROM reader_mark WHERE tenant_id = :tenantId AND reader_id = reader.reader_id AND session_id = session.id LIMIT 1
      ) AS mark ON true`,
      value: readerId,
    },
    whole: {
      sql: "LEFT JOIN reader_mark AS mark ON mark.tenant_id = :tenantId AND mark.session_id = session.id AND mark.reader_id = ?::text",
      value: readerId,
    },
  };
}

/** Reads what one reader has marked of these sessions: one row for each session that exists. */
export function findMarks(
  client: TenantClient,
  readerId: string | null,
  sessionIds: readonly string[],
): Promise<MarkRow[]> {
  return client.rows(bySessions, { readerId, sessionIds });
}
const bySessions = statement<MarkRow, { readerId: string | null; sessionIds: readonly string[] }>(`
  SELECT session.id AS "sessionId", ${markColumns} FROM session
    CROSS JOIN (SELECT :readerId::text AS reader_id) AS reader
    LEFT JOIN reader_mark AS mark
      ON mark.tenant_id = :tenantId AND mark.reader_id = reader.reader_id AND mark.session_id = session.id
  WHERE session.tenant_id = :tenantId AND session.id = ANY(:sessionIds::text[])`);
