import type { AttentionReason } from "../../domain/inbox/attention.js";
import type { ListState, SessionOrder } from "../../domain/inbox/list.js";
import type { Instant } from "../../domain/instant.js";
import { fold } from "../../domain/text.js";
import { type Band, type Condition, type Listing, conditions } from "../listing/listing.js";
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

const isActive = "session.active";
const unread = `NOT ${isActive} AND NOT ${isRead}`;
const read = `NOT ${isActive} AND ${isRead}`;
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
      ["session.reason = ANY(?::attention_reason[])", filter.reasons],
      ["session.updated_at > ?::timestamptz", filter.updatedAfter],
      ["session.folded_title LIKE ALL(?::text[])", words.length > 0 ? words.map(likeWord) : null],
      [hasLabel("= ANY(?::text[])"), filter.labelsAny],
    ),
    ...(filter.labelsAll ?? []).map((label) => ({ sql: hasLabel("= ?::text"), value: label })),
    { sql: notExpired(filter) },
  ];
}

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
function hiddenConditions({ archived, snoozed }: SessionFilter): Condition[] {
  return [...hidden(isArchived, archived, snoozed), ...hidden(isSnoozed, snoozed, archived)];
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
export const stateConditions: Record<ListState, string> = {
  DEFAULT: `(${isActive} OR ${asks} OR NOT ${isRead})`,
  ALL: "true",
  RUNNING: isActive,
  UNREAD: unread,
  READ: read,
  TERMINAL: "session.execution_state = 'TERMINAL'",
  IDLE: "session.execution_state = 'IDLE'",
};

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
  } as const;
  if (order === "CREATED") return { ...list, ...byCreation };
  if (order === "LAST_ACTIVITY") {
    const one = { UNREAD: unread, READ: read }[filter.state as string];
    const bands = one && readerId !== null ? [{ where: [], ...skipOf(one, readerId, filter) }] : undefined;
    return { ...list, ...byActivity, ...(bands ? { bands } : {}) };
  }
  return { ...list, ...byActivity, bands: attentionBands(filter, readerId) };
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

function attentionBands(filter: SessionFilter, readerId: string | null): Band[] {
  const quiet = { sql: `NOT (${asks})` };
  const bands = [
    ...asking.map((sql) => ({ where: [{ sql }], skip: {} })),
    ...bandsOf[filter.state].map((sql) => ({
      where: [{ sql }, quiet],
      skip: readerId === null ? {} : skipOf(sql, readerId, filter),
    })),
  ];
  if (readerId === null) return bands.map(({ where }) => ({ where }));
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
