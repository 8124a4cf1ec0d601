import { setImmediate } from "node:timers/promises";
import { expect } from "vitest";
import { Audience } from "../../../src/realtime/audience/audience.js";
import { Message } from "../../../src/realtime/audience/message.js";
import { Hub } from "../../../src/realtime/hub.js";
import { Client } from "./client.js";

/** A log in memory, as a store would read it, in pages of three. */
export function createLog() {
  const hub = new Hub();
  const items: number[] = [];
  const log = {
    hub,
    reads: 0,
    composed: 0,
    ended: false,
    failure: undefined as Error | undefined,
    paceMs: 0,
    /** What a reading waits for before and after it looks. */
    delay: async () => {},
    get size() {
      return items.length;
    },
    /** Adds items, of which nobody is told. */
    addSilently(count: number) {
      for (let added = 0; added < count; added += 1) items.push(items.length + 1);
    },
    /** Adds items that nobody wants. */
    skip(count: number) {
      for (let added = 0; added < count; added += 1) items.push(0);
      hub.wake(["log"]);
    },
    add(count: number) {
      log.addSilently(count);
      hub.wake(["log"]);
    },
    end() {
      log.ended = true;
      hub.wake(["log"]);
    },
    fail(error: Error) {
      log.failure = error;
      hub.wake(["log"]);
    },
    audience(onEmpty = () => {}) {
      return new Audience<number, number>({
        hub,
        log: {
          topics: ["log"],
          paceMs: log.paceMs,
          async read(after) {
            log.reads += 1;
            await log.delay();
            if (log.failure) throw log.failure;
            const page = items.slice(after, after + 3);
            const reading = {
              items: page.filter((item) => item > 0),
              position: after + page.length,
              lastPosition: items.length,
            };
            const ended = log.ended;
            await log.delay();
            return { ...reading, ended };
          },
          reaches: (position, other) => position >= other,
          positionOf: (item) => item,
        },
        async compose(batch) {
          log.composed += 1;
          return new Message(JSON.stringify(batch, showFailure), String(batch.position));
        },
        // It looks by itself at the times that walks move to, and not while a test waits.
        pollMs: 3_600_000,
        onEmpty,
      });
    },
  };
  return log;
}

function showFailure(key: string, value: unknown): unknown {
  return key === "failure" && value instanceof Error ? value.message : value;
}

/** Waits until nothing goes on any more. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}

/** Holds up the log after its next reading has looked, until it is released. */
export async function holdNextReading(log: ReturnType<typeof createLog>) {
  let looks = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  log.delay = async () => {
    looks += 1;
    if (looks === 2) await held;
  };
  const isHeld = async () => {
    await expect.poll(() => looks).toBe(2);
    log.delay = async () => {};
  };
  return { isHeld, release };
}

/** Two clients that have been sent the beginning of an empty log: one has taken it, the other has not. */
export async function joinQuickAndSlow(audience: Audience<number, number>) {
  const [quick, slow] = [new Client(), new Client()];
  slow.slow = true;
  const [leaveQuick, leaveSlow] = [audience.join(quick, 0), audience.join(slow, 0)];
  await expect.poll(() => [quick.messages.length, slow.messages.length]).toEqual([1, 1]);
  return { quick, slow, leaveQuick, leaveSlow };
}

/** Two clients, of which the second joined later and has an item that the first has not been sent. */
export async function joinWithOneAhead(
  log: ReturnType<typeof createLog>,
  audience: Audience<number, number>,
) {
  const [behind, ahead] = [new Client(), new Client()];
  audience.join(behind, 0);
  await expect.poll(() => behind.messages.length).toBe(1);
  log.addSilently(1);
  audience.join(ahead, 0);
  await expect.poll(() => ahead.items).toEqual([1]);
  await settled();
  return { behind, ahead };
}

export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
