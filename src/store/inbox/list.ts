import type { AttentionReason } from "../../domain/inbox/attention.js";
import type { ListState, SessionOrder } from "../../domain/inbox/list.js";
import type { Instant } from "../../domain/instant.js";
import { fold } from "../../domain/text.js";
import { type Band, type Condition, type Listing, type Narrowing, conditions } from "../listing/listing.js";
import { amongNewer, amongRows } from "../listing/narrow.js";
import type { MarkRow, SessionRow } from "../row.js";
import { isBelow, isPastWithAbove } from "../session-tree.js";
import { sessionColumns } from "../session.js";
import { isArchived, isRead, isSnoozed, joinMark, markColumns } from "./standing.js";

/** A session with what the reader of the list has marked of it. */
export type ListedSession = SessionRow & Omit<MarkRow, "sessionId">;

/**
 * Which sessions a list holds for one reader. A condition that is left out or null does not narrow it, but a list
 * that asks for neither `archived` nor `snoozed` sessions holds none of them; `false` leaves them out always.
 */
export interface SessionFilter {
  state: ListState;
  reasons?: readonly AttentionReason[] | null;
  projectId?: string | null;
  backendProfile?: string | null;
  /** Words, with white space between them, that the title contains. Upper and lower case are the same. */
  search?: string | null;
  archived?: boolean | null;
  snoozed?: boolean | null;
  updatedAfter?: Instant | null;
  /** Default: roots alone. ALL: every session, each for itself. */
  level?: "ALL" | null;
  /** The id of a session: only those below it, at any depth. */
  under?: string | null;
  /** Only sessions that have all of these labels; one of these. */
  labelsAll?: readonly string[];
  labelsAny?: readonly string[];
}

/** The SQL that tells how a session stands with the reader. */
export interface Standing {
  isRead: string;
  isArchived: string;
  isSnoozed: string;
}
const byMark: Standing = { isRead, isArchived, isSnoozed };

const isActive = "session.active";
const needsApproval = "session.reason = 'NEEDS_APPROVAL'";
const needsInput = "session.reason = 'NEEDS_INPUT'";
const asks = "session.reason = ANY ('{NEEDS_INPUT,NEEDS_APPROVAL}'::attention_reason[])";

/** Tells whether a list holds roots alone. */
export function holdsRoots({ level, under }: SessionFilter): boolean {
  return !under && level !== "ALL";
}

/** True for a session whose `expiresAt` has not passed, nor that of one above it. */
export function notExpired(filter: SessionFilter): string {
  return holdsRoots(filter)
    ? "coalesce(session.expires_at > statement_timestamp(), true)"
    : `NOT ${isPastWithAbove("statement_timestamp()")}`;
}

/**
 * The conditions of a filter that depend on the session alone. A session that is past its `expiresAt`, or below one that is, is in
 * no list.
 */
export function sessionConditions(filter: SessionFilter): Condition[] {
  const words = (filter.search ?? "").split(/\s+/u).filter(Boolean);
  return [
    ...lastingConditions(filter),
    ...conditions(
      [hasReason, filter.reasons],
      ["session.updated_at > ?::timestamptz", filter.updatedAfter],
      ["session.folded_title LIKE ALL(?::text[])", words.length > 0 ? words.map(likeWord) : null],
      [hasLabel("= ANY(?::text[])"), filter.labelsAny],
    ),
    ...(filter.labelsAll ?? []).map((label) => ({ sql: hasLabel("= ?::text"), value: label })),
    { sql: notExpired(filter) },
  ];
}

/** The condition of a filter's reasons. */
export const hasReason = "session.reason = ANY(?::attention_reason[])";

function hasLabel(which: string): string {
  return `EXISTS (SELECT FROM session_label WHERE session_label.tenant_id = :tenantId
    AND session_label.label ${which} AND session_label.session_id = session.id)`;
}

