import type { AttentionReason } from "../../domain/inbox/attention.js";
import type { ListState } from "../../domain/inbox/list.js";
import type { Instant } from "../../domain/instant.js";
import { fold } from "../../domain/text.js";
import { type Condition, conditions } from "../listing/listing.js";
import type { MarkRow, SessionRow } from "../row.js";
import { isBelow, isPastWithAbove } from "../session-tree.js";
import { isArchived, isRead, isSnoozed } from "./standing.js";

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

/** The conditions of a session that is active, and of one whose agent asks for something. */
export const isActive = "session.active";
export const asks = "session.reason = ANY ('{NEEDS_INPUT,NEEDS_APPROVAL}'::attention_reason[])";

/** Tells whether a list holds roots alone. */
export function holdsRoots({ level, under }: SessionFilter): boolean {
  return !under && level !== "ALL";
}

/** The label that a filter asks for, if it asks for one alone. */
export function onlyLabelOf({ labelsAll = [], labelsAny }: SessionFilter): string | undefined {
  const labels = labelsAny ? [labelsAll, labelsAny].flat() : labelsAll;
  return labels.length === 1 ? labels[0] : undefined;
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
  const words = wordsOf(filter);
  return [
    ...lastingConditions(filter),
    ...conditions(
      [hasReason, filter.reasons],
      [
        "session.updated_at > ?::timestamptz",
        filter.updatedAfter,
        "session.updated_at + interval '0' > ?::timestamptz",
      ],
      ["session.folded_title LIKE ALL(?::text[])", words.length > 0 ? words.map(likeWord) : null],
      [hasLabel("= ANY(?::text[])"), filter.labelsAny, "session.labels && ?::text[]"],
      ...(filter.labelsAll ?? []).map(
        (label) => [hasLabel("= ?::text"), label, "session.labels @> ARRAY[?::text]"] as const,
      ),
    ),
    { sql: notExpired(filter) },
  ];
}

/** The words that a filter asks of titles. */
export function wordsOf({ search }: SessionFilter): string[] {
  return (search ?? "").split(/\s+/u).filter(Boolean);
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

/** Of what is counted: a filter that asks for neither counts them too, each for itself. */
export function countedConditions(filter: SessionFilter, standing = byMark): Condition[] {
  return filter.archived || filter.snoozed ? hiddenConditions(filter, standing) : [];
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
