/* The states in which one session was known of the service, oldest first: kept so that it can be told which of them was counted. */
import type { InboxSession } from "./inbox-list.js";

/** How many states of a session are remembered, to tell which of them was counted. */
const maxKnown = 64;

/** True if a session is as late as another, or later. */
export function isNewer(session: InboxSession, other: InboxSession | undefined): boolean {
  if (!other) return true;
  const [own, others] = [session.attention.changeVersion, other.attention.changeVersion];
  return own > others || (own === others && session.lastEventSeq >= other.lastEventSeq);
}

/** Adds a state, unless a later one is known. */
export function addKnown(known: InboxSession[], session: InboxSession): void {
  if (!isNewer(session, known.at(-1))) return;
  known.push(session);
  if (known.length > maxKnown) known.splice(1, 1);
}
