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

/**
 * Keeps up to `window` events under way for a time: the next is sent as soon as every receiver has all but that many of those
 * before it. Counts until every receiver has everything. The messages of the first receiver are kept for the other side.
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
  /** How many receivers have the event that was sent as the manieth. */
  const holders: number[] = [];
  let messages = 0;
  let sent = 0;
  let complete = 0;
  const start = performance.now();
  const underWay = new Set<Promise<unknown>>();
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
  await Promise.race([finished, crowd.lost]);
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(underWay);
  crowd.take = () => {};
  return {
    messagesPerSecond: messages / seconds,
    eventsPerSecond: (complete * crowd.size) / seconds,
    captured,
  };
}
