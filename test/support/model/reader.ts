/*
 * What a reader sees of the sessions of session.ts: marks, lists and counts, as plainly as they can be said. When a
 * session was active last is told to it.
 */
import type { ListState, SessionOrder } from "../../../src/domain/inbox/list.js";
import { type Mark, type Model, type ModelSession, above, find, isActive, reasonOf } from "./model.js";

/** Which sessions a list holds. */
export interface Filter {
  state?: ListState;
  reasons?: string[];
  projectId?: string;
  backendProfile?: string;
  search?: string;
  archived?: boolean;
  snoozed?: boolean;
  updatedAfter?: string;
  level?: "ALL";
  under?: { id: string };
}

/** When each session was active and updated last, as the service tells it. */
export type Activity = ReadonlyMap<string, { lastActivityAt: string; updatedAt: string }>;

/** The mark of one reader on one session, made where there is none. */
export function markOf(model: Model, readerId: string, sessionId: string): Mark {
  const found = model.marks.find((mark) => mark.readerId === readerId && mark.sessionId === sessionId);
  const unread = { readVersion: null, readUpTo: 0, markedUnread: false, unreadVersion: 0 };
  const none = { ...unread, archived: false, snoozed: false, isTimed: false, pinned: false };
  if (!found) model.marks.push({ readerId, sessionId, ...none });
  return found ?? markOf(model, readerId, sessionId);
}

/** Marks a session read up to a version: never lowered, never past the session's own. */
export function markRead(model: Model, readerId: string, sessionId: string, upToVersion = Infinity): void {
  const mark = markOf(model, readerId, sessionId);
  const seen = Math.min(upToVersion, find(model.sessions, sessionId).version);
  mark.readVersion = Math.max(mark.readVersion ?? 0, seen);
  mark.markedUnread = false;
}

/** What a reader does to a session that it has read leaves it read: gives what to do after the deed. */
export function keepRead(model: Model, readerId: string, sessionId: string): () => void {
  const wasRead = isRead(find(model.sessions, sessionId), markOf(model, readerId, sessionId));
  return () => {
    if (wasRead) markRead(model, readerId, sessionId);
  };
}

/** The time of a snooze has come: what was put off comes back. Nothing comes of one that a request has ended before. */
export function endSnooze(model: Model, mark: Mark): void {
  mark.isTimed = false;
  if (!mark.snoozed) return;
  Object.assign(mark, { snoozed: false, markedUnread: true, unreadVersion: model.version + 0.5 });
}

/** Puts a session off, or ends that. */
export function snooze(mark: Mark, flag: boolean): void {
  Object.assign(mark, { snoozed: flag, isTimed: flag });
}

/** Marks a session unread until it is read. */
export function markUnread(model: Model, readerId: string, sessionId: string): void {
  const mark = markOf(model, readerId, sessionId);
  if (!mark.markedUnread) mark.unreadVersion = model.version + 0.5;
  mark.markedUnread = true;
}

/**
 * Marks a list read, without what is newer than the version, or marked unread after it; gives how many it changed. Where more
 * than `atOnce` are to be marked and nothing but project, profile and state narrows the list, all of that scope is read up to
 * the version, but at most `atOnce` others, which are not in the list for the sake of its state.
 */
export function markListRead(
  model: Model,
  readerId: string,
  filter: Filter,
  activity: Activity,
  upToVersion: number,
  atOnce: number,
): number {
  const isChanged = (session: ModelSession) => {
    const mark = markOf(model, readerId, session.id);
    const isLater = mark.markedUnread && mark.unreadVersion > upToVersion;
    return session.version <= upToVersion && !isRead(session, mark) && !isLater;
  };
  const unread = listOf(model, readerId, filter, activity).filter(isChanged);
  const isNarrow =
    filter.reasons ??
    filter.search ??
    filter.updatedAfter ??
    filter.level ??
    filter.under ??
    (filter.archived || filter.snoozed);
  const { projectId, backendProfile } = filter;
  const scope = model.sessions.filter(
    (session) =>
      session.parentId === null &&
      [undefined, session.projectId].includes(projectId) &&
      [undefined, session.backendProfile].includes(backendProfile),
  );
  const isInState = (session: ModelSession) =>
    holds(model, session, stateOf(model, session, markOf(model, readerId, session.id)), filter.state);
  const others = scope.filter(
    (session) => !isInState(session) && !isRead(session, markOf(model, readerId, session.id)),
  );
  if (unread.length <= atOnce || isNarrow || others.length > atOnce) {
    for (const { id } of unread) markRead(model, readerId, id);
    return unread.length;
  }
  const changed = scope.filter(
    (session) => isInState(session) && isChanged(session) && !session.isExpired,
  ).length;
  for (const session of scope) {
    if (others.includes(session) || session.firstVersion > upToVersion) continue;
    const mark = markOf(model, readerId, session.id);
    mark.readUpTo = Math.max(mark.readUpTo, upToVersion);
    if (mark.unreadVersion <= upToVersion) mark.markedUnread = false;
  }
  return changed;
}

/** Up to which version a session was read; null for never. */
function readVersionOf({ version }: ModelSession, { readVersion, readUpTo }: Mark): number | null {
  return readUpTo > 0 ? Math.max(readVersion ?? 0, Math.min(readUpTo, version)) : readVersion;
}

