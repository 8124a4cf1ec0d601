import type { Bench } from "../bench.js";
import { openServerProcess } from "../server-process.js";
import { type BroadcastFigures, measureBroadcast } from "./broadcast.js";
import { type LatencyFigures, measureLatency } from "./latency.js";
import { type MemoryFigures, measureMemory } from "./memory.js";

/** What one run of the bench found. */
export interface LiveFigures {
  memory: MemoryFigures;
  broadcasts: BroadcastFigures[];
  latencies: LatencyFigures[];
}

/** Following over WebSocket: what a subscriber costs, how many can be told, and how soon. */
export async function measureLive(bench: Bench): Promise<LiveFigures> {
  const bare = await openServerProcess("bare", bench.databaseUrl);
  try {
    // First, while both servers are as they started: what was once used and is free again would hide what is taken.
    const memory = await measureMemory(bench, bare);
    const broadcasts: BroadcastFigures[] = [];
    for (const subscribers of [100, 1_000, 5_000]) {
      broadcasts.push(await measureBroadcast(bench, bare, subscribers));
    }
    return { memory, broadcasts, latencies: await measureLatency(bench) };
  } finally {
    await bare.close();
  }
}
