import type { AttentionReason } from "../../domain/inbox/attention.js";
import type { ListState, SessionOrder } from "../../domain/inbox/list.js";
import type { Instant } from "../../domain/instant.js";
import { fold } from "../../domain/text.js";
import { type Band, type Condition, type Listing, conditions } from "../listing/listing.js";
import type { MarkRow, SessionRow } from "../row.js";
import { sessionColumns } from "../session.js";
import { isArchived, isRead, isSnoozed, joinMark, markColumns } from "./standing.js";

/** A session with what the reader of the list has marked of it. */
export type ListedSession = SessionRow & Omit<MarkRow, "sessionId">;

/**
 * Which sessions a list holds for one reader. A condition that is left out or null does not narrow it, but a list
 * that asks for neither `archived` nor `snoozed` sessions holds none of them.
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
}

const isRunning = "session.execution_state = 'RUNNING'";
const isNotRunning = "session.execution_state <> 'RUNNING'";
const unread = `${isNotRunning} AND NOT ${isRead}`;
const read = `${isNotRunning} AND ${isRead}`;

/**
 * The conditions of a filter that depend on the session alone. A session whose `expiresAt` has passed is in no list.
 */
export function sessionConditions(filter: Omit<SessionFilter, "state">): Condition[] {
  const words = (filter.search ?? "").split(/\s+/u).filter(Boolean);
  return [
    ...conditions(
      ["session.reason = ANY(?::attention_reason[])", filter.reasons],
      ["session.project_id = ?", filter.projectId],
      ["session.backend_profile = ?", filter.backendProfile],
      ["session.updated_at > ?::timestamptz", filter.updatedAfter],
      ["session.folded_title LIKE ALL(?::text[])", words.length > 0 ? words.map(likeWord) : null],
    ),
    { sql: "coalesce(session.expires_at > statement_timestamp(), true)" },
  ];
}

function likeWord(word: string): string {
  return `%${fold(word).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

/**
 * Leaves archived and snoozed sessions out of a list that asks for neither. A list that asks for some holds only
 * those.
 */
function hiddenConditions({ archived, snoozed }: SessionFilter): Condition[] {
  if (!archived && !snoozed) return [{ sql: `NOT ${isArchived}` }, { sql: `NOT ${isSnoozed}` }];
  return [...(archived ? [{ sql: isArchived }] : []), ...(snoozed ? [{ sql: isSnoozed }] : [])];
}

const stateConditions: Record<ListState, string> = {
  DEFAULT: `(${isRunning} OR NOT ${isRead})`,
  ALL: "true",
  RUNNING: isRunning,
  UNREAD: unread,
  READ: read,
  TERMINAL: "session.execution_state = 'TERMINAL'",
  IDLE: "session.execution_state = 'IDLE'",
};

/** All conditions that a list's sessions have to meet. */
export function listConditions(filter: SessionFilter): Condition[] {
  return [{ sql: stateConditions[filter.state] }, ...sessionConditions(filter), ...hiddenConditions(filter)];
}

/** The bands that a list of each state can have rows in, in the order of attention. Its other bands would be empty. */
const bandsOf: Record<ListState, readonly string[]> = {
  DEFAULT: [isRunning, unread],
  ALL: [isRunning, unread, read],
  RUNNING: [isRunning],
  UNREAD: [unread],
  READ: [read],
  TERMINAL: [unread, read],
  IDLE: [unread, read],
};

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
 * the others the active, then the unread, then the read, each by activity.
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
 * nothing of archived sessions, so a list of these does without.
 */
function skipOf(sql: string, readerId: string, { archived }: SessionFilter): Pick<Band, "skip"> {
  return sql === isRunning || archived ? {} : { skip: { readerId, isRead: sql === read } };
}

function attentionBands(filter: SessionFilter, readerId: string | null): Band[] {
  const bands = bandsOf[filter.state];
  if (readerId === null) return bands.map((sql) => ({ where: [{ sql }] }));
  const pinned = {
    sql: `session.id = ANY(ARRAY(SELECT session_id FROM reader_mark
      WHERE tenant_id = :tenantId AND reader_id = ?::text AND pinned_at IS NOT NULL))`,
    value: readerId,
  };
  const unpinned = { sql: "mark.pinned_at IS NULL" };
  return [
    ...bands.map((sql) => ({ where: [pinned, { sql }] })),
    ...bands.map((sql) => ({ where: [{ sql }, unpinned], ...skipOf(sql, readerId, filter) })),
  ];
}
