/*
 * What a person may do to sessions from an inbox: what it makes of a row at once, and how it is told to the service. None is more than the
 * service makes of it; where that makes more of it, its answer shows it.
 */
import type {
  MarkSessionReadInput,
  SessionAction,
  UpdateSessionInput,
} from "../../generated/client/graphql.js";
import { editSessionDocument, markReadDocument, updateSessionsDocument } from "../inbox-documents.js";
import type { GraphClient } from "../transport.js";
import type { InboxSession } from "./inbox-list.js";

/** What may be edited of a session. */
export type SessionEdit = Omit<UpdateSessionInput, "session" | "ifVersion" | "addLabels" | "removeLabels">;

/** What is done. */
export type Mark = { action: SessionAction } | { edit: SessionEdit };

/** A session that was not changed, and why: NOT_FOUND, PRECONDITION_FAILED, CONFLICT, ... */
export interface RefusedMark {
  id: string;
  code: string;
  message: string;
}

/** What the service made of a mark. */
export interface MarkAnswer {
  changed: number;
  refused: readonly RefusedMark[];
  /** The sessions as they are now; those that were deleted are left out. */
  sessions: readonly InboxSession[];
  deleted: readonly string[];
}

/** The session once it is marked, at that time; null once it is gone. */
export function applyMark(mark: Mark, session: InboxSession, at: string): InboxSession | null {
  if ("edit" in mark) return applyEdit(mark.edit, session);
  const { action } = mark;
  if (action.delete) return null;
  if (action.addLabels) return withLabels(session, [...session.labels, ...action.addLabels.map(asLabel)]);
  if (action.removeLabels) {
    const removed = new Set(action.removeLabels.map(asLabel));
    return withLabels(
      session,
      session.labels.filter((label) => !removed.has(label)),
    );
  }
  const attention = markedAttention(action, session, at);
  return attention === session.attention ? session : { ...session, attention };
}

function markedAttention(
  action: SessionAction,
  { attention, version }: InboxSession,
  at: string,
): InboxSession["attention"] {
  const { active } = attention;
  if (action.read === true) {
    const isDone = !attention.markedUnread && (attention.readVersion ?? -1) >= version;
    if (isDone) return attention;
    const state = active ? "ACTIVE" : "READ";
    return { ...attention, state, unread: false, markedUnread: false, readVersion: version, readAt: at };
  }
  if (action.read === false) {
    const state = active ? "ACTIVE" : "UNREAD";
    return { ...attention, state, unread: !active, markedUnread: true };
  }
  if (action.archive === true) return { ...attention, archivedAt: attention.archivedAt ?? at };
  if (action.archive === false) return { ...attention, archivedAt: null };
  if (action.pin === true) return { ...attention, pinnedAt: attention.pinnedAt ?? at };
  if (action.pin === false) return { ...attention, pinnedAt: null };
  if (typeof action.snoozeUntil === "string") return { ...attention, snoozedUntil: action.snoozeUntil };
  if (action.unsnooze) return { ...attention, snoozedUntil: null };
  return attention;
}

function applyEdit({ title, links }: SessionEdit, session: InboxSession): InboxSession {
  return {
    ...session,
    ...(typeof title === "string" ? { title } : {}),
    ...(links
      ? {
          links: links.map(({ url, label, kind, state }) => ({
            url,
            label: label ?? null,
            kind: kind ?? "OTHER",
            state: state ?? null,
          })),
        }
      : {}),
  };
}

function asLabel(label: string): string {
  return label.trim().toLowerCase();
}

function withLabels(session: InboxSession, labels: readonly string[]): InboxSession {
  return { ...session, labels: [...new Set(labels)].sort() };
}

/** Who marks what, and what was seen of it. */
export interface MarkCall {
  mark: Mark;
  /** 1 to 1,000, none twice. */
  ids: readonly string[];
  readerId: string | undefined;
  /** The session as it was shown, where one is marked: `upToVersion` and `ifVersion` are of it. */
  seen: InboxSession | undefined;
  /** Refuses what has changed after it; undefined to change it as it is. */
  asOf: number | undefined;
}

/** Tells the service. May be sent twice. */
export async function sendMark(
  client: GraphClient,
  { mark, ids, readerId, seen, asOf }: MarkCall,
): Promise<MarkAnswer> {
  const [id = ""] = ids;
  if ("edit" in mark) {
    const input = { session: { id }, ...mark.edit, ifVersion: asOf };
    const { updateSession } = await client.request(editSessionDocument, { input, readerId });
    return { changed: 1, refused: [], sessions: [updateSession.session], deleted: [] };
  }
  if (mark.action.read && ids.length === 1 && seen) {
    // What came after what was seen stays unread.
    const input: MarkSessionReadInput = {
      session: { id },
      upToVersion: seen.version,
      ifVersion: asOf,
      readerId,
    };
    const { markSessionRead } = await client.request(markReadDocument, { input, readerId });
    return { changed: 1, refused: [], sessions: [markSessionRead.session], deleted: [] };
  }
  const input = { target: { ids: [...ids] }, action: mark.action, asOf, readerId };
  const { updateSessions } = await client.request(updateSessionsDocument, { input, readerId });
  const { changed, results } = updateSessions;
  const done = results.filter(({ outcome }) => outcome !== "REFUSED");
  return {
    changed,
    refused: results.flatMap(({ id, error }) => (error ? [{ id, ...error }] : [])),
    sessions: done.flatMap(({ session }) => session ?? []),
    deleted: mark.action.delete ? done.map(({ id }) => id) : [],
  };
}
