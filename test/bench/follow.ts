import type { Bench } from "./bench.js";
import { printLine } from "./comparison.js";
import { idOf } from "./rows.js";

const eventsPerSecond = 100;

/** Following: from the moment an append is sent to its event's receipt over WebSocket. */
export async function benchFollow({ load, serviceUrl }: Bench): Promise<void> {
  for (const followers of [1, 100]) {
    const runId = idOf("run", 100 + followers);
    const { p50Ms, p99Ms } = await load.follow({
      url: serviceUrl,
      runId,
      followers,
      eventsPerSecond,
      durationMs: 4_000,
    });
    const what = `follow, ${followers} followers, ${eventsPerSecond} events/s`;
    printLine(what, `p50 ${p50Ms.toFixed(1)} ms`, `p99 ${p99Ms.toFixed(1)} ms`, "");
  }
}
