import type { Instant } from "../../domain/instant.js";
import { readerTopic } from "../../domain/topic.js";
import { type DueSearch, type Statement, type TenantClient, statement } from "../statement.js";
import type { Tx } from "../tx.js";
import { hiddenUpTo, isArchived, isMarkedUnread, isSnoozed, joinUpTo, readVersion } from "./standing.js";

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

/** True of a mark's snooze whose time has come, until it is written down that it has. */
const isDue = (mark: string) => `coalesce(${mark}.snoozed_until <= clock_timestamp(), false)`;
const unlessDue = (column: string) => `CASE WHEN NOT ${isDue("kept")} THEN kept.${column} END`;

/**
 * Marks a session as read up to a version, or up to its newest if that is null. The version that was read never
 * falls. This also ends the reader's marking as unread, and a snooze whose time has come, which counts as one.
 */
export async function markRead(tx: Tx, place: MarkPlaces, upToVersion: number | null): Promise<string[]> {
  return tell(tx, await tx.rows(markReadStatement, { ...place, upToVersion }));
}
const markReadStatement = markStatement<MarkPlaces & { upToVersion: number | null }>({
  set: {
    read_version: "least(:upToVersion::bigint, session.version)",
    read_at: "clock_timestamp()",
    marked_unread: "false",
    snoozed_until: "null",
    snoozed_version: "null",
  },
  merged: {
    read_version: "greatest(kept.read_version, excluded.read_version)",
    snoozed_until: unlessDue("snoozed_until"),
    snoozed_version: unlessDue("snoozed_version"),
  },
  differs: `kept.marked_unread OR kept.read_version IS NULL OR kept.read_version < excluded.read_version OR ${isDue("kept")}`,
  changes: `${isMarkedUnread} OR coalesce(${readVersion} < least(:upToVersion::bigint, session.version), true) OR ${isDue("mark")}`,
});

/** Marks a session as unread, until the reader marks it as read. */
export async function markUnread(tx: Tx, place: MarkPlaces): Promise<string[]> {
  return tell(tx, await tx.rows(markUnreadStatement, place));
}
const markUnreadStatement = markStatement({
  set: { marked_unread: "true", unread_version: "taken.version" },
  differs: "true",
  changes: `NOT ${isMarkedUnread}`,
});

/** Puts a session into the reader's archive or takes it out. It stays there until it has a newer version. */
export async function markArchived(tx: Tx, place: MarkPlaces, archived: boolean): Promise<string[]> {
  return tell(tx, await tx.rows(archived ? archiveStatement : unarchiveStatement, place));
}
const archiveStatement = markStatement({
  set: { archived_at: "clock_timestamp()", archived_version: hiddenUpTo },
  differs: "kept.archived_version IS NULL OR kept.archived_version < excluded.archived_version",
  changes: `NOT ${isArchived}`,
});
const unarchiveStatement = markStatement({
  set: { archived_at: "null", archived_version: "null" },
  differs: "kept.archived_version IS NOT NULL",
  changes: "mark.archived_version IS NOT NULL",
});

/**
 * Snoozes a session until an instant, or ends its snooze if that is null. Returns PAST and marks nothing if the
 * instant has passed.
 */
export async function markSnoozed(
  tx: Tx,
  place: MarkPlaces,
  until: Instant | null,
): Promise<string[] | "PAST"> {
  if (until === null) {
    await endSnoozes(tx, await findDueSnoozesOf(tx, place.readerId, place.sessionIds));
    return tell(tx, await tx.rows(unsnoozeStatement, place));
  }
  const [judged] = await tx.rows(judgeUntil, { until });
  if (judged?.ahead !== true) return "PAST";
  return tell(tx, await tx.rows(snoozeStatement, { ...place, until }));
}
const judgeUntil = statement<{ ahead: boolean }, { until: Instant }>(
  // It looks at no row; the tenant is named as every statement names it.
  `SELECT :until::timestamptz > clock_timestamp() AS ahead FROM (SELECT :tenantId::text AS tenant_id) AS caller`,
);
const snoozeStatement = markStatement<MarkPlaces & { until: Instant }>({
  set: { snoozed_until: ":until::timestamptz", snoozed_version: hiddenUpTo },
  differs:
    "(kept.snoozed_until, kept.snoozed_version) IS DISTINCT FROM (excluded.snoozed_until, excluded.snoozed_version)",
  changes: `NOT (${isSnoozed} AND mark.snoozed_until = :until::timestamptz)`,
});
const unsnoozeStatement = markStatement({
  set: { snoozed_until: "null", snoozed_version: "null" },
  differs: "kept.snoozed_until IS NOT NULL",
  changes: "mark.snoozed_until IS NOT NULL",
});

/** Pins a session to the top of the reader's inbox, or takes the pin away. */
export async function markPinned(tx: Tx, place: MarkPlaces, pinned: boolean): Promise<string[]> {
  return tell(tx, await tx.rows(pinned ? pinStatement : unpinStatement, place));
}
const pinStatement = markStatement({
  set: { pinned_at: "clock_timestamp()" },
  differs: "kept.pinned_at IS NULL",
  changes: "mark.pinned_at IS NULL",
});
const unpinStatement = markStatement({
  set: { pinned_at: "null" },
  differs: "kept.pinned_at IS NOT NULL",
  changes: "mark.pinned_at IS NOT NULL",
});