function isRead(session: ModelSession, mark: Mark): boolean {
  const readVersion = readVersionOf(session, mark);
  return readVersion !== null && readVersion >= session.version && !mark.markedUnread;
}

function stateOf(model: Model, session: ModelSession, mark: Mark): "ACTIVE" | "UNREAD" | "READ" {
  if (isActive(model, session)) return "ACTIVE";
  return isRead(session, mark) ? "READ" : "UNREAD";
}

/** How a session stands with a reader. */
export function attentionOf(model: Model, session: ModelSession, readerId: string) {
  const mark = markOf(model, readerId, session.id);
  const state = stateOf(model, session, mark);
  const { markedUnread, archived, snoozed, pinned } = mark;
  return {
    state,
    reason: reasonOf(model, session),
    active: state === "ACTIVE",
    unread: state === "UNREAD",
    readVersion: readVersionOf(session, mark),
    markedUnread,
    archived,
    snoozed,
    pinned,
  };
}

function matches(model: Model, session: ModelSession, mark: Mark, filter: Filter, activity: Activity) {
  const title = (session.givenTitle ?? session.promptTitle)?.toLowerCase();
  const words = (filter.search ?? "").toLowerCase().split(" ").filter(Boolean);
  return (
    !session.isExpired &&
    isAtLevel(model, session, filter) &&
    (filter.reasons?.includes(reasonOf(model, session)) ?? true) &&
    [undefined, session.projectId].includes(filter.projectId) &&
    [undefined, session.backendProfile].includes(filter.backendProfile) &&
    words.every((word) => title?.includes(word) ?? false) &&
    (filter.updatedAfter === undefined ||
      (activity.get(session.id)?.updatedAt ?? "") > filter.updatedAfter) &&
    (!filter.archived || mark.archived) &&
    (!filter.snoozed || mark.snoozed)
  );
}

function isAtLevel(model: Model, session: ModelSession, { level, under }: Filter): boolean {
  if (under) return above(model, session).some(({ id }) => id === under.id);
  return level === "ALL" || session.parentId === null;
}

/** Whether a list of this state holds a session that stands so. */
function holds(model: Model, session: ModelSession, stands: string, state: ListState = "DEFAULT"): boolean {
  const { executionState } = session;
  return {
    DEFAULT: stands !== "READ" || reasonOf(model, session).startsWith("NEEDS_"),
    ALL: true,
    RUNNING: stands === "ACTIVE",
    UNREAD: stands === "UNREAD",
    READ: stands === "READ",
    TERMINAL: executionState === "TERMINAL",
    IDLE: executionState === "IDLE",
  }[state];
}

/** The sessions of a list, in the order that is asked for. */
export function listOf(
  model: Model,
  readerId: string,
  filter: Filter,
  activity: Activity,
  order: SessionOrder = "ATTENTION",
): ModelSession[] {
  const listed = model.sessions.toReversed().filter((session) => {
    const mark = markOf(model, readerId, session.id);
    const stands = stateOf(model, session, mark);
    const isHidden = (mark.archived || mark.snoozed) && !filter.archived && !filter.snoozed;
    return (
      holds(model, session, stands, filter.state) &&
      !isHidden &&
      matches(model, session, mark, filter, activity)
    );
  });
  if (order === "CREATED") return listed;
  const rankOf = (session: ModelSession) => {
    const mark = markOf(model, readerId, session.id);
    const bands = ["NEEDS_APPROVAL", "NEEDS_INPUT", "ACTIVE", "UNREAD", "READ"];
    const reason = reasonOf(model, session);
    const band = bands.indexOf(bands.includes(reason) ? reason : stateOf(model, session, mark));
    return order === "ATTENTION" ? band + (mark.pinned ? 0 : bands.length) : 0;
  };
  const keyOf = ({ id }: ModelSession) => {
    const { lastActivityAt, updatedAt } = activity.get(id) ?? { lastActivityAt: "", updatedAt: "" };
    return `${lastActivityAt} ${updatedAt} ${id}`;
  };
  return listed.toSorted((a, b) => rankOf(a) - rankOf(b) || (keyOf(a) < keyOf(b) ? 1 : -1));
}

/** The counts of a reader's inbox; the filter's state does not narrow them. */
export function countsOf(model: Model, readerId: string, filter: Filter, activity: Activity) {
  const all = model.sessions
    .map((session) => ({ session, mark: markOf(model, readerId, session.id) }))
    .filter(({ session, mark }) => matches(model, session, mark, filter, activity));
  const shown = all
    .filter(({ mark }) => !mark.archived && !mark.snoozed)
    .map(({ session }) => attentionOf(model, session, readerId));
  return {
    active: shown.filter(({ state }) => state === "ACTIVE").length,
    unread: shown.filter(({ state }) => state === "UNREAD").length,
    read: shown.filter(({ state }) => state === "READ").length,
    needsInput: shown.filter(({ reason }) => reason.startsWith("NEEDS_")).length,
    archived: all.filter(({ mark }) => mark.archived).length,
    snoozed: all.filter(({ mark }) => mark.snoozed).length,
    total: shown.length,
  };
}
