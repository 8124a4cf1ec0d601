import { expect, it } from "vitest";
import type { JsonValue } from "../../src/domain/json-value.js";
import { topicOf } from "../../src/domain/topic.js";
import { FreshEvents, asRead } from "../../src/store/event-log/fresh-events.js";
import type { LogPage } from "../../src/store/event-log/read.js";
import type { RunEventRow } from "../../src/store/row.js";
import { type Random, createRandom } from "../support/random.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { recordStatements } from "../support/statements.js";
import { createSession } from "../support/work.js";

const service = shareService();
const node = shareNode(service);

const writer = { leaseTokenHash: null, operator: true };

async function store(runId: string, payloads: readonly Record<string, JsonValue>[]): Promise<number> {
  const events = payloads.map(
    (payload) => ({ type: "ASSISTANT_MESSAGE", payload, redactionCount: 0 }) as const,
  );
  const outcome = await node.appender.append({ runId, events, writer, idempotency: null });
  if (outcome.outcome !== "STORED") throw new Error(`the batch is ${outcome.outcome}`);
  return outcome.firstSeq;
}

it("what is kept is what is read from the store, to the order of keys", async () => {
  const { runId } = await createSession(service);
  const random = createRandom(7);
  const before = (await node.logs.read("run", runId, 0, null))?.lastSeq ?? 0;
  const sessionId = (await node.logs.read("run", runId, 0, null))?.events[0]?.sessionId ?? "";
  await node.logs.read("session", sessionId, 0, null);
  for (let batch = 0; batch < 10; batch += 1) {
    await store(
      runId,
      Array.from({ length: 1 + random.below(5) }, () => objectOf(random, 3)),
    );
  }
  let fresh: (LogPage | undefined)[] = [];
  const sent = await recordStatements(async () => {
    fresh = [
      node.logs.readFresh(runId, before, null),
      node.logs.readFresh(sessionId, before, ["ASSISTANT_MESSAGE"]),
    ];
  });
  expect(sent).toEqual([]);
  const stored = [
    await node.logs.read("run", runId, before, null),
    await node.logs.read("session", sessionId, before, ["ASSISTANT_MESSAGE"]),
  ];
  expect(fresh.map(textOf)).toEqual(stored.map(textOf));
});

it("of a log that nobody reads nothing is kept, nor once nobody reads it any more", async () => {
  const { runId } = await createSession(service);
  const first = await store(runId, [{ text: "before" }]);
  expect(node.logs.readFresh(runId, first - 1, null)).toBeUndefined();
  await node.logs.read("run", runId, 0, null);
  for (let count = 0; count < 100; count += 1) await store(runId, [{ text: "unread" }]);
  expect(node.logs.readFresh(runId, first + 99, null)?.lastSeq).toBe(first + 100);
  for (let count = 0; count < 101; count += 1) await store(runId, [{ text: "unread" }]);
  expect(node.logs.readFresh(runId, first + 200, null)).toBeUndefined();
});

it("a log of which a part is missing is forgotten, and a place before or after what is kept is not there", () => {
  const kept = new FreshEvents();
  const topic = topicOf("acme", "run_1");
  const add = (first: number, count = 1) =>
    kept.add(topic, first, count, () =>
      asRead(Array.from({ length: count }, () => ({ payload: { text: "x" } }) as unknown as RunEventRow)),
    );
  const last = (after: number) => kept.after(topic, after)?.last;
  expect(add(1)).toBe(false);
  kept.keep(topic);
  expect(last(0)).toBeUndefined();
  expect([add(5), add(6, 2), add(8)]).toEqual([true, true, true]);
  expect([last(3), last(4), last(6), last(8), last(9)]).toEqual([undefined, 8, 8, 8, undefined]);
  expect(kept.after(topic, 6)?.rows).toHaveLength(2);
  // Another node has stored the ninth.
  expect(add(10)).toBe(false);
  expect(last(8)).toBeUndefined();
  kept.keep(topic);
  // Statements may be answered in another order than they were stored in.
  expect([add(12), add(11)]).toEqual([true, false]);
  expect(last(11)).toBeUndefined();
});

it("of a log a hundred events are kept, and 64 Ki characters", () => {
  const kept = new FreshEvents();
  const [many, long] = [topicOf("acme", "run_1"), topicOf("acme", "run_2")];
  for (const topic of [many, long]) kept.keep(topic);
  const add = (topic: string, first: number, text: string) =>
    kept.add(topic, first, 1, () => asRead([{ payload: { text } } as unknown as RunEventRow]));
  for (let seq = 1; seq <= 100; seq += 1) add(many, seq, "");
  expect(kept.after(many, 0)?.rows).toHaveLength(100);
  add(many, 101, "");
  expect([kept.after(many, 0), kept.after(many, 1)?.rows.length]).toEqual([undefined, 100]);
  add(long, 1, "x".repeat(40_000));
  add(long, 2, "x".repeat(40_000));
  expect([kept.after(long, 0), kept.after(long, 1)?.rows.length]).toEqual([undefined, 1]);
  expect(add(long, 3, "x".repeat(70_000))).toBe(true);
  expect(kept.after(long, 2)).toBeUndefined();
});

it("of all logs 16 Mi characters are kept, those that were added to and read last", () => {
  const kept = new FreshEvents();
  const topics = Array.from({ length: 300 }, (_, number) => topicOf("acme", `run_${number}`));
  const text = "x".repeat(60_000);
  for (const topic of topics) {
    kept.keep(topic);
    kept.add(topic, 1, 1, () => asRead([{ payload: { text } } as unknown as RunEventRow]));
  }
  const left = topics.filter((topic) => kept.after(topic, 0) !== undefined);
  expect(left).toEqual(topics.slice(-left.length));
  expect(left.length * 60_000).toBeGreaterThan(15_000_000);
  expect(left.length * 60_000).toBeLessThan(16_777_216);
});

/** A page as text, of each event its own columns, with the keys of its payload as they come. */
function textOf(page: LogPage | undefined): string {
  return JSON.stringify({
    ...page,
    events: page?.events.map(({ runId, sessionId, seq, sessionSeq, type, ...event }) => {
      const { redactionCount, createdAt, occurredAt, tenantId, payload } = event;
      const numbers = { seq, sessionSeq, redactionCount };
      return { tenantId, runId, sessionId, ...numbers, type, createdAt, occurredAt, payload };
    }),
  });
}

const keys = ["b", "a", "text", "10", "9", "é", "zz", "😀", "\uffff", "Z", "", "__proto__", "aaa", "_"];

function objectOf(random: Random, levels: number): Record<string, JsonValue> {
  const object: Record<string, JsonValue> = { text: "t" };
  for (let count = random.below(6); count > 0; count -= 1) {
    Object.defineProperty(object, random.pick(keys), {
      value: valueOf(random, levels - 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

function valueOf(random: Random, levels: number): JsonValue {
  if (levels > 0 && random.chance(0.4)) return objectOf(random, levels);
  if (levels > 0 && random.chance(0.3))
    return Array.from({ length: random.below(3) }, () => valueOf(random, levels - 1));
  return random.pick<JsonValue>([null, true, "text", 0, -1.5, 1e-7, 123_456_789_012, 0.1, 1e15, ""]);
}
