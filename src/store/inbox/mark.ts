import type { Instant } from "../../domain/instant.js";
import { readerTopic } from "../../domain/topic.js";
import { type DueSearch, type Statement, type TenantClient, statement } from "../statement.js";
import type { Tx } from "../transaction.js";
import { hiddenUpTo, isMarkedUnread, joinUpTo, readVersion } from "./standing.js";

/** The reader and the session of a mark. */
export interface MarkPlace {
  readerId: string;
  sessionId: string;
}

/** The reader and the sessions that are marked in one step. */
export interface MarkPlaces {
  readerId: string;
  sessionIds: readonly string[];
}

// Each marks several sessions at once, and gives the ids of those whose mark it changed.

/**
 * Marks a session as read up to a version, or up to its newest if that is null. The version that was read never
 * falls. This also ends the reader's marking as unread.
 */
export async function markRead(tx: Tx, place: MarkPlaces, upToVersion: number | null): Promise<string[]> {
  return tell(tx, await tx.rows(markReadStatement, { ...place, upToVersion }));
}
const markReadStatement = markStatement<MarkPlaces & { upToVersion: number | null }>(
  {
    read_version: "least(:upToVersion::bigint, session.version)",
    read_at: "clock_timestamp()",
    marked_unread: "false",
  },
  { read_version: "greatest(kept.read_version, excluded.read_version)" },
  "kept.marked_unread OR kept.read_version IS NULL OR kept.read_version < excluded.read_version",
  `(${isMarkedUnread} OR coalesce(${readVersion} < least(:upToVersion::bigint, session.version), true))`,
);

/** Marks a session as unread, until the reader marks it as read. */
export async function markUnread(tx: Tx, place: MarkPlaces): Promise<string[]> {
  return tell(tx, await tx.rows(markUnreadStatement, place));
}
const markUnreadStatement = markStatement(
  { marked_unread: "true", unread_version: "taken.version" },
  {},
  "true",
  `NOT ${isMarkedUnread}`,
);

/** Puts a session into the reader's archive or takes it out. It stays there until it has a newer version. */
export async function markArchived(tx: Tx, place: MarkPlaces, archived: boolean): Promise<string[]> {
  return tell(tx, await tx.rows(archived ? archiveStatement : unarchiveStatement, place));
}
const archiveStatement = markStatement(
  { archived_at: "clock_timestamp()", archived_version: hiddenUpTo },
  {},
  "kept.archived_version IS NULL OR kept.archived_version < excluded.archived_version",
);
const unarchiveStatement = markStatement(
  { archived_at: "null", archived_version: "null" },
  {},
  "kept.archived_version IS NOT NULL",
);

/**
 * Snoozes a session until an instant, or ends its snooze if that is null. Returns PAST and marks nothing if the
 * instant has passed.
 */
export async function markSnoozed(
  tx: Tx,
  place: MarkPlaces,
  until: Instant | null,
): Promise<string[] | "PAST"> {
  if (until === null) return tell(tx, await tx.rows(unsnoozeStatement, place));
  const marked = tell(tx, await tx.rows(snoozeStatement, { ...place, until }));
  return marked.length > 0 || place.sessionIds.length === 0 ? marked : "PAST";
}
const snoozeStatement = markStatement<MarkPlaces & { until: Instant }>(
  { snoozed_until: ":until::timestamptz", snoozed_version: hiddenUpTo },
  {},
  "true",
  ":until::timestamptz > clock_timestamp()",
);
const unsnoozeStatement = markStatement(
  { snoozed_until: "null", snoozed_version: "null" },
  {},
  "kept.snoozed_until IS NOT NULL",
);

/** Pins a session to the top of the reader's inbox, or takes the pin away. */
export async function markPinned(tx: Tx, place: MarkPlaces, pinned: boolean): Promise<string[]> {
  return tell(tx, await tx.rows(pinned ? pinStatement : unpinStatement, place));
}
const pinStatement = markStatement({ pinned_at: "clock_timestamp()" }, {}, "kept.pinned_at IS NULL");
const unpinStatement = markStatement({ pinned_at: "null" }, {}, "kept.pinned_at IS NOT NULL");

