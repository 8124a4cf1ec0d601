import { lockAskedOfSession } from "../store/input-request.js";
import type { SessionRow } from "../store/row.js";
import { findLiveRuns, saveExpired } from "../store/session.js";
import { findBusySessions, lockSession, saveExpiries } from "../store/session-locks.js";
import { findUnexpiredBelow } from "../store/session-tree.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { cancelOpenRun } from "./finish-run.js";
import { withdrawAll } from "./input-request/close.js";
import type { Reason } from "./reason.js";
import { type HeldSession, holdSessions, saveAsking } from "./session.js";

/** How many runs a transaction cancels at most. */
const batchRuns = 50;

/** How many requests of ended runs a transaction withdraws at most. */
const batchRequests = 500;

/** How many sessions below one are looked for at once. */
const batchSessions = 100;

/** Why the runs of a session are cancelled that has expired, or that was deleted. */
const reasonOf = ({ removing }: SessionRow): Reason => ({
  text: removing ? "session deleted" : "session expired",
  redactions: 0,
});

/**
 * Cancels the live runs of a session whose `expiresAt` has passed or that was deleted, and of all below it, and takes them out of every list. It goes
 * from below up, so that the session is found again if this breaks off. Changes nothing of those that were given a later
 * `expiresAt` in the meantime.
 */
export async function expireSession(store: TenantStore, sessionId: string): Promise<void> {
  await expireBelow(store, sessionId);
  await expireAlone(store, sessionId);
}

/** As {@link expireSession}, of those below it alone. */
export async function expireBelow(store: TenantStore, sessionId: string): Promise<void> {
  let before: string | undefined;
  for (;;) {
    const below = await findUnexpiredBelow(store, { sessionId, limit: batchSessions });
    // What came back to life in the meantime is found again and again.
    if (below.length === 0 || below[0] === before) break;
    for (const id of below) await expireAlone(store, id);
    before = below[0];
  }
}

async function expireAlone(store: TenantStore, sessionId: string): Promise<void> {
  const expireSome = async (tx: Tx) => {
    const row = await lockSession(tx, sessionId);
    return !row?.past || row.expired || (await expireHeld(tx, { row, past: true }));
  };
  while (!(await transaction(store, expireSome)));
}

/**
 * As {@link expireSession}, of several in one transaction. Gives the ids of those that it left, since somebody else has locked
 * them, they have live runs or open requests, or they are part of a tree.
 */
export function expireSessions(store: TenantStore, sessionIds: readonly string[]): Promise<string[]> {
  return transaction(store, async (tx) => {
    const sessions = await holdSessions(tx, sessionIds, "SKIP");
    const untold = [...sessions.values()]
      .filter(({ row, past }) => past && !row.expired)
      .map(({ row }) => row.id);
    const busy = new Set(untold.length > 0 ? await findBusySessions(tx, untold) : []);
    const quiet = untold.filter((id) => !busy.has(id));
    if (quiet.length > 0) await saveExpiries(tx, quiet);
    return sessionIds.filter((id) => !sessions.has(id) || busy.has(id));
  });
}

/**
 * Cancels some of the live runs of a held session and withdraws some of what its ended runs ask. Gives how many runs it cancelled,
 * and whether nothing is left.
 */
export async function cancelWork(
  tx: Tx,
  session: HeldSession,
  why: Reason,
): Promise<{ cancelled: number; done: boolean }> {
  const { id } = session.row;
  const runIds = await findLiveRuns(tx, id, batchRuns);
  for (const runId of runIds) await cancelOpenRun(tx, session, runId, why);
  const cancelled = runIds.length;
  if (cancelled === batchRuns) return { cancelled, done: false };
  // Those of runs that ended BLOCKED.
  const asked = await lockAskedOfSession(tx, id, batchRequests);
  await withdrawAll(tx, asked);
  if (asked.length > 0) await saveAsking(tx, session);
  return { cancelled, done: asked.length < batchRequests };
}

/**
 * Does some of what {@link cancelWork} does, and takes the session out of every list once nothing is left. It takes no new work
 * meanwhile, once its `expiresAt`, or that of a session above it, has passed. With NOW, one that has not expired has expired from
 * then on. Gives true once it is in no list.
 */
export async function expireHeld(tx: Tx, session: HeldSession, from?: "NOW"): Promise<boolean> {
  const { done } = await cancelWork(tx, session, reasonOf(session.row));
  if (done) await saveExpired(tx, session.row, from);
  return done;
}
