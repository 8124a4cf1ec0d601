import { endSnoozes } from "../store/inbox/mark.js";
import { findDueAttempts } from "../store/queue/attempt.js";
import { findExpiredSessions, findForgottenSessions } from "../store/retention.js";
import { findExpiredRuns } from "../store/run.js";
import { findPastSessions, saveExpired } from "../store/session.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import { expireRunLease } from "./finish-run.js";
import { expireQueueAttempt } from "./queue/attempt.js";
import { removeSession } from "./retention.js";

/** How many things of one kind a sweep deals with at most. */
const sweepSize = 100;

/**
 * One kind of work that time alone brings about. `find` gives the ids of what is due, and `handle` deals with one of
 * them.
 */
interface Chore {
  find: (store: TenantStore, limit: number) => Promise<readonly string[]>;
  handle: (store: TenantStore, id: string) => Promise<unknown>;
}

const chores: readonly Chore[] = [
  { find: findExpiredRuns, handle: expireRunLease },
  { find: findDueAttempts, handle: expireQueueAttempt },
  {
    find: findPastSessions,
    handle: (store, sessionId) => transaction(store, (tx) => saveExpired(tx, sessionId)),
  },
];

/** Tells when a session is removed with all that belongs to it. */
export interface Retention {
  /** How long after its `expiresAt`, in seconds. In this time, followers that were away learn that it is gone. */
  graceSeconds: number;
  /** After how many days without activity if it has no `expiresAt`. Null means never. */
  days: number | null;
}

/**
 * Removes the sessions that the tenant keeps no longer. Errors are passed to `onFault`. Gives true if there may be
 * more to remove.
 */
export async function removeOldSessions(
  store: TenantStore,
  { graceSeconds, days }: Retention,
  onFault: (error: unknown) => void,
): Promise<boolean> {
  const expired = await findExpiredSessions(store, graceSeconds, sweepSize);
  const forgotten = days === null ? [] : await findForgottenSessions(store, days, sweepSize);
  let removed = 0;
  for (const sessionId of [...expired, ...forgotten]) {
    try {
      if (await removeSession(store, sessionId)) removed += 1;
    } catch (error) {
      onFault(error);
    }
  }
  return removed >= sweepSize;
}

/**
 * Does what is due in a tenant: ends leases and snoozes that ran out, and tells followers of sessions that expired.
 * Errors are passed to `onFault`, and the next sweep tries again. Gives true if more is due.
 */
export async function sweepTenant(store: TenantStore, onFault: (error: unknown) => void): Promise<boolean> {
  const isDone = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      onFault(error);
      return false;
    }
  };
  let isMore = false;
  for (const { find, handle } of chores) {
    const ids = await find(store, sweepSize);
    let failures = 0;
    for (const id of ids) if (!(await isDone(() => handle(store, id)))) failures += 1;
    isMore ||= ids.length === sweepSize && failures === 0;
  }
  let snoozes = 0;
  await isDone(async () => {
    snoozes = await transaction(store, (tx) => endSnoozes(tx, sweepSize));
  });
  return isMore || snoozes === sweepSize;
}
