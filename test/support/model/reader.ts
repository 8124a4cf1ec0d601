/*
 * What a reader sees of the sessions of session.ts: marks, lists and counts, as plainly as they can be said. When a
 * session was active last is told to it.
 */
import type { ListState, SessionOrder } from "../../../src/domain/inbox/list.js";
import { type Mark, type Model, type ModelSession, find, reasonOf } from "./session.js";

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
}

/** When each session was active and updated last, as the service tells it. */
export type Activity = ReadonlyMap<string, { lastActivityAt: string; updatedAt: string }>;

/** The mark of one reader on one session, made where there is none. */
export function markOf(model: Model, readerId: string, sessionId: string): Mark {
  const found = model.marks.find((mark) => mark.readerId === readerId && mark.sessionId === sessionId);
  const none = { readVersion: null, markedUnread: false, archived: false, snoozed: false, pinned: false };
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

/** Marks a list read, without what is newer than the version; gives how many it changed. */
export function markListRead(
  model: Model,
  readerId: string,
  filter: Filter,
  activity: Activity,
  upToVersion = Infinity,
): number {
  const unread = listOf(model, readerId, filter, activity).filter(
    (session) => session.version <= upToVersion && !isRead(session, markOf(model, readerId, session.id)),
  );
  for (const { id } of unread) markRead(model, readerId, id);
  return unread.length;
}

function isRead({ version }: ModelSession, { readVersion, markedUnread }: Mark): boolean {
  return readVersion !== null && readVersion >= version && !markedUnread;
}

function stateOf(session: ModelSession, mark: Mark): "ACTIVE" | "UNREAD" | "READ" {
  if (session.executionState === "RUNNING") return "ACTIVE";
  return isRead(session, mark) ? "READ" : "UNREAD";
}

/** How a session stands with a reader. */
export function attentionOf(model: Model, session: ModelSession, readerId: string) {
  const mark = markOf(model, readerId, session.id);
  const state = stateOf(session, mark);
  const { readVersion, markedUnread, archived, snoozed, pinned } = mark;
  return {
    state,
    reason: reasonOf(model, session),
    active: state === "ACTIVE",
    unread: state === "UNREAD",
    readVersion,
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

/** The sessions of a list, in the order that is asked for. */
export function listOf(
  model: Model,
  readerId: string,
  filter: Filter,
  activity: Activity,
  order: SessionOrder = "ATTENTION",
): ModelSession[] {
  const state = filter.state ?? "DEFAULT";
  const listed = model.sessions.toReversed().filter((session) => {
    const mark = markOf(model, readerId, session.id);
    const stands = stateOf(session, mark);
    const isHidden = (mark.archived || mark.snoozed) && !filter.archived && !filter.snoozed;
    const isInState = {
      DEFAULT: stands !== "READ",
      ALL: true,
      RUNNING: stands === "ACTIVE",
      UNREAD: stands === "UNREAD",
      READ: stands === "READ",
      TERMINAL: session.executionState === "TERMINAL",
      IDLE: session.executionState === "IDLE",
    }[state];
    return isInState && !isHidden && matches(model, session, mark, filter, activity);
  });
  if (order === "CREATED") return listed;
  const rankOf = (session: ModelSession) => {
    const mark = markOf(model, readerId, session.id);
    const band = ["ACTIVE", "UNREAD", "READ"].indexOf(stateOf(session, mark));
    return order === "ATTENTION" ? band + (mark.pinned ? 0 : 3) : 0;
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
