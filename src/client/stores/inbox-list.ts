/*
 * What the service's lists hold and in which order, as far as one row tells: so that a mark shows before the service has answered. Rule
 * for rule it is what `src/store/inbox/list.ts` and `counts.ts` say in SQL; a test compares them.
 */
import type { InboxFieldsFragment, SessionFilter } from "../../generated/client/graphql.js";

/** A session as an inbox shows it. */
export type InboxSession = InboxFieldsFragment;

/** How many sessions of an inbox stand how. */
export type CountNumbers = Record<(typeof countNames)[number], number>;

export const countNames = ["total", "active", "unread", "read", "needsInput", "archived", "snoozed"] as const;

/**
 * Tells if a list holds a session, by what marks and edits can change of it: state, reasons, archive, snooze and labels. Its other
 * conditions are taken as met.
 */
export function isListed(filter: SessionFilter, session: InboxSession): boolean {
  return hasState(filter, session) && isShown(filter, session) && meets(filter, session);
}

function hasState({ state }: SessionFilter, { attention, executionState }: InboxSession): boolean {
  switch (state ?? "DEFAULT") {
    case "DEFAULT":
      return attention.state !== "READ" || asks(attention.reason);
    case "ALL":
      return true;
    case "RUNNING":
      return attention.active;
    case "UNREAD":
      return attention.state === "UNREAD";
    case "READ":
      return attention.state === "READ";
    case "TERMINAL":
      return executionState === "TERMINAL";
    case "IDLE":
      return executionState === "IDLE";
  }
}

/** A list that asks for archived or snoozed sessions holds only those; `false` leaves them out always. */
function isShown({ archived, snoozed }: SessionFilter, { attention }: InboxSession): boolean {
  const isArchived = attention.archivedAt !== null;
  const isSnoozed = attention.snoozedUntil !== null;
  const allows = (is: boolean, asked?: boolean | null, other?: boolean | null) =>
    asked ? is : (asked !== false && Boolean(other)) || !is;
  return allows(isArchived, archived, snoozed) && allows(isSnoozed, snoozed, archived);
}

function meets(
  { reasons, labelsAll, labelsAny }: SessionFilter,
  { attention, labels }: InboxSession,
): boolean {
  const has = (label: string) => labels.includes(label.trim().toLowerCase());
  return (
    (reasons?.includes(attention.reason) ?? true) &&
    (labelsAll?.every(has) ?? true) &&
    (labelsAny?.some(has) ?? true)
  );
}

function asks(reason: InboxSession["attention"]["reason"]): boolean {
  return reason === "NEEDS_APPROVAL" || reason === "NEEDS_INPUT";
}

/** How a session counts in an inbox: what it adds to each number. */
export function countOf(filter: SessionFilter | null | undefined, session: InboxSession): CountNumbers {
  const { attention } = session;
  const isArchived = attention.archivedAt !== null;
  const isSnoozed = attention.snoozedUntil !== null;
  const isCounted =
    meets(filter ?? {}, session) && (!filter?.archived || isArchived) && (!filter?.snoozed || isSnoozed);
  const isPlain = isCounted && !isArchived && !isSnoozed;
  return {
    total: Number(isPlain),
    active: Number(isPlain && attention.state === "ACTIVE"),
    unread: Number(isPlain && attention.state === "UNREAD"),
    read: Number(isPlain && attention.state === "READ"),
    needsInput: Number(isPlain && asks(attention.reason)),
    archived: Number(isCounted && isArchived),
    snoozed: Number(isCounted && isSnoozed),
  };
}

/** Compares two sessions by the order ATTENTION: negative if the first comes first. Instants are texts of one length, in UTC. */
export function compareSessions(a: InboxSession, b: InboxSession): number {
  return (
    bandOf(a) - bandOf(b) ||
    compare(b.lastActivityAt, a.lastActivityAt) ||
    compare(b.updatedAt, a.updatedAt) ||
    compare(b.id, a.id)
  );
}

/** What is pinned first; then what asks for leave, what asks, what else is active, what is unread, and what is read. */
function bandOf({ attention }: InboxSession): number {
  const asked = { NEEDS_APPROVAL: 0, NEEDS_INPUT: 1 } as Partial<Record<string, number>>;
  const rest = { ACTIVE: 2, UNREAD: 3, READ: 4 }[attention.state];
  return (attention.pinnedAt === null ? 5 : 0) + (asked[attention.reason] ?? rest);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
