import type { Bench } from "../bench.js";
import { type Comparison, compare, printLine, whole } from "../comparison.js";
import { median } from "../median.js";
import { idOf } from "../rows.js";
import type { ServerProcess } from "../server-process.js";

/** How many events are under way at most, on both sides. */
export const eventWindow = 4;

/** What came out for a number of subscribers: messages a second, and the events in them. */
export interface BroadcastFigures {
  subscribers: number;
  messages: Comparison;
  eventsPerSecond: { ours: number; floor: number };
}

/**
 * Events of one run to all of its subscribers, against a bare `ws` server that passes on what one socket sends. What makes it
 * fair: both servers have a process of their own; the same kind of receivers, of another process, read both; what is to be
 * broadcast comes over one WebSocket of that process (see publisher.ts), since over HTTP it would cost as much as telling a
 * hundred; the bare server sends the very messages that the service has just sent to one of its subscribers, in their order;
 * and both have the same number of events under way ({@link eventWindow}), none of which counts until every
 * subscriber has it. What the service does beyond that (storing and ordering the events, following, executing) is its cost.
 */
export async function measureBroadcast(
  { service, load }: Bench,
  bare: ServerProcess,
  subscribers: number,
): Promise<BroadcastFigures> {
  const runId = idOf("run", 1_002 + subscribers);
  const sockets = Array.from({ length: subscribers }, () => [runId]);
  await load.ask("open", { url: service.url, sockets });
  await load.ask("open", { url: bare.url, sockets: sockets.map(() => []) });
  const events = { ours: [] as number[], floor: [] as number[] };
  const messages = await compare(
    `broadcast to ${whole(subscribers)} subscribers`,
    "messages/s",
    {
      readCpu: service.readCpu,
      measure: async (durationMs) => {
        const job = { url: service.url, runId, window: eventWindow, durationMs };
        const delivery = await load.ask("append", job);
        events.ours.push(delivery.eventsPerSecond);
        return delivery.messagesPerSecond;
      },
    },
    {
      readCpu: bare.readCpu,
      measure: async (durationMs) => {
        const delivery = await load.ask("repeat", { url: bare.url, window: eventWindow, durationMs });
        events.floor.push(delivery.eventsPerSecond);
        return delivery.messagesPerSecond;
      },
    },
  );
  await load.ask("close", service.url);
  await load.ask("close", bare.url);
  // The first round is not counted.
  const ours = median(events.ours.slice(1));
  const floor = median(events.floor.slice(1));
  printLine("  the events in them", `${whole(ours)} events/s`, `${whole(floor)} events/s`, "");
  return { subscribers, messages, eventsPerSecond: { ours, floor } };
}
