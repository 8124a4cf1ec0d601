import type pg from "pg";
import { sweepTenant } from "../actions/sweep.js";
import type { Store } from "../store/store.js";
import { findDueTenants, withSweepLock } from "../store/sweep.js";
import type { Log } from "./log.js";

/** What a sweeper works on. */
export interface SweeperOptions {
  pool: pg.Pool;
  store: Store;
  log: Log;
  /** How long it rests between two sweeps, in milliseconds. */
  everyMs: number;
}

/**
 * Begins to end what only time ends: leases, snoozes, sessions. One node at a time does it, and only the database's clock
 * says what is due. Gives what stops it, which waits for the sweep under way.
 */
export function startSweeper({ pool, store, log, everyMs }: SweeperOptions): () => Promise<void> {
  let isStopped = false;
  let isAway = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay = Promise.resolve();

  const sweepAll = async () => {
    let isMore = true;
    while (isMore && !isStopped) {
      isMore = false;
      for (const tenantId of await findDueTenants(pool)) {
        const onFault = (error: unknown) => log.warn({ err: error, tenantId }, "something due was not done");
        if (!isStopped && (await sweepTenant(store.tenant(tenantId), onFault))) isMore = true;
      }
    }
  };
  const sweep = async () => {
    try {
      await withSweepLock(pool, sweepAll);
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
