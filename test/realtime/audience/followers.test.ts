import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { Audience } from "../../../src/realtime/audience/audience.js";
import { Message } from "../../../src/realtime/audience/message.js";
import { Hub } from "../../../src/realtime/hub.js";
import { Client } from "../../support/audience/client.js";
import { createLog, upTo } from "../../support/audience/paged-log.js";
import { createRandom } from "../../support/random.js";

// The numbers are those of the invariants in src/realtime/audience.

it("F1: a receiver that says twice that it has taken a message is sent the next once", async () => {
  const log = createLog();
  log.add(10);
  const twice = new Client();
  twice.take = (message, source) => {
    Client.prototype.take.call(twice, message, source);
    source.taken();
  };
  log.audience().join(twice, 0);
  await expect.poll(() => twice.items.length).toBe(10);
  log.add(1);
  await expect.poll(() => twice.items).toEqual(upTo(11));
});

it("F2, F3, F5: a follower gets what is there in pages, says when it has caught up, and then what comes", async () => {
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

it.each([1, 2, 3, 4, 5])(
  "F2: clients of every pace get each item once and in order (seed %i)",
  async (seed) => {
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
  },
);

it("F2: one that is ahead of the others is told of what was undone in a round that told them nothing", async () => {
  interface Value {
    version: number;
    text: string;
  }
  const hub = new Hub();
  let value: Value = { version: 1, text: "one" };
  const audience = new Audience<Value, Value | null>({
    hub,
    log: {
      topics: ["value"],
      async read(known) {
        const items = known?.text === value.text ? [] : [value];
        return { items, position: value, lastPosition: value, ended: false };
      },
      reaches: (known, other) => (known?.version ?? 0) >= (other?.version ?? 0),
      positionOf: (known) => known,
    },
    compose: async ({ items }) => new Message(items.map(({ text }) => text).join(), null),
    pollMs: 3_600_000,
    onEmpty: () => {},
  });
  const [first, second] = [new Client(), new Client()];
  const told = () => [first, second].map(({ messages }) => messages.map(({ text }) => text));
  audience.join(first, null);
  await expect.poll(told).toEqual([["one"], []]);
  value = { version: 2, text: "two" };
  audience.join(second, null);
  await expect.poll(told).toEqual([["one"], ["two"]]);
  value = { version: 3, text: "one" };
  hub.wake(["value"]);
  await expect.poll(told).toEqual([["one"], ["two", "one"]]);
});

it("F4: the first batch of an empty log comes at once, and is empty", async () => {
  const log = createLog();
  const client = new Client();
  log.audience().join(client, 0);
  await expect.poll(() => client.batches).toMatchObject([{ items: [], position: 0, caughtUp: true }]);
});

it("F4, F6: the first batch comes with the first page, though nothing in it is wanted", async () => {
  const log = createLog();
  log.skip(10);
  const client = new Client();
  log.audience().join(client, 0);
  await expect
    .poll(() => client.batches.map(({ position, caughtUp }) => [position, caughtUp]))
    .toEqual([
      [3, false],
      [10, true],
    ]);
  expect(client.items).toEqual([]);
});
