import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Random } from "../support/random.js";
import type { TcpProxy } from "../support/tcp-proxy.js";
import type { StormNode } from "./nodes.js";

/** Something that was done to the service. */
export type Fault = "pause" | "swallow" | "lock";

/** What there is to be harmed, and how much. */
export interface FaultOptions {
  nodes: readonly StormNode[];
  /** Before the database, for one of the nodes. */
  proxy: TcpProxy;
  databaseUrl: string;
  /** The tenant whose row is locked. */
  tenant: string;
  /** The longest pause, in milliseconds. The shortest is a second. */
  pauseMs: number;
  random: Random;
  /** Ends the faults: what is under way is undone. */
  signal: AbortSignal;
}

/** Does all of it side by side until the signal; gives what was done. */
export async function doHarm(options: FaultOptions): Promise<Fault[]> {
  const faults: Fault[] = [];
  const { nodes } = options;
  // Nothing is done to the first node, so that the storm goes on.
  const pausing = nodes.slice(1).map((node) => pauseAgainAndAgain(options, node, faults));
  await Promise.all([...pausing, swallowAgainAndAgain(options, faults), lockAgainAndAgain(options, faults)]);
  return faults;
}

async function pauseAgainAndAgain(options: FaultOptions, node: StormNode, faults: Fault[]): Promise<void> {
  const { random, signal, pauseMs } = options;
  while (!signal.aborted) {
    await rest(random.below(pauseMs / 4), signal);
    if (signal.aborted) return;
    node.pause();
    await rest(1_000 + random.below(pauseMs - 1_000), signal);
    node.resume();
    faults.push("pause");
  }
}

async function swallowAgainAndAgain(options: FaultOptions, faults: Fault[]): Promise<void> {
  const { random, signal, proxy, pauseMs } = options;
  while (!signal.aborted) {
    await rest(pauseMs / 6 + random.below(pauseMs / 2), signal);
    if (signal.aborted) return;
    proxy.swallow();
    faults.push("swallow");
  }
}

async function lockAgainAndAgain(options: FaultOptions, faults: Fault[]): Promise<void> {
  const { random, signal, databaseUrl, tenant, pauseMs } = options;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    while (!signal.aborted) {
      await rest(1_000 + random.below(4_000), signal);
      if (signal.aborted) return;
      await client.query("BEGIN");
      await client.query("SELECT FROM tenant WHERE tenant_id = $1 FOR UPDATE", [tenant]);
      await rest(1_000 + random.below(Math.min(8_000, pauseMs)), signal);
      await client.query("ROLLBACK");
      faults.push("lock");
    }
  } finally {
    await client.end();
  }
}

/** Waits, at most until the signal. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