/** Tells the reader's followers of marks that were changed. */
function tell(tx: Tx, marked: readonly MarkPlace[]): string[] {
  for (const { readerId, sessionId } of marked) {
    tx.touch(sessionId);
    tx.topics.add(readerTopic(tx.tenantId, readerId));
  }
  return marked.map(({ sessionId }) => sessionId);
}

/** What a mark sets, and when that is a change. */
interface Marking {
  /** The columns that are set, by the session's row and the version that is taken. */
  set: Record<string, string>;
  /** The value that a column of an existing mark, `kept`, gets if that is not simply the new one. */
  merged?: Record<string, string>;
  /** Whether an existing mark changes at all, as it is under its lock. */
  differs: string;
  /** Whether anything changes, by how the session stood with the reader when the statement began. */
  changes: string;
}

/**
 * Makes the statement that sets columns of a reader's marks and gives them a version of their own. In it the sessions are kept from
 * being removed first, all of them, then the tenant's row is locked, then the mark. Where nothing changes no version is taken.
 */
function markStatement<Given extends MarkPlaces = MarkPlaces>({
  set,
  merged = {},
  differs,
  changes,
}: Marking): Statement<MarkPlace, Given> {
  const columns = Object.keys(set);
  const updates = columns.map((column) => `${column} = ${merged[column] ?? `excluded.${column}`}`);
  return statement<MarkPlace, Given>(`
    WITH meant AS MATERIALIZED (
      SELECT session.id
      FROM session
        LEFT JOIN reader_mark AS mark ON mark.tenant_id = :tenantId AND mark.reader_id = :readerId AND mark.session_id = session.id
        ${joinUpTo(":readerId")}
      WHERE session.tenant_id = :tenantId AND session.id = ANY(:sessionIds::text[]) AND (${changes})
      ORDER BY session.id FOR KEY SHARE OF session
    ), taken AS (
      UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId AND (SELECT count(*) FROM meant) > 0 RETURNING version
    )
    INSERT INTO reader_mark AS kept (tenant_id, reader_id, session_id, ${columns.join(", ")}, change_version)
    SELECT :tenantId, :readerId, session.id, ${Object.values(set).join(", ")}, taken.version
    FROM taken CROSS JOIN meant JOIN session ON session.tenant_id = :tenantId AND session.id = meant.id
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

/** Finds those of a reader's snoozes that are over, of all sessions or of these. */
export async function findDueSnoozesOf(
  client: TenantClient,
  readerId: string,
  sessionIds: readonly string[] | null = null,
): Promise<string[]> {
  return (await client.rows(dueSnoozesOf, { readerId, sessionIds })).map(({ id }) => id);
}
const dueSnoozesOf = statement<{ id: string }, { readerId: string; sessionIds: readonly string[] | null }>(`
  SELECT session_id || ':' || reader_id AS id FROM reader_mark
  WHERE tenant_id = :tenantId AND reader_id = :readerId AND (:sessionIds::text[] IS NULL OR session_id = ANY(:sessionIds))
    AND snoozed_until IS NOT NULL AND snoozed_until <= (SELECT clock_timestamp())`);

/**
 * Ends those of these snoozes that are over, as {@link findDueSnoozes} names them, and tells their readers. What was put off comes
 * back: the session counts as marked unread from then on, unless an input request has ended the snooze before, or the reader has
 * read it since.
 */
export async function endSnoozes(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const ended = await tx.rows(endSnoozesStatement, { ids });
  for (const { readerId } of ended) tx.topics.add(readerTopic(tx.tenantId, readerId));
}
const comesBack =
  "(session.input_version <= mark.snoozed_version AND coalesce(mark.read_at <= mark.snoozed_until, true))";
const endSnoozesStatement = statement<{ readerId: string }, { ids: readonly string[] }>(`
  WITH over AS MATERIALIZED (
    SELECT session.id AS session_id, substr(snooze.id, strpos(snooze.id, ':') + 1) AS reader_id FROM unnest(:ids::text[]) AS snooze (id)
      JOIN session ON session.tenant_id = :tenantId AND session.id = split_part(snooze.id, ':', 1)
    ORDER BY session.id FOR KEY SHARE OF session
  ), taken AS (
    UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId AND (SELECT count(*) FROM over) > 0 RETURNING version
  )
  UPDATE reader_mark AS mark SET snoozed_until = null, snoozed_version = null, change_version = taken.version,
    marked_unread = mark.marked_unread OR ${comesBack},
    unread_version = CASE WHEN ${comesBack} THEN taken.version ELSE mark.unread_version END
  FROM taken CROSS JOIN over JOIN session ON session.tenant_id = :tenantId AND session.id = over.session_id
  WHERE mark.tenant_id = :tenantId AND mark.reader_id = over.reader_id AND mark.session_id = over.session_id
    AND mark.snoozed_until <= clock_timestamp()
  RETURNING mark.reader_id AS "readerId"`);
