import { afterAll, beforeAll, expect, it } from "vitest";
import { collect, followRun, followSession } from "../support/following/follow.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { createRandom } from "../support/random.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, finishRun, uniqueName } from "../support/work.js";

// The numbers are those of the invariants in src/realtime/audience.

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

it("A7: an ended run's stream gives all that is stored, then completes, also for those who come late", async () => {
  const runId = await createRun(service);
  await append(service, runId, ["a", "b", "c"]);
  await finishRun(service, runId);
  const batches = await collect(followRun(service.connect(), { runId }));
  expect(batches.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual([1, 2, 3, 4, 5]);
  expect(batches.at(-1)).toMatchObject({ caughtUp: true, run: { status: "COMPLETED" } });
});

it("F2: a live follower gets each event once and in order, until the run ends", async () => {
  const runId = await createRun(service);
  const seqs: number[] = [];
  for await (const { events, caughtUp } of followRun(service.connect(), { runId })) {
    expect(caughtUp).toBe(true);
    seqs.push(...events.map(({ seq }) => seq));
    if (seqs.length === 1) await append(service, runId, ["one", "two"]);
    if (seqs.length === 3) await finishRun(service, runId);
  }
  expect(seqs).toEqual([1, 2, 3, 4]);
});

it("F3: a follower resumes after its cursor, and after a cursor of the connection", async () => {
  const runId = await createRun(service);
  await append(service, runId, ["a", "b", "c"]);
  const endOfFirstEvents = graphql(`
    query EndOfFirstEvents($id: ID!) { run(id: $id) { events(first: 2) { pageInfo { endCursor } } } }
  `);
  const data = await service.ask(endOfFirstEvents, { id: runId });
  await finishRun(service, runId);
  const after = found(data.run).events.pageInfo.endCursor;
  const batches = await collect(followRun(service.connect(), { runId, after }));
  expect(batches.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual([3, 4, 5]);

  const eventsAfter = graphql(`
    query EventsAfter($id: ID!, $after: String) { run(id: $id) { events(after: $after) { nodes { seq } } } }
  `);
  const page = await service.ask(eventsAfter, { id: runId, after: batches.at(-1)?.cursor });
  expect(page.run?.events.nodes).toEqual([]);
});

it("large events come a few at a time, however many a page may hold", async () => {
  const runId = await createRun(service);
  const random = createRandom(1);
  const numbers = () => Array.from({ length: 24_000 }, () => random.below(10 ** 9)).join(" ");
  for (let turn = 0; turn < 3; turn += 1) await append(service, runId, [numbers(), numbers(), numbers()]);
  await finishRun(service, runId);
  const batches = await collect(followRun(service.connect(), { runId }));
  expect(batches.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ]);
  expect(batches.map(({ caughtUp }) => caughtUp)).toEqual([false, true]);
  for (const batch of batches) expect(JSON.stringify(batch).length).toBeLessThan(2 ** 21);
});

it("F4, F6: the first batch comes at once, even where no event is of the wanted types", async () => {
  const runId = await createRun(service);
  const follower = followRun(service.connect(), { runId, types: ["DIFF"] });
  const first = await follower.next();
  expect(first.value).toMatchObject({ events: [], caughtUp: true });
  await append(service, runId, ["not wanted"]);
  await finishRun(service, runId);
  expect(await collect(follower)).toEqual([]);
});

it("F5: a burst comes as few large batches", async () => {
  const runId = await createRun(service);
  for (let burst = 0; burst < 4; burst += 1)
    await append(
      service,
      runId,
      Array.from({ length: 400 }, (_, i) => `${i}`),
    );
  await finishRun(service, runId);
  const batches = await collect(followRun(service.connect(), { runId }));
  expect(batches.map(({ events }) => events.length)).toEqual([500, 500, 500, 102]);
  expect(batches.map(({ caughtUp }) => caughtUp)).toEqual([false, false, false, true]);
});

it("a session's stream goes on over all its runs", async () => {
  const sessionId = uniqueName("session");
  const first = await createRun(service, { session: { sessionId } });
  const seqs: (number | null)[] = [];
  for await (const { events } of followSession(service.connect(), { session: { sessionId } })) {
    seqs.push(...events.map(({ sessionSeq }) => sessionSeq));
    if (seqs.length === 1) await finishRun(service, first);
    if (seqs.length === 2) await createRun(service, { session: { sessionId } });
    if (seqs.length === 3) break;
  }
  expect(seqs).toEqual([1, 2, 3]);
});

it("a subscription to what is not there is refused with an error, and the socket lives on", async () => {
  const client = service.connect();
  const missing = `run_${"0".repeat(32)}`;
  await expect(collect(followRun(client, { runId: missing }))).rejects.toThrow(/NOT_FOUND/);
  await expect(collect(followRun(client, { runId: "nonsense" }))).rejects.toThrow(/BAD_USER_INPUT/);
  const runId = await createRun(service);
  await finishRun(service, runId);
  expect(await collect(followRun(client, { runId }))).toHaveLength(1);
});

it("a syntax error in a subscription is answered in an error frame, and the socket lives on", async () => {
  const client = service.connect();
  const closes: unknown[] = [];
  client.on("closed", (event) => closes.push(event));
  await expect(collect(client.iterate({ query: "subscription {" }))).rejects.toMatchObject([
    { extensions: { code: "GRAPHQL_PARSE_FAILED" } },
  ]);
  const { value } = await client.iterate({ query: "{ viewer { tenantId } }" }).next();
  expect(value?.data).toEqual({ viewer: { tenantId: "local" } });
});
