import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { type Look, type Looking, indexTenant } from "../actions/search/index-tenant.js";
import type { Hub } from "../realtime/hub.js";
import { findTenantsToIndex } from "../store/search/find.js";
import type { Store } from "../store/store.js";
import { startDuty } from "./duty.js";
import type { Log } from "./log.js";
import { TenantNews } from "./tenant-news.js";

/** What an indexer works on. */
export interface IndexerOptions {
  /** Its own connections: those of callers may all be lent out. */
  pool: pg.Pool;
  /** A store over that pool. */
  store: Store;
  log: Log;
  /** Rings whatever is written, on this node or another. */
  hub: Hub;
  /** How long it rests between two rounds, in milliseconds. */
  everyMs: number;
}

/** How long it waits for news, in milliseconds: it looks then all the same. */
const pollMs = 5_000;

/**
 * How long it rests after a step, as a multiple of the time that the step took: the database is there for others. Longer while this
 * process is busy most of the time: callers come first then, and what they send is indexed once there are fewer of them.
 */
const restFactor = 1;
const busyRestFactor = 4;

/** From which share of the time on in which its event loop works a process is busy. */
const busyFrom = 0.75;

/** Makes what tells how long to rest after a step that took some time, both in milliseconds. */
export function createRest(): (tookMs: number) => number {
  let before = performance.eventLoopUtilization();
  return (tookMs) => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return tookMs * (utilization < busyFrom ? restFactor : busyRestFactor);
  };
}

/** Of how many tenants it looks at the sessions at once, a step of each in turn. */
const maxLooks = 32;

/**
 * How long passes between two looks at all tenants, as a multiple of the time that one took: so they cost at most a twentieth of the
 * time, however many tenants there are.
 */
const lookFactor = 20;

/**
 * Begins to bring what is written into the index of texts, one node at a time. News make it look at once at the tenants that have
 * some, and what it looks at is the sessions themselves; of all tenants it looks at them now and then, so that nothing is lost if no
 * news come. Gives what stops it, which waits for what is under way.
 */
export function startIndexer({ pool, store, log, hub, everyMs }: IndexerOptions): () => Promise<void> {
  const news = new TenantNews();
  const bell = hub.attachToAll((topics) => news.hear(topics));
  let nextLookAt = 0;
  const findTenants = async () => {
    const named = news.take();
    const begunAt = performance.now();
    if (named !== null && begunAt < nextLookAt)
      return named.length === 0 ? [] : findTenantsToIndex(pool, named);
    const tenants = await findTenantsToIndex(pool);
    const tookMs = performance.now() - begunAt;
    nextLookAt = begunAt + Math.max(pollMs, lookFactor * tookMs);
    return tenants;
  };
  /** Does a step of a look. Gives how it stands where it ends with it. */
  const goOn = async (tenantId: string, looking: Looking): Promise<Look | "FAILED" | undefined> => {
    try {
      const { done, value } = await looking.next();
      return done ? value : undefined;
    } catch (error) {
      log.warn({ err: error, tenantId }, "texts were not indexed; it is tried again");
      return "FAILED";
    }
  };
  const work = async (isStopped: () => boolean) => {
    const waiting = new Set<string>();
    const looks = new Map<string, Looking>();
    let nextNewsAt = 0;
    const restAfter = createRest();
    while (!isStopped()) {
      if (performance.now() >= nextNewsAt) {
        for (const tenantId of await findTenants()) waiting.add(tenantId);
        nextNewsAt = performance.now() + everyMs;
      }
      for (const tenantId of waiting) {
        if (looks.size >= maxLooks) break;
        if (looks.has(tenantId)) continue;
        waiting.delete(tenantId);
        looks.set(tenantId, indexTenant(store.tenant(tenantId)));
      }
      if (looks.size === 0) break;
      // A step of each in turn: who has much to be indexed holds up nobody else.
      for (const [tenantId, looking] of looks) {
        if (isStopped()) break;
        const begunAt = performance.now();
        const look = await goOn(tenantId, looking);
        const restMs = restAfter(performance.now() - begunAt);
        if (look) looks.delete(tenantId);
        if (look === "MORE") waiting.add(tenantId);
        if (look === "SOON") {
          news.add([tenantId]);
          bell.ring();
        }
        await delay(restMs);
      }
    }
  };
  return startDuty("search", { pool, log, everyMs, work, news: { bell, waitMs: pollMs } });
}
