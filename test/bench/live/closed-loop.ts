import type { Crowd } from "./crowd.js";

/** What a crowd received in one turn. */
export interface Delivery {
  messagesPerSecond: number;
  eventsPerSecond: number;
}

/** A message of some events, as one receiver got it. */
export interface Captured {
  text: string;
  events: number;
}

/** How long nothing may arrive while something is under way, in milliseconds. */
const stalledMs = 20_000;

/**
 * Keeps up to `window` events under way for a time: the next is sent as soon as every receiver has all but that many of those
 * before it. Counts until every receiver has everything. The messages of the first receiver are kept for the other side.
 * Rejects where a receiver is lost, or waits in vain.
 */
export async function runClosedLoop(
  crowd: Crowd,
  job: {
    window: number;
    durationMs: number;
    /** How many events the next {@link send} brings. */
    nextEvents(): number;
    send(): Promise<unknown>;
  },
): Promise<Delivery & { captured: Captured[] }> {
  const { window, durationMs, nextEvents, send } = job;
  const captured: Captured[] = [];
  const receivedBy = new Uint32Array(crowd.size);
  /** How many receivers have each event, in the order of sending. */
  const holders: number[] = [];
  let messages = 0;
  let sent = 0;
  let complete = 0;
  const start = performance.now();
  const underWay = new Set<Promise<unknown>>();
  let stall: (error: Error) => void = () => {};
  const stalled = new Promise<never>((_resolve, reject) => (stall = reject));
  const finished = new Promise<void>((resolve, reject) => {
    const sendMore = () => {
      const over = performance.now() - start >= durationMs;
      while (!over && (sent === complete || sent + nextEvents() <= complete + window)) {
        const events = nextEvents();
        for (let event = 0; event < events; event += 1) holders.push(0);
        sent += events;
        const call = send();
        underWay.add(call);
        call.then(() => underWay.delete(call), reject);
      }
      if (over && sent === complete) resolve();
    };
    crowd.take = (receiver, sentAtMs, bytes, from, to) => {
      messages += 1;
      const events = sentAtMs.length;
      if (receiver === 0) captured.push({ text: bytes.toString("utf8", from, to), events });
      const first = receivedBy[receiver] ?? 0;
      receivedBy[receiver] = first + events;
      for (let event = first; event < first + events; event += 1) {
        holders[event] = (holders[event] ?? 0) + 1;
        if (holders[event] !== crowd.size) continue;
        complete = event + 1;
        sendMore();
      }
    };
    sendMore();
  });
  let seen = -1;
  const watch = setInterval(() => {
    if (seen === messages) stall(new Error(describeStall(holders, complete, crowd.size)));
    seen = messages;
  }, stalledMs);
  try {
    await Promise.race([finished, crowd.lost, stalled]);
  } finally {
    clearInterval(watch);
    crowd.take = () => {};
  }
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(underWay);
  return {
    messagesPerSecond: messages / seconds,
    eventsPerSecond: (complete * crowd.size) / seconds,
    captured,
  };
}

function describeStall(holders: readonly number[], complete: number, receivers: number): string {
  const missing = receivers - (holders[complete] ?? 0);
  return `for ${stalledMs / 1000} s nothing came: event ${complete + 1} of ${holders.length} is missing at ${missing} of ${receivers} receivers`;
}
