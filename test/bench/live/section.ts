import { whole } from "../comparison.js";
import { type Section, composeTable } from "../results/results.js";
import type { BroadcastFigures } from "./broadcast.js";
import { drawBroadcasts, drawLatencies, drawMemory, targetKiB, targetRatio } from "./graphs.js";
import type { LatencyFigures } from "./latency.js";
import type { LiveFigures } from "./live.js";
import { type MemoryFigures, idleSubscribers } from "./memory.js";

/** Makes the section of what following was found to cost. */
export function sectionOfLive({ broadcasts, latencies, memory }: LiveFigures): Section {
  return {
    name: "live",
    title: "Following",
    parts: [
      "### Broadcast",
      "![Share of a bare server's messages](graphs/broadcast.svg)",
      composeBroadcasts(broadcasts),
      "### Latency",
      "![Latency over the pace](graphs/latency.svg)",
      composeLatencies(latencies),
      "### Memory",
      "![Memory of a subscriber](graphs/memory.svg)",
      composeMemory(memory),
    ],
    graphs: {
      "broadcast.svg": drawBroadcasts(broadcasts),
      "latency.svg": drawLatencies(latencies),
      "memory.svg": drawMemory(memory),
    },
  };
}

function composeBroadcasts(broadcasts: readonly BroadcastFigures[]): string {
  return composeTable(
    [
      "subscribers",
      "service, messages/s",
      "bare `ws`, messages/s",
      `ratio (target ${targetRatio} from 1,000 on)`,
    ].concat("service, events/s", "bare `ws`, events/s", "bare `ws` that stores first, messages/s", "ratio"),
    broadcasts.map(({ subscribers, messages, stored, eventsPerSecond }) => [
      whole(subscribers),
      whole(messages.ours),
      whole(messages.floor),
      messages.ratio.toFixed(2),
      whole(eventsPerSecond.ours),
      whole(eventsPerSecond.floor),
      whole(stored.floor),
      stored.ratio.toFixed(2),
    ]),
  );
}

function composeLatencies(latencies: readonly LatencyFigures[]): string {
  return composeTable(
    ["followers", "events/s asked for", "events/s reached", "p50, ms", "p99, ms"],
    latencies.map(({ audience, pace, eventsPerSecond, p50Ms, p99Ms }) => [
      audience.what,
      whole(pace),
      whole(eventsPerSecond),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
    ]),
  );
}

function composeMemory({ service, bare }: MemoryFigures): string {
  return composeTable(
    [`each of ${whole(idleSubscribers)} idle subscribers`, "service, KiB", "bare `ws`, KiB"],
    [
      [`resident (target at most ${targetKiB})`, service.residentKiB.toFixed(1), bare.residentKiB.toFixed(1)],
      ["of that, JavaScript objects", service.heapKiB.toFixed(1), bare.heapKiB.toFixed(1)],
    ],
  );
}
