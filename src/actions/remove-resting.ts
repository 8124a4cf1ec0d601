import { removeBatches } from "../store/event-log/batch-removal.js";
import { forgetTasks, removeTasks } from "../store/queue/removal.js";
import type { RestingKind } from "../store/resting.js";
import { forgetRequests } from "../store/request-removal.js";
import { dropRunLinks, lockRestingRuns, removeRunRecords, removeRuns } from "../store/run-removal.js";
import { removeUnseenRunners } from "../store/runner.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { batchRows } from "./retention.js";

/** How many runs, or tasks, a transaction locks at most to remove them. */
const groupSize = 50;

/**
 * Removes those of these things of one tenant that are kept no longer and that nobody holds or has locked, children first,
 * in batches, each a transaction of its own. After an interruption the next call goes on. `seconds` is how long they rest.
 */
export async function removeResting(
  kind: RestingKind,
  store: TenantStore,
  ids: readonly string[],
  seconds: number,
): Promise<void> {
  for (let first = 0; first < ids.length; first += groupSize) {
    const group = ids.slice(first, first + groupSize);
    for (let isMore = true; isMore;)
      isMore = await transaction(store, (tx) => steps[kind](tx, group, seconds));
  }
}

/** Does a part of it. Gives true if more is to be done. */
type Step = (tx: Tx, ids: readonly string[], seconds: number) => Promise<boolean>;

const steps: Record<RestingKind, Step> = {
  runs: async (tx, ids, seconds) => {
    const runIds = await lockRestingRuns(tx, ids, seconds);
    if (runIds.length === 0) return false;
    const left = await removeRunRecords(tx, runIds, batchRows);
    if (left === 0) return true;
    await dropRunLinks(tx, runIds);
    return (await removeRuns(tx, runIds, left)) === 0;
  },
  endedTasks: async (tx, ids) => {
    await forgetTasks(tx, ids);
    return false;
  },
  forgottenTasks: async (tx, ids) => !(await removeTasks(tx, ids, batchRows)),
  removedRequests: async (tx, ids) => {
    await forgetRequests(tx, ids);
    return false;
  },
  runners: async (tx, ids, seconds) => {
    await removeUnseenRunners(tx, ids, seconds);
    return false;
  },
  batches: async (tx, ids, seconds) => {
    await removeBatches(tx, ids, seconds);
    return false;
  },
};
