import type pg from "pg";
import { Bell } from "../realtime/hub.js";
import { type Duty, withSweepLock } from "../store/sweep.js";
import type { Log } from "./log.js";

/** What a duty is, and on what it works. */
export interface DutyOptions {
  /** Its own connections: those of callers may all be lent out. */
  pool: pg.Pool;
  log: Log;
  /** How long it rests between two rounds, in milliseconds. */
  everyMs: number;
  /** Does a round, which ends early once it is told to stop. */
  work: (isStopped: () => boolean) => Promise<void>;
  /** After its rest it also waits for this, or the time that the bell is waited for. Default: it waits for nothing more. */
  news?: { bell: Bell; waitMs: number };
}

/** Begins to do a duty, one node at a time. Gives what stops it, which waits for what is under way. */
export function startDuty(duty: Duty, { pool, log, everyMs, work, news }: DutyOptions): () => Promise<void> {
  // Nobody rings it: it is waited for by the clock, and closed to end that.
  const rest = new Bell(() => {});
  let isAway = false;
  const isStopped = () => rest.closed;
  const run = async () => {
    while (!isStopped()) {
      try {
        await withSweepLock(pool, duty, () => work(isStopped));
        isAway = false;
      } catch (error) {
        if (!isAway && !isStopped()) log.warn({ err: error, duty }, "sweeping failed; it is tried again");
        isAway = true;
      }
      await rest.wait(everyMs);
      if (!isStopped()) await news?.bell.wait(news.waitMs);
    }
  };
  const running = run();
  return async () => {
    rest.close();
    news?.bell.close();
    await running;
  };
}
