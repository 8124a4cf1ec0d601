import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import { freePort } from "./program.js";
import { openProxy } from "./tcp-proxy.js";

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

/** A Redis that a test may kill and start again at the same URL, or stop so that it takes connections and answers nothing. */
export interface MortalRedis {
  url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  freeze(): void;
  /** Has it go on where it froze. */
  thaw(): void;
}

/**
 * A redis-server of the test's own where that program is installed; else the one that answers, behind a proxy that cuts it
 * off; undefined where there is neither. Ends with the test.
 */
export async function startMortalRedis(): Promise<MortalRedis | undefined> {
  const own = await startRedisProcess();
  if (own) return own;
  const answering = await findRedis();
  return answering === undefined ? undefined : cutOff(answering);
}

async function startRedisProcess(): Promise<MortalRedis | undefined> {
  const port = await freePort();
  let kill = async () => {};
  let signal = (_name: NodeJS.Signals) => {};
  const start = async () => {
    const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
    await once(child, "spawn");
    signal = (name) => child.kill(name);
    kill = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    };
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes("Ready to accept connections")) return;
    }
    throw new Error("redis-server did not start");
  };
  onTestFinished(() => kill());
  try {
    await start();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => kill(),
    start,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
  };
}

async function cutOff(answering: string): Promise<MortalRedis> {
  const proxy = await openProxy(answering);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return {
    url: proxy.url,
    kill: async () => proxy.cut(),
    start: async () => proxy.restore(),
    freeze: () => proxy.freeze(),
    thaw: () => {
      // Of what froze nothing goes on: it is cut, and new connections are carried.
      proxy.cut();
      proxy.restore();
    },
  };
}
