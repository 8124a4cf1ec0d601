import { Rounds } from "../../../src/realtime/audience/rounds.js";
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

it("A1: who has caught up shares one reading and one message", async () => {
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

it("A1: a round costs nothing for one that has it already", async () => {
  const log = createLog();
  const audience = log.audience();
  const { behind: first, ahead: second } = await joinWithOneAhead(log, audience);
  const { reads, composed } = log;
  log.hub.wake(["log"]);
  await expect.poll(() => first.items).toEqual([1]);
  await settled();
  expect([log.reads - reads, log.composed - composed]).toEqual([1, 1]);
  expect(second.messages.length).toBe(1);
});

it("A1: nothing is read again for one that has read to the end of the log itself", async () => {
  const log = createLog();
  const audience = log.audience();
  const [slow, late] = [new Client(), new Client()];
  audience.join(slow, 0);
  await expect.poll(() => slow.messages.length).toBe(1);
  slow.slow = true;
  log.add(4);
  await expect.poll(() => slow.items).toEqual(upTo(3));
  await settled();
  const { reads } = log;
  audience.join(late, 3);
  await expect.poll(() => late.items).toEqual([4]);
  await settled();
  expect(log.reads - reads).toBe(1);
});

it("A2: while nobody can take a message nothing is read, and then what it rang for", async () => {
  const log = createLog();
  const client = new Client();
  client.slow = true;
  log.audience().join(client, 0);
  await expect.poll(() => client.messages.length).toBe(1);
  const { reads } = log;
  log.add(1);
  await settled();
  expect(log.reads).toBe(reads);
  client.read();
  await expect.poll(() => client.items).toEqual([1]);
});

it("A3: one that has caught up goes on to the end of the log, though nothing rings", async () => {
  const log = createLog();
  log.add(4);
  const client = new Client();
  client.slow = true;
  log.audience().join(client, 0);
  await expect.poll(() => client.items).toEqual(upTo(3));
  log.addSilently(4);
  client.slow = false;
  client.read();
  await expect.poll(() => client.items).toEqual(upTo(8));
});

it("A3: one that saw the end of the log before the others went on does not wait there", async () => {
  const log = createLog();
  const audience = log.audience();
  const { quick, slow } = await joinQuickAndSlow(audience);
  log.skip(1);
  await settled();
  const { isHeld, release } = await holdNextReading(log);
  slow.read();
  await isHeld();
  log.add(1);
  await expect.poll(() => quick.items).toEqual([2]);
  release();
  await expect.poll(() => slow.items).toEqual([2]);
});

it("A3: one that saw the end of the log before another that waits already does not wait there", async () => {
  const log = createLog();
  const audience = log.audience();
  const [early, late] = [new Client(), new Client()];
  const { isHeld, release } = await holdNextReading(log);
  audience.join(early, 0);
  await isHeld();
  log.addSilently(1);
  audience.join(late, 1);
  await expect.poll(() => late.messages.length).toBe(1);
  await settled();
  release();
  await expect.poll(() => early.items).toEqual([1]);
});

it("A4: what rang after the last one left that could take it comes at once to who can again", async () => {
  const log = createLog();
  const audience = log.audience();
  const { slow, leaveQuick } = await joinQuickAndSlow(audience);
  await settled();
  leaveQuick();
  log.add(1);
  await settled();
  slow.read();
  await expect.poll(() => slow.items).toEqual([1]);
});

it("A4: what was stored before a reading failed comes at once to who becomes idle after it", async () => {
  const log = createLog();
  const audience = log.audience();
  const [told, late] = [new Client(), new Client()];
  audience.join(told, 0);
  await expect.poll(() => told.messages.length).toBe(1);
  const { isHeld, release } = await holdNextReading(log);
  audience.join(late, 0);
  await isHeld();
  log.add(1);
  log.fail(new Error("gone"));
  await expect.poll(() => told.ended).toBe(true);
  log.failure = undefined;
  release();
  await expect.poll(() => late.items).toEqual([1]);
});

it("a round is kept for those alone who stand where it began, if the log asks that", () => {
  type Place = { seq: number; view: number };
  const rounds = new Rounds<Place, Place>({
    topics: [],
    read: () => Promise.reject(new Error("nothing is read")),
    reaches: (place, other) => (place.seq === other.seq ? place.view >= other.view : place.seq > other.seq),
    positionOf: (place) => place,
    continues: (place, from) => place.view === from.view,
  });
  const items = [{ seq: 9, view: 0 }];
  const round = { from: { seq: 5, view: 7 }, to: { seq: 9, view: 8 }, items, atEnd: true, ended: false };
  rounds.advance({ ...round, message: undefined });
  expect(rounds.from({ seq: 5, view: 7 })?.to).toEqual(round.to);
  expect(rounds.from({ seq: 7, view: 7 })?.to).toEqual(round.to);
  expect(rounds.from({ seq: 7, view: 0 })).toBeUndefined();
});

it("A11: a log that rings all the time is read at its pace, what comes after a rest at once, and nothing is left out", async () => {
  const log = createLog();
  log.paceMs = 200;
  const client = new Client();
  log.audience().join(client, 0);
  await expect.poll(() => client.messages.length).toBe(1);
  log.add(1);
  await settled();
  expect(client.items).toEqual([1]);
  const [reads, begunAt] = [log.reads, performance.now()];
  // Well over one pace, and far more rings than that has rounds.
  for (let rings = 0; rings < 1_000 || performance.now() - begunAt < 3 * log.paceMs; rings += 1) {
    if (rings % 400 === 0) log.add(1);
    log.hub.wake(["log"]);
    await settled();
  }
  const tookMs = performance.now() - begunAt;
  expect(log.reads - reads).toBeLessThan(2 + tookMs / log.paceMs + client.items.length / 3);
  log.add(1);
  await expect.poll(() => client.items.length).toBe(log.size);
  expect(client.items).toEqual(upTo(log.size));
});
