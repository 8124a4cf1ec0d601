import { badUserInput, preconditionFailed } from "../../domain/errors.js";
import type { Instant } from "../../domain/instant.js";
import { takeVersion } from "../../domain/version.js";
import {
  type MarkPlace,
  type MarkPlaces,
  markArchived,
  markPinned,
  markRead,
  markSnoozed,
  markUnread,
} from "../../store/inbox/mark.js";
import { readChangeVersion } from "../../store/session-edit.js";
import { keepSessions } from "../../store/session-locks.js";
import { holdVersion } from "../../store/tenant.js";
import { transaction } from "../../store/transaction.js";
import type { Tx } from "../../store/tx.js";
import type { Caller } from "../caller.js";
import { type SessionRef, requireSession } from "../session.js";
import { requireReader } from "./reader.js";

/** The session that is marked, and the reader for whom. Default: the viewer's own reader. */
export interface MarkInput {
  session: SessionRef;
  readerId?: string | null;
  /** The session's change that the caller saw: another one is PRECONDITION_FAILED, unless nothing is to change. */
  ifVersion?: number | null;
}

/** Marks a session as read up to a version, by default the current one. What came after that version stays unread. */
export function markSessionRead(caller: Caller, input: MarkInput & { upToVersion?: number | null }) {
  const upToVersion = takeVersion(input.upToVersion, "input.upToVersion");
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
    const marked = await markSnoozed(tx, place, input.until ?? null);
    if (marked === "PAST")
      throw badUserInput("input.until", "must be an instant that is to come, or null to end the snooze");
    return marked;
  });
}

/** Pins a session to the top of the reader's inbox, or takes the pin away. */
export function pinSession(caller: Caller, input: MarkInput & { pinned: boolean }) {
  return mark(caller, input, (tx, place) => markPinned(tx, place, input.pinned));
}

/** Finds the session and the reader that are meant, saves the mark and gives the two. */
async function mark(
  caller: Caller,
  input: MarkInput,
  save: (tx: Tx, place: MarkPlaces) => Promise<readonly string[]>,
): Promise<MarkPlace> {
  const readerId = requireReader(caller, input.readerId, "input.readerId");
  const ifVersion = takeVersion(input.ifVersion, "input.ifVersion");
  const place = { readerId, sessionId: await requireSession(caller, input.session, "input.session") };
  await transaction(caller.store, (tx) => saveUnchanged(tx, place, ifVersion, save));
  caller.store.bases.marked(caller.store, readerId);
  return place;
}

/** Saves a mark, if the session is as the caller saw it. No change of it, or of its marks, can come between. */
async function saveUnchanged(
  tx: Tx,
  place: MarkPlace,
  ifVersion: number | null,
  save: (tx: Tx, place: MarkPlaces) => Promise<readonly string[]>,
): Promise<void> {
  const places = { readerId: place.readerId, sessionIds: [place.sessionId] };
  if (ifVersion === null) return void (await save(tx, places));
  await keepSessions(tx, places.sessionIds);
  await holdVersion(tx);
  const actual = await readChangeVersion(tx, place.sessionId, place.readerId);
  const changed = await save(tx, places);
  if (changed.length > 0 && actual !== ifVersion)
    throw preconditionFailed(`session ${place.sessionId}`, ifVersion, actual);
}
