import { LRUCache } from "lru-cache";
import { entries } from "../domain/entries.js";
import { endSnoozes, findDueSnoozes } from "../store/inbox/mark.js";
import { findDueRequests } from "../store/input-request.js";
import { findDueAttempts } from "../store/queue/attempt.js";
import { findExpiredRuns } from "../store/run.js";
import { findPastSessions } from "../store/session.js";
import type { DueSearch } from "../store/statement.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import { expireRunLease, expireRunLeases } from "./expire-run-leases.js";
import { expireSession, expireSessions } from "./expire-session.js";
import { expireInputRequest } from "./input-request/expire.js";
import { expireQueueAttempts } from "./queue/expire-attempts.js";

/** How many things of one kind a sweep looks for at once. */
const sweepSize = 150;

/** How many of them it deals with in one transaction. */
const groupSize = 50;

/** How many transactions are under way at once. */
const lanes = 3;

/** What could not be done is tried again after so long, in milliseconds, and of how many things that is remembered. */
const retryMs = 5_000;
const rememberedFailures = 10_000;

/** One kind of work that time alone brings about. */
interface Chore {
  /** Finds the ids of what is due. */
  find: (store: TenantStore, search: DueSearch) => Promise<readonly string[]>;
  /** Deals with several in one transaction. Gives the ids of those that it left, since somebody else has locked them. */
  together: (store: TenantStore, ids: readonly string[]) => Promise<readonly string[]>;
  /** Deals with one, whose lock it waits for. */
  alone: (store: TenantStore, id: string) => Promise<unknown>;
}

const chores: readonly Chore[] = [
  {
    find: findExpiredRuns,
    together: (store, ids) => expireRunLeases(store, ids, "SKIP"),
    alone: expireRunLease,
  },
  {
    find: findDueAttempts,
    together: (store, ids) => expireQueueAttempts(store, ids, "SKIP"),
    alone: (store, id) => expireQueueAttempts(store, [id], "WAIT"),
  },
  { find: findDueRequests, together: async (_store, ids) => ids, alone: expireInputRequest },
  {
    find: findPastSessions,
    together: expireSessions,
    alone: expireSession,
  },
  {
    find: findDueSnoozes,
    together: async (store, ids) => {
      await transaction(store, (tx) => endSnoozes(tx, ids));
      return [];
    },
    alone: (store, id) => transaction(store, (tx) => endSnoozes(tx, [id])),
  },
];

/** What is due and could not be done a moment ago: it is passed over for a while, so that it hides nothing else. */
export class Failing {
  readonly #ids = new LRUCache<string, true>({ ...entries(rememberedFailures), ttl: retryMs });

  add(id: string): void {
    this.#ids.set(id, true);
  }

  get ids(): readonly string[] {
    this.#ids.purgeStale();
    return [...this.#ids.keys()];
  }
}

/**
 * Does what is due in a tenant: ends leases and snoozes that ran out, and tells followers of sessions that expired. What
 * cannot be done is told to `onFault`, and passed over for 5 s. Gives true if more is due.
 */
export async function sweepTenant(
  store: TenantStore,
  failing: Failing,
  onFault: (error: unknown) => void,
): Promise<boolean> {
  let isMore = false;
  for (const chore of chores) {
    const ids = await chore.find(store, { limit: sweepSize, failing: failing.ids });
    isMore ||= ids.length === sweepSize;
    const groups = groupsOf(ids);
    const work = async () => {
      for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
        await handle(store, chore, group, (id, error) => {
          failing.add(id);
          onFault(error);
        });
      }
    };
    await Promise.all(Array.from({ length: lanes }, work));
  }
  return isMore;
}

function groupsOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / groupSize) }, (_, n) =>
    ids.slice(n * groupSize, (n + 1) * groupSize),
  );
}

/** Deals with a group together, and then with each that somebody has locked; if the group fails, with each for itself. */
async function handle(
  store: TenantStore,
  chore: Chore,
  ids: readonly string[],
  onFailed: (id: string, error: unknown) => void,
): Promise<void> {
  const left = ids.length === 1 ? ids : await chore.together(store, ids).catch(() => ids);
  for (const id of left) {
    try {
      await chore.alone(store, id);
    } catch (error) {
      onFailed(id, error);
    }
  }
}
