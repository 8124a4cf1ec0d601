import type { AttentionReason } from "../../domain/inbox/attention.js";
import type { ListState, SessionOrder } from "../../domain/inbox/list.js";
import type { Instant } from "../../domain/instant.js";
import { fold } from "../../domain/text.js";
import { type Band, type Condition, type Listing, conditions } from "../listing/listing.js";
import type { MarkRow, SessionRow } from "../row.js";
import { sessionColumns } from "../session.js";
import { isArchived, isRead, isSnoozed, joinMark, markColumns } from "./standing.js";

/** A session with what the list's reader has marked of it. */
export type ListedSession = SessionRow & Omit<MarkRow, "sessionId">;

/** Which sessions a list holds, for one reader; what is left out does not narrow it. */
export interface SessionFilter {
  state: ListState;
  reasons?: readonly AttentionReason[] | null;
  projectId?: string | null;
  backendProfile?: string | null;
  /** Words that the title holds, in any case. */
  search?: string | null;
  archived?: boolean | null;
  snoozed?: boolean | null;
  updatedAfter?: Instant | null;
}

const isRunning = "session.execution_state = 'RUNNING'";
const isNotRunning = "session.execution_state <> 'RUNNING'";
const unread = `${isNotRunning} AND NOT ${isRead}`;
const read = `${isNotRunning} AND ${isRead}`;

/** What of a list's filter depends on nothing but the session. Sessions past their `expiresAt` are in no list. */
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

/** Archived and snoozed sessions are in no list that does not ask for them; one that does holds only those. */
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

/** The condition of a whole list. */
export function listConditions(filter: SessionFilter): Condition[] {
  return [{ sql: stateConditions[filter.state] }, ...sessionConditions(filter), ...hiddenConditions(filter)];
}

/** Where the sessions of each state can stand in the order of attention: the others are in none of its lists. */
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

/** Sessions as one reader sees them. By attention: pinned, then active, then unread, then the others; each by activity. */
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

/** A band of what rests may be far down the axis; what is archived is not among what skips know. */
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
