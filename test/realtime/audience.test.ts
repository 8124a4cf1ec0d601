import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { Audience } from "../../src/realtime/audience/audience.js";
import { Message, type Receiver, type Source } from "../../src/realtime/audience/message.js";
import { Hub } from "../../src/realtime/hub.js";
import type { Batch } from "../../src/realtime/log.js";
import { createRandom } from "../support/random.js";

/** A log in memory, as a store would read it, in pages of three. */
function createLog() {
  const hub = new Hub();
  const items: number[] = [];
  const log = {
    hub,
    reads: 0,
    composed: 0,
    ended: false,
    failure: undefined as Error | undefined,
    /** What a reading waits for before and after it looks. */
    delay: async () => {},
    add(count: number) {
      for (let added = 0; added < count; added += 1) items.push(items.length + 1);
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
          async read(after) {
            log.reads += 1;
            await log.delay();
            if (log.failure) throw log.failure;
            const page = items.slice(after, after + 3);
            const reading = { items: page, position: after + page.length, lastPosition: items.length };
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
        onEmpty,
      });
    },
  };
  return log;
}

function showFailure(key: string, value: unknown): unknown {
  return key === "failure" && value instanceof Error ? value.message : value;
}

/** A client that takes what it is sent, at once or when it is told to. */
class Client implements Receiver {
  readonly messages: Message[] = [];
  ended = false;
  slow = false;
  onTake: () => unknown = () => {};
  #source: Source | undefined;

