import { Redis } from "ioredis";

/** The Redis that answers at AGENTRUN_TEST_REDIS_URL (otherwise on this machine), under a database number that is rarely used. */
export async function findRedis(): Promise<string | undefined> {
  const url = new URL(process.env["AGENTRUN_TEST_REDIS_URL"] ?? "redis://127.0.0.1:6379");
  url.pathname = "/13";
  const redis = new Redis(url.href, { lazyConnect: true, retryStrategy: null, connectTimeout: 1_000 });
  redis.on("error", () => {});
  try {
    await redis.connect();
    await redis.ping();
    return url.href;
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}
