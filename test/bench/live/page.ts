import { mkdir, readFile, writeFile } from "node:fs/promises";
import { whole } from "../comparison.js";
import type { BroadcastFigures } from "./broadcast.js";
import { drawBroadcasts, drawLatencies, drawMemory, targetKiB, targetRatio } from "./graphs.js";
import type { LatencyFigures } from "./latency.js";
import type { LiveFigures } from "./live.js";
import { type MemoryFigures, idleSubscribers } from "./memory.js";

/** Beside the source, not beside what is compiled. */
const folder = new URL("../../../../test/bench/", import.meta.url);

const [beginning, end] = ["<!-- figures: written by --graphs -->", "<!-- end of figures -->"];

/** Draws the figures, and writes them to the page, between two marks; the words around them are left as they are. */
export async function writePage(figures: LiveFigures, machine: string): Promise<void> {
  const graphs = new URL("graphs/", folder);
  await mkdir(graphs, { recursive: true });
  await writeFile(new URL("broadcast.svg", graphs), drawBroadcasts(figures.broadcasts));
  await writeFile(new URL("latency.svg", graphs), drawLatencies(figures.latencies));
  await writeFile(new URL("memory.svg", graphs), drawMemory(figures.memory));

  const page = new URL("README.md", folder);
  const text = await readFile(page, "utf8");
  const [before, after] = [text.split(beginning)[0], text.split(end)[1]];
  if (before === undefined || after === undefined) throw new Error(`${page.pathname} lacks its marks`);
  const day = new Date().toISOString().slice(0, 10);
  const parts = [
    `Measured on ${day}: ${machine}.`,
    "### Broadcast",
    "![Share of a bare server's messages](graphs/broadcast.svg)",
    composeBroadcasts(figures.broadcasts),
    "### Latency",
    "![Latency over the pace](graphs/latency.svg)",
    composeLatencies(figures.latencies),
    "### Memory",
    "![Memory of a subscriber](graphs/memory.svg)",
    composeMemory(figures.memory),
  ];
  await writeFile(page, `${before}${beginning}\n\n${parts.join("\n\n")}\n\n${end}${after}`);
}

function composeBroadcasts(broadcasts: readonly BroadcastFigures[]): string {
  return composeTable(
    [
      "subscribers",
      "service, messages/s",
      "bare `ws`, messages/s",
      `ratio (target ${targetRatio} from 1,000 on)`,
    ].concat("service, events/s", "bare `ws`, events/s"),
    broadcasts.map(({ subscribers, messages, eventsPerSecond }) => [
      whole(subscribers),
      whole(messages.ours),
      whole(messages.floor),
      messages.ratio.toFixed(2),
      whole(eventsPerSecond.ours),
      whole(eventsPerSecond.floor),
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

function composeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
