import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TenantStore } from "../../src/store/store.js";
import type { NewEvent } from "../../src/store/event-log/event-batch.js";
import { openPlainPool } from "../support/plain-pool.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { createRandom } from "../support/random.js";
import { type TestService, startService } from "../support/start-service.js";
import { appendEvents, createRun, createSession } from "../support/work.js";

let service: TestService;
let nodes: TenantStore[];
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService();
  nodes = Array.from({ length: 4 }, () => openNode(service));
  pool = openPlainPool(service.databaseUrl);
});
afterAll(async () => {
  await Promise.all([pool, ...nodes.map((node) => node.pool)].map((each) => each.end()));
  await service.close();
});

graphql(`
  fragment AllUsage on Usage {
    inputTokens cacheReadTokens cacheWriteTokens outputTokens reasoningTokens requests costMicros isPriced
  }
`);
const readUsage = graphql(`
  query ReadUsage($runId: ID!) {
    run(id: $runId) {
      model
      usage { ...AllUsage }
      plan { completed total updatedAt entries { text status } }
      session { usage { ...AllUsage } plan { entries { text } } }
    }
  }
`);
const readOf = async (runId: string) => found((await service.ask(readUsage, { runId })).run);

const nothing = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  requests: 0,
  costMicros: 0,
  isPriced: true,
};

const usageEvent = (payload: NewEvent["payload"]): NewEvent => ({
  type: "USAGE",
  payload,
  redactionCount: 0,
});
const thought: NewEvent = { type: "REASONING", payload: { text: "hm" }, redactionCount: 0 };

it("16 appenders on four nodes, each batch sent twice: run and session have used what was told, to the token", async () => {
  const random = createRandom(30);
  const { sessionId, runId } = await createSession(service);
  const runIds = [runId, await createRun(service, { session: { sessionId } })];
  const sums = new Map(
    runIds.map((id) => [id, { inputTokens: 0, outputTokens: 0, costMicros: 0, requests: 0 }]),
  );
  const writer = { leaseTokenHash: null, operator: true };
  const write = async (number: number) => {
    for (let turn = 0; turn < 32; turn += 1) {
      const id = runIds[random.below(2)] ?? "";
      const told = { inputTokens: random.below(10 ** 12), outputTokens: random.below(9), requests: 1 };
      const micros = random.below(10 ** 9);
      const events = [
        thought,
        usageEvent({ ...told, costUsd: micros / 1e6 }),
        thought,
        usageEvent({ requests: 2 }),
      ];
      const key = `${number}-${turn}`;
      const sent = { keyed: key, plain: key };
      const send = (node: number) =>
        nodes[node % 4]?.appender.append({ runId: id, events, writer, idempotency: { key, sent } });
      // At once from two nodes, and again once it is stored.
      const outcomes = await Promise.all([send(number), send(number + 1)]);
      outcomes.push(await send(number + turn));
      expect(outcomes.filter((outcome) => outcome?.outcome === "STORED")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome?.outcome === "REPLAYED")).toHaveLength(2);
      const sum = found(sums.get(id));
      sum.inputTokens += told.inputTokens;
      sum.outputTokens += told.outputTokens;
      sum.costMicros += micros;
      sum.requests += 3;
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, number) => write(number)));
  const total = { inputTokens: 0, outputTokens: 0, costMicros: 0, requests: 0 };
  for (const [id, sum] of sums) {
    expect((await readOf(id)).usage).toEqual({ ...nothing, ...sum, isPriced: false });
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += sum[key];
  }
  expect((await readOf(runId)).session?.usage).toEqual({ ...nothing, ...total, isPriced: false });
});

it("a sum stays at 2^53 - 1, and what was used is priced until something is told without a cost", async () => {
  const { runId } = await createSession(service);
  const before = await readOf(runId);
  expect(before).toMatchObject({
    usage: nothing,
    plan: null,
    model: null,
    session: { usage: nothing, plan: null },
  });
  const use = (payload: object) => appendEvents(service, { runId, events: [{ type: "USAGE", payload }] });
  await use({ inputTokens: 5, costUsd: 0.0000015 });
  await use({ costUsd: 0.0000005 });
  await use({ requests: 0 });
  expect((await readOf(runId)).usage).toEqual({ ...nothing, inputTokens: 5, requests: 2, costMicros: 3 });
  await pool.query(`UPDATE run SET usage[1] = 9007199254740990 WHERE id = $1`, [runId]);
  await use({ inputTokens: 10 ** 12 });
  const { usage, session } = await readOf(runId);
  expect(usage).toMatchObject({ inputTokens: Number.MAX_SAFE_INTEGER, isPriced: false });
  expect(session?.usage).toMatchObject({ inputTokens: 10 ** 12 + 5, requests: 3, isPriced: false });
});

it("the newest plan and model are those of the run, whatever shares their batch, and of its session the newest plan", async () => {
  const { runId, sessionId } = await createSession(service);
  const other = await createRun(service, { session: { sessionId } });
  const plan = (text: string, status = "pending") => ({
    type: "PLAN" as const,
    payload: { entries: [{ text, status }, { text: "last" }] },
  });
  await appendEvents(service, {
    runId,
    events: [
      plan("a"),
      { type: "ASSISTANT_MESSAGE", payload: { text: "m", model: "large" } },
      { ...plan("b", "COMPLETED"), occurredAt: "2020-05-01T00:00:00Z" },
      { type: "USAGE", payload: { model: "small" } },
      { type: "ASSISTANT_MESSAGE", payload: { text: "m" } },
    ],
  });
  const told = { entries: [{ text: "b" }, { text: "last" }] };
  expect(await readOf(runId)).toMatchObject({
    model: "small",
    plan: { ...told, completed: 1, total: 2, updatedAt: "2020-05-01T00:00:00.000000Z" },
    session: { plan: told },
  });
  await appendEvents(service, { runId: other, events: [plan("c")] });
  expect(await readOf(runId)).toMatchObject({
    model: "small",
    plan: told,
    session: { plan: { entries: [{ text: "c" }, {}] } },
  });
  expect(await readOf(other)).toMatchObject({ model: null, usage: nothing });
});
