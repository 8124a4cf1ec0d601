import type pg from "pg";
import { type Places, type Retention, removeOldSessions, removeOthers } from "../actions/clear.js";
import { Failing, sweepTenant } from "../actions/sweep.js";
import { removeDeadStreams } from "../store/delta/sweep.js";
import { tendBase } from "../store/inbox/base/keep.js";
import { nobody } from "../store/inbox/base/since.js";
import { findUntended, sweepBases } from "../store/inbox/base/sweep.js";
import { type CountGroup, sweepCounts } from "../store/queue/count-sweep.js";
import { findResting } from "../store/resting.js";
import type { Store } from "../store/store.js";
import { type Duty, findCrowdedTenants, findDueTenants } from "../store/sweep.js";
import { tendTenantStatistics } from "../store/tenant-statistics.js";
import { startDuty } from "./duty.js";
import type { Log } from "./log.js";

/** What a sweeper works on. */
export interface SweeperOptions {
  /** Its own connections: those of callers may all be lent out. */
  pool: pg.Pool;
  /** A store over that pool. */
  store: Store;
  log: Log;
  /** How long it rests between two sweeps, in milliseconds. */
  everyMs: number;
  retention: Retention;
}

/** How long it rests between two looks for what is kept no longer, in milliseconds. */
const clearEveryMs = 60_000;

/** How long it rests between two looks at whose kept counts are behind, in milliseconds, and which look is for tenants without any, too. */
const countsEveryMs = 10_000;
const seeksNewEvery = 6;

/** How long it rests between two looks at what Postgres knows of tenants, in milliseconds. */
const statisticsEveryMs = 600_000;

/**
 * Begins to do what only time brings about: to end leases, snoozes and sessions, and, beside that, to remove what is kept no
 * longer, and to have plans made for large tenants. One node at a time does each, and only the database's clock says what is due. Gives what stops it, which waits
 * for what is under way.
 */
export function startSweeper(options: SweeperOptions): () => Promise<void> {
  const begin = (duty: Duty, everyMs: number, work: Work) =>
    startDuty(duty, { ...options, everyMs, work: (isStopped) => work(options, isStopped) });
  const stops = [
    begin("due", options.everyMs, sweep),
    begin("retention", clearEveryMs, createClear()),
    begin("counts", countsEveryMs, createTend()),
    begin("statistics", statisticsEveryMs, async ({ pool }) => void (await tendTenantStatistics(pool))),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** A duty's work, which ends early once it is told to stop. */
type Work = (options: SweeperOptions, isStopped: () => boolean) => Promise<void>;

const faultIn = (log: Log) => (error: unknown, tenantId: string) =>
  log.warn({ err: error, tenantId }, "something due was not done");

/** What could not be done by the sweeps of this process. */
const failing = new Failing();

const sweep: Work = async ({ pool, store, log }, isStopped) => {
  const onFault = faultIn(log);
  for (let isMore = true; isMore && !isStopped();) {
    isMore = false;
    for (const tenantId of await findDueTenants(pool, failing.ids)) {
      if (isStopped()) return;
      const fault = (error: unknown) => onFault(error, tenantId);
      if (await sweepTenant(store.tenant(tenantId), failing, fault)) isMore = true;
    }
  }
};

/** Has the counts of large tenants kept, for readers who have marked nothing. */
function createTend(): Work {
  let looks = 0;
  return async ({ pool, store, log }, isStopped) => {
    const seeksNew = looks % seeksNewEvery === 0;
    looks += 1;
    for (const tenantId of await findUntended(pool, seeksNew)) {
      if (isStopped()) return;
      await tendBase(store.tenant(tenantId), nobody).catch((error: unknown) => faultIn(log)(error, tenantId));
    }
  };
}

/** Each clearing goes on where the last one left off. */
function createClear(): Work {
  const places: Places = new Map();
  let counted: CountGroup | null = null;
  return async (options, isStopped) => {
    for (let isMore = true; isMore && !isStopped();) {
      const { last, taken } = await sweepCounts(options.pool, counted);
      counted = last;
      // Where there is nothing to put together it looks at a few thousand rows a round.
      isMore = taken > 0 && last !== null;
    }
    await clear(options, places, isStopped);
  };
}

async function clear(
  { pool, store, log, retention }: SweeperOptions,
  places: Places,
  isStopped: () => boolean,
): Promise<void> {
  while (!isStopped() && (await removeDeadStreams(pool)));
  while (!isStopped() && (await sweepBases(pool)));
  const clearing = { retention, onFault: faultIn(log), isStopped };
  for (const tenantId of await findCrowdedTenants(pool, retention.graceSeconds, retention.days))
    await removeOldSessions(store.tenant(tenantId), clearing);
  await removeOthers(store, (kind, search) => findResting(pool, kind, search), places, clearing);
}
