import { badUserInput } from "../../domain/errors.js";
import type { Instant } from "../../domain/instant.js";
import type { SessionFilter } from "../../store/inbox/list.js";
import { markListRead } from "../../store/inbox/mark-list-read.js";
import {
  type MarkPlace,
  markArchived,
  markPinned,
  markRead,
  markSnoozed,
  markUnread,
} from "../../store/inbox/mark.js";
import { type Tx, transaction } from "../../store/transaction.js";
import type { Caller } from "../caller.js";
import { type SessionRef, requireSession } from "../session.js";
import { requireReader } from "./reader.js";

/** The session that is marked, and the reader for whom. Default: the viewer's own reader. */
export interface MarkInput {
  session: SessionRef;
  readerId?: string | null;
}

/** Marks a session as read up to a version, by default the current one. What came after that version stays unread. */
export function markSessionRead(caller: Caller, input: MarkInput & { upToVersion?: number | null }) {
  const upToVersion = checkVersion(input.upToVersion);
  return mark(caller, input, (tx, place) => markRead(tx, place, upToVersion));
}

/** Marks a session as unread until the reader marks it as read. */
export function markSessionUnread(caller: Caller, input: MarkInput) {
  return mark(caller, input, markUnread);
}

/** Puts a session into the reader's archive, or takes it out. */
export function archiveSession(caller: Caller, input: MarkInput & { archived: boolean }) {
  return mark(caller, input, (tx, place) => markArchived(tx, place, input.archived));
}

/** Snoozes a session until an instant that is to come. Ends the snooze if no instant is given. */
export function snoozeSession(caller: Caller, input: MarkInput & { until?: Instant | null }) {
  return mark(caller, input, async (tx, place) => {
    if (!(await markSnoozed(tx, place, input.until ?? null)))
      throw badUserInput("input.until", "must be an instant that is to come, or null to end the snooze");
  });
}

/** Pins a session to the top of the reader's inbox, or takes the pin away. */
export function pinSession(caller: Caller, input: MarkInput & { pinned: boolean }) {
  return mark(caller, input, (tx, place) => markPinned(tx, place, input.pinned));
}

/**
 * Marks those sessions of the reader's list as read whose version is not newer than `upToVersion`, by default the
 * current one. Gives the number of sessions that it changed.
 */
export async function markSessionsRead(
  caller: Caller,
  input: { filter: SessionFilter; upToVersion?: number | null; readerId?: string | null },
): Promise<{ readerId: string; changed: number }> {
  const readerId = requireReader(caller, input.readerId, "input.readerId");
  const upToVersion = checkVersion(input.upToVersion);
  const changed = await transaction(caller.store, (tx) =>
    markListRead(tx, readerId, input.filter, upToVersion),
  );
  return { readerId, changed };
}

/** Finds the session and the reader that are meant, saves the mark and gives the two. */
async function mark(
  caller: Caller,
  input: MarkInput,
  save: (tx: Tx, place: MarkPlace) => Promise<void>,
): Promise<MarkPlace> {
  const readerId = requireReader(caller, input.readerId, "input.readerId");
  const place = { readerId, sessionId: await requireSession(caller, input.session, "input.session") };
  await transaction(caller.store, (tx) => save(tx, place));
  return place;
}

function checkVersion(version: number | null | undefined): number | null {
  if (version === null || version === undefined) return null;
  if (version < 0) throw badUserInput("input.upToVersion", "must not be negative");
  return version;
}
