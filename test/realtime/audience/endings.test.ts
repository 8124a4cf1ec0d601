import { expect, it } from "vitest";
import { Client } from "../../support/audience/client.js";
import {
  createLog,
  holdNextReading,
  joinQuickAndSlow,
  joinWithOneAhead,
  settled,
  upTo,
} from "../../support/audience/paged-log.js";

// The numbers are those of the invariants in src/realtime/audience.

it("A7: an ended log ends for who waits and for who comes late", async () => {
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

it("A7: one that fell behind is ended with the last of what the others were sent, before it has taken it", async () => {
  const log = createLog();
  const audience = log.audience();
  const { quick, slow } = await joinQuickAndSlow(audience);
  log.ended = true;
  log.add(1);
  await expect.poll(() => quick.ended).toBe(true);
  expect(slow.ended).toBe(false);
  slow.read();
  await expect.poll(() => slow.ended).toBe(true);
  expect([quick.items, slow.items]).toEqual([[1], [1]]);
});

it("A7: one that has everything is ended when it sees the end of the log, though nothing rings", async () => {
  const log = createLog();
  const audience = log.audience();
  const { slow } = await joinQuickAndSlow(audience);
  log.skip(1);
  await settled();
  log.ended = true;
  slow.read();
  await expect.poll(() => slow.ended).toBe(true);
});

it("A7: one that holds the last of the log when it ends is ended as soon as it has taken it", async () => {
  const log = createLog();
  const audience = log.audience();
  const { quick, slow } = await joinQuickAndSlow(audience);
  log.end();
  await expect.poll(() => quick.ended).toBe(true);
  const { reads } = log;
  slow.read();
  await expect.poll(() => slow.ended).toBe(true);
  expect(log.reads).toBe(reads);
});

it("A7: nothing is read after the end of the log, however many are still to be told", async () => {
  const log = createLog();
  const audience = log.audience();
  const clients = Array.from({ length: 2_500 }, () => new Client());
  for (const client of clients) audience.join(client, 0);
  await expect.poll(() => clients.every(({ messages }) => messages.length === 1)).toBe(true);
  await settled();
  const { reads } = log;
  const [first] = clients as [Client];
  first.onTake = () => log.hub.wake(["log"]);
  log.ended = true;
  log.add(1);
  await expect.poll(() => clients.every(({ ended }) => ended)).toBe(true);
  await settled();
  expect(log.reads - reads).toBe(1);
});

it("A8, A9: where reading fails each follower is told why after its own position, all end, and nothing is read any more", async () => {
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
  await settled();
  expect(log.reads).toBe(reads);
});

it("A8: one that is ahead of the others is told after its own position", async () => {
  const log = createLog();
  const audience = log.audience();
  const { behind: first, ahead: second } = await joinWithOneAhead(log, audience);
  log.fail(new Error("gone"));
  await expect.poll(() => [first.ended, second.ended]).toEqual([true, true]);
  expect([first, second].map(({ batches }) => batches.at(-1)?.position)).toEqual([0, 1]);
});

it("A8: who is told on joining that reading fails is not read for again", async () => {
  const log = createLog();
  log.fail(new Error("gone"));
  const client = new Client();
  log.audience().join(client, 4);
  await expect.poll(() => client.ended).toBe(true);
  expect(client.batches).toMatchObject([{ items: [], position: 4, failure: "gone" }]);
  await settled();
  expect(log.reads).toBe(1);
});

it("A8: who has a message to take when reading fails goes on after it", async () => {
  const log = createLog();
  const audience = log.audience();
  const { quick, slow } = await joinQuickAndSlow(audience);
  log.fail(new Error("gone"));
  await expect.poll(() => quick.ended).toBe(true);
  log.failure = undefined;
  log.add(1);
  slow.read();
  await expect.poll(() => slow.items).toEqual([1]);
});

it("A8: a round that was read is sent to all before they are told that the next reading failed", async () => {
  const log = createLog();
  const audience = log.audience();
  const clients = Array.from({ length: 2_500 }, () => new Client());
  for (const client of clients) audience.join(client, 0);
  await expect.poll(() => clients.every(({ messages }) => messages.length === 1)).toBe(true);
  const [first] = clients as [Client];
  first.onTake = () => log.fail(new Error("gone"));
  log.add(1);
  await expect.poll(() => clients.every(({ ended }) => ended)).toBe(true);
  for (const { items } of clients) expect(items).toEqual([1]);
});

it("A9: nothing listens once the last follower has left", async () => {
  const log = createLog();
  const audience = log.audience();
  const leave = [new Client(), new Client()].map((client) => audience.join(client, 0));
  expect(log.hub.size).toBe(1);
  leave[0]?.();
  expect(log.hub.size).toBe(1);
  leave[1]?.();
  expect(log.hub.size).toBe(0);
});

it("A9: nothing is read for who leaves while its page is read", async () => {
  const log = createLog();
  const audience = log.audience();
  const { slow, leaveQuick, leaveSlow } = await joinQuickAndSlow(audience);
  log.skip(1);
  await settled();
  const { isHeld, release } = await holdNextReading(log);
  slow.read();
  await isHeld();
  leaveQuick();
  leaveSlow();
  const { reads } = log;
  release();
  await settled();
  expect(log.reads).toBe(reads);
  expect(log.hub.size).toBe(0);
});