/** Tells the reader's followers of marks that were changed. */
function tell(tx: Tx, marked: readonly MarkPlace[]): string[] {
  for (const { readerId, sessionId } of marked) {
    tx.touch(sessionId);
    tx.topics.add(readerTopic(tx.tenantId, readerId));
  }
  return marked.map(({ sessionId }) => sessionId);
}

/**
 * Makes the statement that sets columns of a reader's marks and gives them a version of their own. In it the tenant's row
 * is locked first, then the mark. `merged` gives the value that a column of an existing mark, `kept`, gets if that is not
 * simply the new one. `differs` is the condition on which an existing mark changes at all, `allowed` that on which
 * anything is marked, by how the session stood with the reader when the statement began.
 */
function markStatement<Given extends MarkPlaces = MarkPlaces>(
  set: Record<string, string>,
  merged: Record<string, string>,
  differs: string,
  allowed = "true",
): Statement<MarkPlace, Given> {
  const columns = Object.keys(set);
  const updates = columns.map((column) => `${column} = ${merged[column] ?? `excluded.${column}`}`);
  return statement<MarkPlace, Given>(`
    WITH taken AS (UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId RETURNING version)
    INSERT INTO reader_mark AS kept (tenant_id, reader_id, session_id, ${columns.join(", ")}, change_version)
    SELECT :tenantId, :readerId, session.id, ${Object.values(set).join(", ")}, taken.version
    FROM taken CROSS JOIN session
      LEFT JOIN reader_mark AS mark ON mark.tenant_id = :tenantId AND mark.reader_id = :readerId AND mark.session_id = session.id
      ${joinUpTo(":readerId")}
    WHERE session.tenant_id = :tenantId AND session.id = ANY(:sessionIds::text[]) AND ${allowed}
    ON CONFLICT (tenant_id, reader_id, session_id)
      DO UPDATE SET ${updates.join(", ")}, change_version = excluded.change_version WHERE ${differs}
    RETURNING kept.reader_id AS "readerId", kept.session_id AS "sessionId"`);
}

/** Finds snoozes that are over, the longest first: `session:reader`. */
export async function findDueSnoozes(client: TenantClient, search: DueSearch): Promise<string[]> {
  return (await client.rows(dueSnoozes, search)).map(({ id }) => id);
}
const dueSnoozes = statement<{ id: string }, DueSearch>(`
  SELECT session_id || ':' || reader_id AS id FROM reader_mark
  WHERE tenant_id = :tenantId AND snoozed_until <= (SELECT clock_timestamp()) AND session_id || ':' || reader_id <> ALL(:failing::text[])
  ORDER BY snoozed_until LIMIT :limit`);

/**
 * Ends those of these snoozes that are over, as {@link findDueSnoozes} names them, and tells their readers. What was put off comes
 * back: the session counts as marked unread from then on, unless an input request has ended the snooze before, or the reader has
 * read it since.
 */
export async function endSnoozes(tx: Tx, ids: readonly string[]): Promise<void> {
  const ended = await tx.rows(endSnoozesStatement, { ids });
  for (const { readerId } of ended) tx.topics.add(readerTopic(tx.tenantId, readerId));
}
const comesBack =
  "(session.input_version <= mark.snoozed_version AND coalesce(mark.read_at <= mark.snoozed_until, true))";
const endSnoozesStatement = statement<{ readerId: string }, { ids: readonly string[] }>(`
  WITH over AS MATERIALIZED (
    SELECT split_part(id, ':', 1) AS session_id, substr(id, strpos(id, ':') + 1) AS reader_id FROM unnest(:ids::text[]) AS id
  ), taken AS (
    UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId RETURNING version
  )
  UPDATE reader_mark AS mark SET snoozed_until = null, snoozed_version = null, change_version = taken.version,
    marked_unread = mark.marked_unread OR ${comesBack},
    unread_version = CASE WHEN ${comesBack} THEN taken.version ELSE mark.unread_version END
  FROM taken CROSS JOIN over JOIN session ON session.tenant_id = :tenantId AND session.id = over.session_id
  WHERE mark.tenant_id = :tenantId AND mark.reader_id = over.reader_id AND mark.session_id = over.session_id
    AND mark.snoozed_until <= clock_timestamp()
  RETURNING mark.reader_id AS "readerId"`);
