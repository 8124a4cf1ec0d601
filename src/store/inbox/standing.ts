/*
 * The SQL that tells how a session stands with one reader: its row joined to what the reader has marked of it, and to the
 * version up to which the reader has read all roots of a scope that holds it.
 */
import type { Condition } from "../listing/listing.js";
import { type Columns, type MarkRow, selectOf } from "../row.js";
import { type TenantClient, statement } from "../statement.js";

/**
 * What ends an archiving or a snooze: a newer version of the session ends the one, a newer input request the other; a request of a
 * session below a root ends both of the root's.
 */
export const hiddenUpTo = "greatest(session.version, session.input_version)";

/** True if the reader has archived the session and nothing newer has taken it out again. */
export const isArchived = `coalesce(mark.archived_version >= ${hiddenUpTo}, false)`;

const isSnoozedAt = (now: string) =>
  `coalesce(mark.snoozed_until > ${now} AND session.input_version <= mark.snoozed_version, false)`;

/**
 * True if the reader has snoozed the session, its time has not come, and no newer input request has ended the snooze.
 */
export const isSnoozed = isSnoozedAt("statement_timestamp()");

/** As {@link isSnoozed}, until it is written down that the time has come. */
export const isHeldSnoozed = isSnoozedAt("'-infinity'::timestamptz");

/** True if what the reader has read of all sessions like this one tells of it up to a version. */
const reaches = (version: string) => `up_to.version >= greatest(${version}, mark.kept_version + 1)`;

/** True if the reader has marked the session unread and has not read it since, alone or with others. */
export const isMarkedUnread = `coalesce(mark.marked_unread AND NOT coalesce(${reaches("mark.unread_version")}, false), false)`;

/** True if the reader has read the session's newest version and has not marked it unread since. */
export const isRead = `(coalesce(mark.read_version >= session.version OR ${reaches("session.version")}, false) AND NOT ${isMarkedUnread})`;

/** The newest version of the session that the reader has read, and when; null if it was never read. */
export const readVersion =
  "greatest(mark.read_version, CASE WHEN up_to.version IS NOT NULL THEN least(up_to.version, session.version) END)";
export const readAt = "greatest(mark.read_at, up_to.read_at)";

/** The columns of the mark that a session is joined to. */
export const markFields: Columns = {
  readerId: "reader.reader_id",
  readVersion,
  readAt,
  markedUnread: isMarkedUnread,
  archivedAt: `CASE WHEN ${isArchived} THEN mark.archived_at END`,
  snoozedUntil: `CASE WHEN ${isSnoozed} THEN mark.snoozed_until END`,
  pinnedAt: "mark.pinned_at",
  markVersion: "greatest(mark.change_version, up_to.change_version)",
};

/** The select list of that mark. */
export const markColumns = selectOf(markFields);

/** The tenant's version at the newest change of the session, or of the reader's marks of it. */
export const attentionVersion = "greatest(session.change_version, mark.change_version, up_to.change_version)";

/** How the session stands with the reader, as {@link attentionOf} has it. */
export const attentionState = `CASE WHEN session.active THEN 'ACTIVE'
  WHEN coalesce(${readVersion} >= session.version, false) AND NOT ${isMarkedUnread} THEN 'READ' ELSE 'UNREAD' END`;

/**
 * Joins each session, and its mark where it has one, to the newest version up to which its reader has read all like it, and
 * when that was; to none if it is not among them. It looks for each session, so it is for few.
 */
export function joinUpTo(reader: string): string {
  return `LEFT JOIN LATERAL (
    SELECT version, read_at, change_version FROM reader_read_up_to
    WHERE tenant_id = :tenantId AND reader_id = ${reader}
      AND project_id IN ('', session.project_id) AND backend_profile IN ('', session.backend_profile)
    ORDER BY version DESC LIMIT 1
  ) AS up_to ON session.parent_id IS NULL AND up_to.version >= session.first_version AND up_to.version > coalesce(mark.kept_version, 0)`;
}

/**
 * Joins all sessions to that version. It says no more than {@link isRead} and {@link isMarkedUnread} need: it does not leave
 * out sessions that are newer. The reader's rows are read once, and what each session costs can be shared by several processes:
 * a million took 0.8 to 1 s where 0.6 s went without, and 1.2 to 7.5 s by joins and sub-selects.
 */
export function joinUpToOfAll(reader: string): string {
  const { every, narrower } = upToOfAll(reader);
  return joinUpToBy(every, narrower);
}

/** The reader's rows that {@link joinUpToOfAll} looks at: the version up to which all is read, and those of projects and profiles. */
export function upToOfAll(reader: string): { every: string; narrower: string } {
  const own = `FROM reader_read_up_to WHERE tenant_id = :tenantId AND reader_id = ${reader}`;
  return {
    every: `(SELECT version ${own} AND project_id = '' AND backend_profile = '')`,
    narrower: `(SELECT jsonb_object_agg(project_id, profiles) FROM (
      SELECT project_id, jsonb_object_agg(backend_profile, version) AS profiles
      ${own} AND (project_id <> '' OR backend_profile <> '') GROUP BY project_id) AS project)`,
  };
}

/** As {@link joinUpToOfAll}, where those rows are read already. */
export function joinUpToBy(every: string, narrower: string): string {
  const of = (project: string, profile: string) => `(${narrower}->${project}->>${profile})::bigint`;
  return `CROSS JOIN LATERAL (
    SELECT CASE WHEN session.parent_id IS NOT NULL THEN NULL WHEN ${narrower} IS NULL THEN ${every} ELSE greatest(${every}, ${of("session.project_id", "''")},
      ${of("''", "session.backend_profile")}, ${of("session.project_id", "session.backend_profile")}) END AS version
  ) AS up_to`;
}

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
      ) AS mark ON true ${joinUpTo("reader.reader_id")}`,
      value: readerId,
    },
    whole: {
      sql: `LEFT JOIN reader_mark AS mark ON mark.tenant_id = :tenantId AND mark.session_id = session.id AND mark.reader_id = ?::text
        ${joinUpToOfAll("?::text")}`,
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
    ${joinUpTo("reader.reader_id")}
  WHERE session.tenant_id = :tenantId AND session.id = ANY(:sessionIds::text[])`);
