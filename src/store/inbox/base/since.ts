/*
 * The SQL of what has changed since a reader's base was counted (see ReaderBase in prisma/schema.prisma): each root that changed, that
 * the reader marked, or whose time has come, as it counted then and as it counts now.
 */
import { isArchived, isHeldSnoozed, isRead, isSnoozed, joinUpToBy, upToOfAll } from "../standing.js";

/** How far bases go, and when they are made and moved. */
export interface BaseLimits {
  /** Of so many sessions on a base is worth its upkeep: a few thousand are counted in some milliseconds. */
  sessions: number;
  /** So many changes are met at most, at about 15 us each: a base that is further behind is counted anew. */
  changes: number;
  /** A base is moved after a reading that met so many. */
  moved: number;
  /** With so many sessions on a label is worth counts of its own: they are looked up one by one, at about 15 us each. */
  labelled: number;
  /** So many labels have such counts at most; others are counted. */
  labels: number;
}
export const baseLimits: BaseLimits = {
  sessions: 5_000,
  changes: 5_000,
  moved: 100,
  labelled: 1_000,
  labels: 100,
};

/** The reader of the base that knows no marks. */
export const nobody = "";

const stands = [
  "project_id",
  "backend_profile",
  "reason",
  "active",
  "execution_state",
  "version",
  "input_version",
  "labels",
];
const says = [
  "read_version",
  "marked_unread",
  "unread_version",
  "kept_version",
  "archived_version",
  "snoozed_until",
  "snoozed_version",
];
const listOf = (columns: readonly string[], of: (column: string) => string) => columns.map(of).join(", ");

/** The columns by which roots are counted. */
export const cell = "reason, active, execution_state, is_read, is_archived, is_snoozed";
export const scopedCell = `project_id, backend_profile, ${cell}`;

/** Those columns of a root that is joined to its mark. `snoozed` is the condition of a snooze. */
export const cellOf = (snoozed: string) =>
  `session.project_id, session.backend_profile, session.reason, session.active, session.execution_state,
    ${isRead} AS is_read, ${isArchived} AS is_archived, ${snoozed} AS is_snoozed`;

/**
 * Makes the common table expressions that read what has changed. `base` is the reader's own, or that of nobody if the reader has read no
 * scope: then all that the reader has marked has changed since. `met` has a row for each root, and `known` one that tells how much
 * that was; `known.is_full` says that there was more. Without a base all are empty. The reader of nobody is empty.
 */