function likeWord(word: string): string {
  return `%${fold(word).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

/**
 * A list that asks for archived or snoozed sessions holds only those. False leaves them out always, nothing unless the list asks
 * for the others.
 */
export function hiddenConditions({ archived, snoozed }: SessionFilter, standing = byMark): Condition[] {
  return [
    ...hidden(standing.isArchived, archived, snoozed),
    ...hidden(standing.isSnoozed, snoozed, archived),
  ];
}

function hidden(
  sql: string,
  asked: boolean | null | undefined,
  other: boolean | null | undefined,
): Condition[] {
  if (asked) return [{ sql }];
  return asked === false || !other ? [{ sql: `NOT ${sql}` }] : [];
}

/** The condition of each state of a list. */
export const stateConditions = stateConditionsBy(byMark);

/** As {@link stateConditions}, of sessions of which it is known how they stand. */
export function stateConditionsBy(standing: Pick<Standing, "isRead">): Record<ListState, string> {
  return {
    DEFAULT: `(${isActive} OR ${asks} OR NOT ${standing.isRead})`,
    ALL: "true",
    RUNNING: isActive,
    UNREAD: `NOT ${isActive} AND NOT ${standing.isRead}`,
    READ: `NOT ${isActive} AND ${standing.isRead}`,
    TERMINAL: "session.execution_state = 'TERMINAL'",
    IDLE: "session.execution_state = 'IDLE'",
  };
}

/** The conditions of a filter on what never changes of a session: one that does not meet them was never in the list. */
export function lastingConditions(filter: SessionFilter): Condition[] {
  const { projectId, backendProfile, under } = filter;
  return [
    ...(holdsRoots(filter) ? [{ sql: "session.parent_id IS NULL" }] : []),
    ...conditions(
      ["session.project_id = ?", projectId],
      ["session.backend_profile = ?", backendProfile],
      [isBelow("?::text"), under],
    ),
  ];
}

/** All conditions that a list's sessions have to meet. */
export function listConditions(filter: SessionFilter): Condition[] {
  return [{ sql: stateConditions[filter.state] }, ...sessionConditions(filter), ...hiddenConditions(filter)];
}

const { UNREAD: unread, READ: read } = stateConditions;

/**
 * The bands that a list of each state can have rows in beside what asks, in the order of attention. Its other bands would be
 * empty.
 */
const bandsOf: Record<ListState, readonly string[]> = {
  DEFAULT: [isActive, unread],
  ALL: [isActive, unread, read],
  RUNNING: [isActive],
  UNREAD: [unread],
  READ: [read],
  // A root that rests itself is active while something below it is.
  TERMINAL: [isActive, unread, read],
  IDLE: [isActive, unread, read],
};

/** What asks people for something comes before all of these, however it stands. */
const asking = [needsApproval, needsInput];

const byActivity = {
  order: [
    { field: "lastActivityAt", type: "timestamptz" },
    { field: "updatedAt", type: "timestamptz" },
    { field: "id", type: "text" },
  ],
  direction: "desc",
} as const;

const byCreation = {
  order: [
    { field: "createdAt", type: "timestamptz" },
    { field: "id", type: "text" },
  ],
  direction: "desc",
} as const;

/**
 * Lists sessions as one reader sees them. The order of attention has the pinned sessions first, and among these and
 * the others those that ask for approval, those that ask for input, then the other active, the unread and the read, each by
 * activity.
 */
export function sessionListing(filter: SessionFilter, order: SessionOrder, readerId: string | null): Listing {
  const list = {
    table: "session",
    columns: `${sessionColumns}, ${markColumns}`,
    join: joinMark(readerId),
    where: listConditions(filter),
    narrowings: narrowingsOf(filter, readerId),
  } as const;
  if (order === "CREATED") {
    const narrowings = filter.state === "RUNNING" ? [...list.narrowings, whatRuns] : list.narrowings;
    return { ...list, narrowings, ...byCreation };
  }
  if (order === "LAST_ACTIVITY") {
    const one = { UNREAD: unread, READ: read }[filter.state as string];
    if (one && readerId !== null)
      return { ...list, ...byActivity, bands: [{ where: [], ...skipOf(one, readerId, filter) }] };
    const ways = filter.state === "DEFAULT" && readerId !== null ? waysOfDefault(filter, readerId) : {};
    return { ...list, ...byActivity, ...ways };
  }
  return { ...list, ...byActivity, bands: attentionBands(filter, readerId) };
}

/** What a person has to look at is of three kinds, and an index or the skips find each. */
function waysOfDefault(filter: SessionFilter, readerId: string): Pick<Listing, "alternatives"> {
  const others = { sql: `NOT (${asks})` };
  return {
    alternatives: [
      { where: [{ sql: asks }] },
      { where: [{ sql: isActive }, others] },
      { where: [{ sql: unread }, others], ...skipOf(unread, readerId, filter) },
    ],
  };
}

/** An index by activity has what is active, and none by creation. */
const whatRuns: Narrowing = {
  sql: "SELECT id FROM session WHERE tenant_id = :tenantId AND active ORDER BY last_activity_at",
};

/** By what lists that hold few sessions are found. */
function narrowingsOf(filter: SessionFilter, readerId: string | null): Narrowing[] {
  const { reasons, projectId, backendProfile, updatedAfter, labelsAny, labelsAll, archived, snoozed } =
    filter;
  const session = { table: "session", order: "last_activity_at", isListed: true } as const;
  const label = { table: "session_label", id: "session_id", column: "label", order: "session_id" } as const;
  const marked = (column: string): Narrowing => ({
    sql: `SELECT session_id AS id FROM reader_mark WHERE tenant_id = :tenantId AND reader_id = ?::text AND ${column} IS NOT NULL ORDER BY session_id`,
    value: readerId ?? "",
  });
  return [
    ...(reasons ? [amongRows({ ...session, column: "reason", type: "attention_reason" }, reasons)] : []),
    ...(typeof projectId === "string" ? [amongRows({ ...session, column: "project_id" }, [projectId])] : []),
    ...(typeof backendProfile === "string"
      ? [amongRows({ ...session, column: "backend_profile" }, [backendProfile])]
      : []),
    ...(updatedAfter ? [amongNewer("session", "updated_at", "timestamptz", updatedAfter)] : []),
    ...(labelsAny ? [amongRows(label, labelsAny)] : []),
    ...(labelsAll ?? []).map((each) => amongRows(label, [each])),
    ...(archived ? [marked("archived_version")] : []),
    ...(snoozed ? [marked("snoozed_until")] : []),
  ];
}

/**
 * Lets the reading of a band of resting sessions skip, since they may lie far down the axis of activity. Skips know
 * nothing of archived sessions and of those that are no roots, so a list of these does without.
 */
function skipOf(sql: string, readerId: string, filter: SessionFilter): Pick<Band, "skip"> {
  const { archived, snoozed } = filter;
  const mayBeArchived = archived !== false && (archived || snoozed);
  const isPassed = sql === isActive || mayBeArchived || !holdsRoots(filter);
  return isPassed ? {} : { skip: { readerId, isRead: sql === read } };
}

/** That a reader has read anything: who has not, has no session in the band of those that are read. */
function hasRead(readerId: string | null): Condition {
  // In the order of an index, so that a plan for any reader is no scan.
  const of = (table: string, order: string) =>
    `(SELECT true FROM ${table} WHERE tenant_id = :tenantId AND reader_id = ?::text ORDER BY ${order} LIMIT 1)`;
  const any = `coalesce(${of("reader_mark", "session_id")}, ${of("reader_read_up_to", "project_id, backend_profile")}, false)`;
  return { sql: any, value: readerId };
}

function attentionBands(filter: SessionFilter, readerId: string | null): Band[] {
  const quiet = { sql: `NOT (${asks})` };
  const bands = [
    ...asking.map((sql) => ({ where: [{ sql }], skip: {} })),
    ...bandsOf[filter.state].map((sql) => ({
      where: [{ sql }, quiet],
      skip: {
        ...(readerId === null ? {} : skipOf(sql, readerId, filter)),
        ...(sql === read ? { opens: hasRead(readerId) } : {}),
      },
    })),
  ];
  if (readerId === null) return bands.map(({ where, skip }) => ({ where, ...skip }));
  const pinned = {
    sql: `session.id = ANY(ARRAY(SELECT session_id FROM reader_mark
      WHERE tenant_id = :tenantId AND reader_id = ?::text AND pinned_at IS NOT NULL))`,
    value: readerId,
  };
  const unpinned = { sql: "mark.pinned_at IS NULL" };
  return [
    ...bands.map(({ where }) => ({ where: [pinned, ...where] })),
    ...bands.map(({ where, skip }) => ({ where: [...where, unpinned], ...skip })),
  ];
}
