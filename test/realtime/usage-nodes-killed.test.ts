/*
 * What was used is told exactly, whoever dies meanwhile. USAGE_EVENTS=1000000 USAGE_APPENDERS=64 is the long form; more events take
 * more time: --testTimeout.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { startServiceProcess } from "../support/exec/outage.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { createRandom } from "../support/random.js";
import { asking, callerOf } from "../support/start-service.js";
import { createRun, createSession } from "../support/work.js";

const events = Number(process.env["USAGE_EVENTS"] ?? 2_000);
const appenders = Number(process.env["USAGE_APPENDERS"] ?? 16);
const eventsEach = 50;

const append = graphql(`
  mutation AppendUsage($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq replayed } }
`);
const read = graphql(`
  query ReadUsed($runId: ID!) {
    run(id: $runId) {
      lastEventSeq
      usage { inputTokens outputTokens requests costMicros }
      session { usage { inputTokens outputTokens requests costMicros } }
    }
  }
`);
const nothing = () => ({ inputTokens: 0, outputTokens: 0, requests: 0, costMicros: 0 });

it("run and session have used what was told, to the token, with replays and nodes that are killed with kill -9", async () => {
  const database = await createTestDatabase();
  const nodes = await Promise.all([startServiceProcess(database.url), startServiceProcess(database.url)]);
  const callers = nodes.map(({ url }) => asking(callerOf(url)));
  const first = found(callers[0]);
  const { sessionId, runId } = await createSession(first);
  const runIds = [runId, await createRun(first, { session: { sessionId } })];
  const told = new Map(runIds.map((id) => [id, { ...nothing(), events: 0 }]));
  const batches = Math.ceil(events / eventsEach);
  let next = 0;
  let replays = 0;

  const appendAll = async (seed: number) => {
    const random = createRandom(seed);
    while (next < batches) {
      const key = `batch-${(next += 1)}`;
      const id = random.pick(runIds);
      const payloads = Array.from({ length: eventsEach }, () => {
        const micros = random.below(10 ** 7);
        return { inputTokens: random.below(10 ** 6), outputTokens: random.below(999), requests: 1, micros };
      });
      const sent = payloads.map(({ micros, ...payload }) => ({
        type: "USAGE" as const,
        payload: { ...payload, costUsd: micros / 1e6 },
      }));
      const input = { runId: id, idempotencyKey: key, events: sent };
      const send = async () => {
        for (;;) {
          // Whichever node lives.
          const answer = await random
            .pick(callers)
            .ask(append, { input })
            .catch(() => null);
          if (answer) return answer.appendEvents;
          await delay(20);
        }
      };
      await send();
      if (random.chance(0.2)) {
        expect((await send()).replayed).toBe(true);
        replays += 1;
      }
      const sum = found(told.get(id));
      for (const { inputTokens, outputTokens, micros } of payloads) {
        sum.inputTokens += inputTokens;
        sum.outputTokens += outputTokens;
        sum.requests += 1;
        sum.costMicros += micros;
        sum.events += 1;
      }
    }
  };
  let isDone = false;
  const killAll = async () => {
    for (let turn = 0; !isDone; turn += 1) {
      const node = found(nodes[turn % nodes.length]);
      await delay(200 + (turn % 7) * 150);
      await node.kill();
      await node.start();
    }
  };
  const killing = killAll();
  await Promise.all(Array.from({ length: appenders }, (_, seed) => appendAll(seed)));
  isDone = true;
  await killing;

  const whole = nothing();
  for (const [id, { events: count, ...sum }] of told) {
    const run = found((await first.ask(read, { runId: id })).run);
    expect(run.usage).toEqual(sum);
    // The first event tells that the run was created.
    expect(run.lastEventSeq).toBe(count + 1);
    for (const name of Object.keys(whole) as (keyof typeof whole)[]) whole[name] += sum[name];
  }
  expect(found((await first.ask(read, { runId })).run).session?.usage).toEqual(whole);
  expect(replays).toBeGreaterThan(0);
  for (const node of nodes) await node.kill();
  await database.drop();
});
