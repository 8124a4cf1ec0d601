import type pg from "pg";
import { type Retention, removeOldSessions, sweepTenant } from "../actions/sweep.js";
import type { Store } from "../store/store.js";
import { findCrowdedTenants, findDueTenants, withSweepLock } from "../store/sweep.js";
import type { Log } from "./log.js";

/** What a sweeper works on. */
export interface SweeperOptions {
  pool: pg.Pool;
  store: Store;
  log: Log;
  /** How long it rests between two sweeps, in milliseconds. */
  everyMs: number;
  retention: Retention;
}

/** How long it rests at least between two looks for sessions to remove, in milliseconds. */
const clearEveryMs = 60_000;

/**
 * Begins to end what only time ends: leases, snoozes, sessions. One node at a time does it, and only the database's clock
 * says what is due. Gives what stops it, which waits for the sweep under way.
 */
export function startSweeper({ pool, store, log, everyMs, retention }: SweeperOptions): () => Promise<void> {
  let isStopped = false;
  let isAway = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay = Promise.resolve();
  let clearedAt = -Infinity;

  const faultIn = (tenantId: string) => (error: unknown) =>
    log.warn({ err: error, tenantId }, "something due was not done");
  const sweepAll = async () => {
    let isMore = true;
    while (isMore && !isStopped) {
      isMore = false;
      for (const tenantId of await findDueTenants(pool)) {
        if (!isStopped && (await sweepTenant(store.tenant(tenantId), faultIn(tenantId)))) isMore = true;
      }
    }
  };
  const clearAll = async () => {
    if (performance.now() - clearedAt < clearEveryMs) return;
    clearedAt = performance.now();
    const { graceSeconds, days } = retention;
    for (const tenantId of await findCrowdedTenants(pool, graceSeconds, days)) {
      let isMore = true;
      while (isMore && !isStopped)
        isMore = await removeOldSessions(store.tenant(tenantId), retention, faultIn(tenantId));
    }
  };
  const sweep = async () => {
    try {
      await withSweepLock(pool, async () => {
        await sweepAll();
        await clearAll();
      });
      isAway = false;
    } catch (error) {
      if (!isAway && !isStopped) log.warn({ err: error }, "sweeping failed; it is tried again");
      isAway = true;
    }
    if (!isStopped) timer = setTimeout(begin, everyMs);
  };
  const begin = () => {
    underWay = sweep();
  };
  begin();

  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await underWay;
  };
}