  take(message: Message, source: Source): void {
    this.messages.push(message);
    this.onTake();
    if (this.slow) this.#source = source;
    else source.taken();
  }
  end(): void {
    this.ended = true;
  }
  /** Takes what waits. */
  read(): void {
    const source = this.#source;
    this.#source = undefined;
    source?.taken();
  }
  get batches(): Batch<number, number>[] {
    return this.messages.map(({ text }) => JSON.parse(text) as Batch<number, number>);
  }
  get items(): number[] {
    return this.batches.flatMap(({ items }) => items);
  }
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

it("a follower gets what is there in pages, says when it has caught up, and then what comes", async () => {
  const log = createLog();
  log.add(7);
  const client = new Client();
  log.audience().join(client, 1);
  await expect.poll(() => client.batches.length).toBe(2);
  expect(client.batches.map(({ items, caughtUp }) => [items, caughtUp])).toEqual([
    [[2, 3, 4], false],
    [[5, 6, 7], true],
  ]);
  log.add(1);
  await expect.poll(() => client.items).toEqual([2, 3, 4, 5, 6, 7, 8]);
});

it("the first batch of an empty log comes at once, and is empty", async () => {
  const log = createLog();
  const client = new Client();
  log.audience().join(client, 0);
  await expect.poll(() => client.batches).toMatchObject([{ items: [], position: 0, caughtUp: true }]);
});

it("who has caught up shares one reading and one message", async () => {
  const log = createLog();
  const audience = log.audience();
  const clients = Array.from({ length: 50 }, () => new Client());
  for (const client of clients) audience.join(client, 0);
  await expect.poll(() => clients.every(({ messages }) => messages.length === 1)).toBe(true);
  expect(log.composed).toBe(1);
  const before = log.reads;
  log.add(1);
  await expect.poll(() => clients.every(({ items }) => items.length === 1)).toBe(true);
  expect(log.reads - before).toBe(1);
  expect(log.composed).toBe(2);
  expect(new Set(clients.map(({ messages }) => messages[1])).size).toBe(1);
});

it("one that does not take its message holds up nobody, and later gets each item once", async () => {
  const log = createLog();
  const audience = log.audience();
  const [quick, slow] = [new Client(), new Client()];
  audience.join(quick, 0);
  audience.join(slow, 0);
  await expect.poll(() => [quick.messages.length, slow.messages.length]).toEqual([1, 1]);
  slow.slow = true;
  for (let count = 1; count <= 40; count += 1) {
    log.add(1);
    await expect.poll(() => quick.items.length, { interval: 1 }).toBe(count);
  }
  expect(slow.items).toEqual([1]);
  slow.slow = false;
  slow.read();
  await expect.poll(() => slow.items).toEqual(upTo(40));
  expect(slow.messages.length).toBeLessThan(20);
  const composed = log.composed;
  log.add(1);
  await expect.poll(() => [quick.items.length, slow.items.length]).toEqual([41, 41]);
  expect(log.composed - composed).toBe(1);
});

it.each([1, 2, 3, 4, 5])("clients of every pace get each item once and in order (seed %i)", async (seed) => {
  const random = createRandom(seed);
  const log = createLog();
  log.delay = async () => {
    for (let ticks = random.below(3); ticks > 0; ticks -= 1) await setImmediate();
  };
  const audience = log.audience();
  const clients: { client: Client; after: number }[] = [];
  let added = 0;
  for (let turn = 0; turn < 600; turn += 1) {
    const what = random.below(10);
    if (what < 4) {
      const count = 1 + random.below(4);
      added += count;
      log.add(count);
    } else if (what === 4 && clients.length < 20) {
      const client = new Client();
      client.slow = random.chance(0.5);
      const after = random.below(added + 1);
      audience.join(client, after);
      clients.push({ client, after });
    } else if (clients.length > 0) {
      const { client } = random.pick(clients);
      client.slow = random.chance(0.7);
      client.read();
    }
    for (let ticks = random.below(4); ticks > 0; ticks -= 1) await setImmediate();
  }
  log.end();
  for (const { client } of clients) {
    client.slow = false;
    client.read();
  }
  await expect.poll(() => clients.every(({ client }) => client.ended)).toBe(true);
  for (const { client, after } of clients) expect(client.items).toEqual(upTo(added).slice(after));
});

it("a round to thousands is sent in turns and reaches each once, though some leave and others join meanwhile", async () => {
  const log = createLog();
  const audience = log.audience();
  const join = (count: number) =>
    Array.from({ length: count }, () => {
      const client = new Client();
      return { client, leave: audience.join(client, 0) };
    });
  const joined = join(2_400);
  const leaving = join(100);
  await expect.poll(() => leaving.every(({ client }) => client.messages.length === 1)).toBe(true);
  const [first, middle, last] = [0, 1_200, 2_399].map((index) => joined[index]?.client) as Client[];
  const others: number[] = [];
  first!.onTake = async () => {
    await setImmediate();
    others.push(last!.items.length);
  };
  middle!.onTake = () => {
    middle!.onTake = () => {};
    for (const { leave } of leaving) leave();
    joined.push(...join(100));
  };
  log.add(2);
  await expect.poll(() => joined.every(({ client }) => client.items.length > 0)).toBe(true);
  log.add(1);
  await expect.poll(() => joined.every(({ client }) => client.items.length > 2)).toBe(true);
  expect(joined.length).toBe(2_500);
  for (const { client } of joined) expect(client.items).toEqual([1, 2, 3]);
  for (const { client } of leaving) expect(client.items).toEqual([]);
  // Whatever else waits in the process had its turn before all were reached.
  expect(others[0]).toBe(0);
});

it("an ended log ends for who waits and for who comes late", async () => {
  const log = createLog();
  const audience = log.audience();
  const [early, late] = [new Client(), new Client()];
  audience.join(early, 0);
  await expect.poll(() => early.messages.length).toBe(1);
  log.add(4);
  log.end();
  await expect.poll(() => early.ended).toBe(true);
  expect(early.items).toEqual(upTo(4));
  log.audience().join(late, 0);
  await expect.poll(() => late.ended).toBe(true);
  expect(late.items).toEqual(upTo(4));
});

it("where reading fails each follower is told why after its own position, all end, and nothing is read any more", async () => {
  const log = createLog();
  const emptied: true[] = [];
  const audience = log.audience(() => emptied.push(true));
  const clients = [new Client(), new Client()];
  for (const client of clients) audience.join(client, 0);
  log.add(2);
  await expect.poll(() => clients.every(({ items }) => items.length === 2)).toBe(true);
  log.fail(new Error("gone"));
  await expect.poll(() => clients.every(({ ended }) => ended)).toBe(true);
  for (const { batches } of clients) expect(batches.at(-1)).toMatchObject({ failure: "gone", position: 2 });
  expect(emptied).toEqual([true]);
  const { reads } = log;
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  expect(log.reads).toBe(reads);
});

it("nothing listens once the last follower has left", async () => {
  const log = createLog();
  const audience = log.audience();
  const leave = [new Client(), new Client()].map((client) => audience.join(client, 0));
  expect(log.hub.size).toBe(1);
  leave[0]?.();
  expect(log.hub.size).toBe(1);
  leave[1]?.();
  expect(log.hub.size).toBe(0);
});
