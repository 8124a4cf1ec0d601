import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { Client } from "../../support/audience/client.js";
import { createLog, joinQuickAndSlow, settled, upTo } from "../../support/audience/paged-log.js";

// The numbers are those of the invariants in src/realtime/audience.

it("A6, F1: one that does not take its message holds up nobody, and later gets each item once", async () => {
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

it("A6: a receiver that throws is ended with what it threw, and costs no other a message", async () => {
  const log = createLog();
  const audience = log.audience();
  const clients = Array.from({ length: 3 }, () => new Client());
  for (const client of clients) audience.join(client, 0);
  await expect.poll(() => clients.every(({ messages }) => messages.length === 1)).toBe(true);
  const [before, broken, after] = clients as [Client, Client, Client];
  const error = new Error("broken");
  broken.onTake = () => {
    throw error;
  };
  log.add(1);
  await expect.poll(() => [before.items, after.items]).toEqual([[1], [1]]);
  log.add(1);
  await expect.poll(() => [before.items, after.items]).toEqual([upTo(2), upTo(2)]);
  expect(broken).toMatchObject({ items: [1], ended: true, error });
});

it("A6: one that begins beyond the end of the log keeps no other from waiting at the end", async () => {
  const log = createLog();
  log.add(2);
  const audience = log.audience();
  const [beyond, other] = [new Client(), new Client()];
  audience.join(beyond, 5);
  await expect.poll(() => beyond.messages.length).toBe(1);
  audience.join(other, 0);
  await expect.poll(() => other.items).toEqual([1, 2]);
  await settled();
  const { reads } = log;
  await settled();
  expect(log.reads).toBe(reads);
  log.add(2);
  await expect.poll(() => other.items).toEqual(upTo(4));
  log.add(2);
  await expect.poll(() => [other.items, beyond.items]).toEqual([upTo(6), [6]]);
});

it("A10, A6: a round to thousands is sent in turns and reaches each once, though some leave and others join meanwhile", async () => {
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

it("A12: one that falls behind by a few rounds is sent the messages of the others, and nothing is read for it", async () => {
  const log = createLog();
  const audience = log.audience();
  const { quick, slow } = await joinQuickAndSlow(audience);
  for (let count = 1; count <= 8; count += 1) {
    log.add(1);
    await expect.poll(() => quick.items.length, { interval: 1 }).toBe(count);
  }
  const { reads, composed } = log;
  slow.slow = false;
  slow.read();
  await expect.poll(() => slow.items).toEqual(upTo(8));
  expect(slow.messages.slice(1)).toEqual(quick.messages.slice(1));
  expect([log.reads, log.composed]).toEqual([reads, composed]);
});
