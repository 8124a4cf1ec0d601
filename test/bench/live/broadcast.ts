import type { Bench } from "../bench.js";
import { type Comparison, type Side, compare, printLine, whole } from "../comparison.js";
import { median } from "../median.js";
import { idOf } from "../rows.js";
import type { ServerProcess } from "../server-process.js";

/** How many events are under way at most, on both sides. */
export const eventWindow = 4;

/** What came out for a number of subscribers: messages a second, and the events in them. */
export interface BroadcastFigures {
  subscribers: number;
  messages: Comparison;
  /** Beside a bare server that stores each message before it sends it on. */
  stored: Comparison;
  eventsPerSecond: { ours: number; floor: number };
}

/**
 * Events of one run to all of its subscribers, against a bare `ws` server that passes on what one socket sends. What makes it
 * fair: both servers have a process of their own; the same kind of receivers, of another process, read both; what is to be
 * broadcast comes over one WebSocket of that process (see publisher.ts), since over HTTP it would cost as much as telling a
 * hundred; the bare server sends the very messages that the service has just sent to one of its subscribers, in their order;
 * and both have the same number of events under way ({@link eventWindow}), none of which counts until every
 * subscriber has it. What the service does beyond that (storing and ordering the events, following, executing) is its cost. What of it
 * is the wait for the commit, which who answers for what it was given cannot leave out, a second comparison says: with a bare server
 * that stores each message before it sends it on.
 */
export async function measureBroadcast(
  { service, load }: Bench,
  bare: ServerProcess,
  subscribers: number,
): Promise<BroadcastFigures> {
  const runId = idOf("run", 1_002 + subscribers);
  const storing = `${bare.url}stored`;
  const sockets = Array.from({ length: subscribers }, () => [runId]);
  await load.ask("open", { url: service.url, sockets });
  for (const url of [bare.url, storing]) await load.ask("open", { url, sockets: sockets.map(() => []) });
  const events = { ours: [] as number[], floor: [] as number[] };
  const ours: Side = {
    readCpu: service.readCpu,
    measure: async (durationMs) => {
      const job = { url: service.url, runId, window: eventWindow, durationMs };
      const delivery = await load.ask("append", job);
      events.ours.push(delivery.eventsPerSecond);
      return delivery.messagesPerSecond;
    },
  };
  const repeating = (url: string, found: number[]): Side => ({
    readCpu: bare.readCpu,
    measure: async (durationMs) => {
      const delivery = await load.ask("repeat", { url, window: eventWindow, durationMs });
      found.push(delivery.eventsPerSecond);
      return delivery.messagesPerSecond;
    },
  });
  const name = `broadcast to ${whole(subscribers)} subscribers`;
  const messages = await compare(name, "messages/s", ours, repeating(bare.url, events.floor));
  const stored = await compare(`${name}, stored first`, "messages/s", ours, repeating(storing, []));
  for (const url of [service.url, bare.url, storing]) await load.ask("close", url);
  // The first round is not counted.
  const eventsPerSecond = { ours: median(events.ours.slice(1)), floor: median(events.floor.slice(1)) };
  const { ours: served, floor } = eventsPerSecond;
  printLine("  the events in them", `${whole(served)} events/s`, `${whole(floor)} events/s`, "");
  return { subscribers, messages, stored, eventsPerSecond };
}