export function changedSince(reader: string, most: number): string {
  const ownMarks = `FROM reader_mark WHERE tenant_id = :tenantId AND reader_id = ${reader}`;
  const { every, narrower } = upToOfAll(reader);
  return `
    base AS MATERIALIZED (
      SELECT * FROM reader_base WHERE tenant_id = :tenantId AND settled AND (reader_id = ${reader}
        OR reader_id = '' AND NOT EXISTS (SELECT FROM reader_read_up_to WHERE tenant_id = :tenantId AND reader_id = ${reader}))
      ORDER BY reader_id DESC LIMIT 1
    ), session_log AS MATERIALIZED (
      SELECT logged.* FROM base CROSS JOIN LATERAL (
        SELECT * FROM session_was WHERE tenant_id = :tenantId AND version > base.version ORDER BY version LIMIT ${most}) AS logged
    ), mark_log AS MATERIALIZED (
      SELECT logged.* FROM base CROSS JOIN LATERAL (
        SELECT * FROM mark_was WHERE tenant_id = :tenantId AND reader_id = ${reader} AND base.reader_id = ${reader}
          AND version > base.version ORDER BY version LIMIT ${most}) AS logged
    ), every_mark AS MATERIALIZED (
      SELECT marked.* FROM base CROSS JOIN LATERAL (
        SELECT session_id ${ownMarks} AND base.reader_id <> ${reader} ORDER BY session_id LIMIT ${most}) AS marked
    ), timed AS MATERIALIZED (
      SELECT came.* FROM base CROSS JOIN LATERAL (
        (SELECT id FROM session WHERE tenant_id = :tenantId AND expires_at <= statement_timestamp() AND NOT expired LIMIT ${most})
        UNION ALL (SELECT session_id ${ownMarks} AND snoozed_until <= statement_timestamp() LIMIT ${most})) AS came
    ), stood AS (
      SELECT DISTINCT ON (session_id) session_id, counted, session_version AS version,
        ${listOf(
          stands.filter((column) => column !== "version"),
          (column) => column,
        )}
      FROM session_log ORDER BY session_id, session_log.version
    ), said AS (
      SELECT DISTINCT ON (session_id) * FROM mark_log ORDER BY session_id, version
    ), touched AS (
      SELECT session_id AS id FROM session_log UNION SELECT session_id FROM mark_log
      UNION SELECT session_id FROM every_mark UNION SELECT id FROM timed
    ), known AS MATERIALIZED (
      SELECT base.reader_id, base.version, base.turn, CASE WHEN base.labels_turn = base.turn THEN base.labels ELSE '{}' END AS labels, logged.n + marked.n AS changes, greatest(logged.n, marked.n, came.n) >= ${most} AS is_full
      FROM base, (SELECT count(*) AS n FROM session_log) AS logged, (SELECT count(*) AS n FROM timed) AS came,
        (SELECT (SELECT count(*) FROM mark_log) + (SELECT count(*) FROM every_mark) AS n) AS marked
    ), met AS MATERIALIZED (
      SELECT CASE WHEN stood.session_id IS NULL THEN NOT present.expired ELSE stood.counted END AS was_counted,
        NOT present.expired AS held_counted, coalesce(present.expires_at > statement_timestamp(), true) AND present.id IS NOT NULL AS is_counted,
        ${listOf(stands, (column) => `CASE WHEN stood.session_id IS NULL THEN present.${column} ELSE stood.${column} END AS was_${column}, present.${column} AS is_${column}`)},
        ${listOf(says, (column) => `CASE WHEN said.session_id IS NOT NULL THEN said.${column} WHEN known.reader_id = ${reader} THEN mark.${column} END AS was_${column}, mark.${column} AS is_${column}`)}
      FROM known CROSS JOIN touched LEFT JOIN stood ON stood.session_id = touched.id LEFT JOIN said ON said.session_id = touched.id
        LEFT JOIN LATERAL (SELECT * FROM session WHERE tenant_id = :tenantId AND id = touched.id AND parent_id IS NULL LIMIT 1) AS present ON true
        LEFT JOIN LATERAL (SELECT * ${ownMarks} AND session_id = touched.id LIMIT 1) AS mark ON true
      WHERE NOT known.is_full
    ), read_up_to AS MATERIALIZED (SELECT ${every} AS every, ${narrower} AS narrower)`;
}

/** How many a root counts for at one of the two moments, and what is asked of it beside its columns. */
interface Side {
  moment: "was" | "is";
  n: number;
  counted: string;
  snoozed: string;
  staysUnread?: string | undefined;
}

function side({ moment, n, counted, snoozed, staysUnread = "false" }: Side): string {
  return `SELECT ${n} AS n, ${cellOf(snoozed)}, session.labels, ${staysUnread} AS stays_unread
    FROM met CROSS JOIN LATERAL (SELECT NULL::text AS parent_id, ${listOf(stands, (column) => `${moment}_${column} AS ${column}`)}) AS session
      CROSS JOIN LATERAL (SELECT ${listOf(says, (column) => `${moment}_${column} AS ${column}`)}) AS mark
      CROSS JOIN read_up_to ${joinUpToBy("read_up_to.every", "read_up_to.narrower")}
    WHERE ${counted}`;
}

const then = { moment: "was", n: -1, counted: "was_counted", snoozed: isHeldSnoozed } as const;

/**
 * What the changes add to the base's counts, and take away, for a reading at this moment. `staysUnread` is the condition of what
 * stays unread now by what is to be marked read; of a base nothing does.
 */
export function changesToday(staysUnread?: string): string {
  const now = { moment: "is", n: 1, counted: "is_counted", snoozed: isSnoozed, staysUnread } as const;
  return `${side(then)} UNION ALL ${side(now)}`;
}

/** The same for a base that is moved here: time plays no part in it. */
export function changesHeld(): string {
  const now = { moment: "is", n: 1, counted: "held_counted", snoozed: isHeldSnoozed } as const;
  return `${side(then)} UNION ALL ${side(now)}`;
}

/** Sums roots up by their columns, for each project and profile and for all of each; `and` are columns to tell them apart by as well. */
export function rolledUp(n: string, from: string, and = ""): string {
  return `SELECT ${and} coalesce(project_id, '') AS project_id, coalesce(backend_profile, '') AS backend_profile, ${cell}, ${n} AS n
    FROM ${from} AS session GROUP BY ${and} CUBE (project_id, backend_profile), ${cell} HAVING ${n} <> 0`;
}
