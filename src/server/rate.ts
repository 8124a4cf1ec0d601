import { LRUCache } from "lru-cache";
import { entries } from "../domain/entries.js";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import { type Viewer, viewerKey } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import type { Budget } from "../graphql/engine/graph.js";

/** Over how long points are counted, in seconds. */
const periodSeconds = 60;

/** Of how many viewers it is remembered that they have spent everything. */
const rememberedViewers = 10_000;

/**
 * What each viewer may spend in a minute, in points: an operation costs ten and as many as it asks for fields. Counted on this
 * node, or over all nodes in a Redis; while that does not answer, on this node.
 */
export class Rate implements Budget {
  readonly #points: number;
  readonly #limiter: RateLimiterAbstract;
  /** Until when viewers have nothing left, as `performance.now()` counts: they are refused before their requests are parsed. */
  readonly #spent = new LRUCache<string, number>(entries(rememberedViewers));

  /** `redis` is a client of ioredis; null to count on this node alone. */
  constructor(points: number, redis: unknown) {
    this.#points = points;
    const options = { points, duration: periodSeconds, keyPrefix: "agentrun-rate" };
    const own = new RateLimiterMemory(options);
    this.#limiter =
      redis === null ? own : new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: own });
  }

  check(viewer: Viewer): void {
    const until = this.#spent.get(viewerKey(viewer));
    const leftMs = (until ?? 0) - performance.now();
    if (leftMs > 0) throw this.#refusal(leftMs);
  }

  async spend(viewer: Viewer, points: number): Promise<void> {
    const key = viewerKey(viewer);
    try {
      await this.#limiter.consume(key, Math.min(points, this.#points));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // Where the clock was set back the limiter counts that in.
      const waitMs = Math.min(error.msBeforeNext, periodSeconds * 1_000);
      this.#spent.set(key, performance.now() + waitMs);
      throw this.#refusal(waitMs);
    }
  }

  #refusal(waitMs: number): AgentRunError {
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return new AgentRunError(
      `this caller has spent its ${this.#points} points a minute; it may go on in ${retryAfterSeconds} s`,
      { code: "RATE_LIMITED", details: { limit: this.#points, retryAfterSeconds } },
    );
  }
}

/** What counts the points, and how to let go of it. */
export async function openRate(points: number, redisUrl: string | null): Promise<Rate & { close(): void }> {
  if (redisUrl === null) return Object.assign(new Rate(points, null), { close: () => {} });
  // ioredis takes 40 ms to load: only a service that uses it waits for it.
  const { Redis } = await import("ioredis");
  const redis = new Redis(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    // A frozen one is one that does not answer.
    commandTimeout: 1_000,
    lazyConnect: true,
  });
  // While it does not answer points are counted on this node.
  redis.on("error", () => {});
  await redis.connect().catch(() => {});
  return Object.assign(new Rate(points, redis), { close: () => redis.disconnect() });
}
