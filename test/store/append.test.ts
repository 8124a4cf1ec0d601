import { afterAll, beforeAll, expect, it } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { appendEvents } from "../../src/store/append-events.js";
import { createStore } from "../../src/store/store.js";
import type { TenantStore } from "../../src/store/store.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { createCommand, createRun, readEvents, uniqueName } from "../support/work.js";

let service: TestService;
const pools: ReturnType<typeof openPool>[] = [];
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await service.close();
});

/** The store of one more node on the same database. */
function openNode(): TenantStore {
  const pool = openPool({ connectionString: service.databaseUrl, connections: 4, onError: () => {} });
  pools.push(pool);
  return createStore(
    pool,
    () => {},
    () => {},
  ).tenant("local");
}

const event = (text: string) => ({
  type: "ASSISTANT_MESSAGE" as const,
  payload: { text },
  redactionCount: 0,
});
const writer = { service: false as const, leaseTokenHash: null, operator: true };

it("four nodes append to the same runs of a session while commands come in: seq and sessionSeq have no gap", async () => {
  const session = { sessionId: uniqueName("session") };
  const runIds = [
    await createRun(service, { session }),
    await createRun(service, { session }),
    await createRun(service),
  ];
  const nodes = Array.from({ length: 4 }, openNode);
  const places = new Map<string, Set<number>>(runIds.map((id) => [id, new Set()]));
  const write = async (node: TenantStore, offset: number) => {
    for (let turn = 0; turn < 40; turn += 1) {
      const runId = runIds[(turn + offset) % runIds.length] ?? "";
      const outcome = await node.appender.append({
        runId,
        events: [event("a"), event("b")],
        writer,
        idempotency: null,
      });
      if (outcome.outcome !== "STORED") throw new Error(outcome.outcome);
      places
        .get(runId)
        ?.add(outcome.firstSeq)
        .add(outcome.firstSeq + 1);
    }
  };
  const command = async () => {
    for (let turn = 0; turn < 15; turn += 1) await createCommand(service, runIds[turn % runIds.length] ?? "");
  };
  await Promise.all([
    ...nodes.flatMap((node, offset) => [write(node, offset), write(node, offset + 1)]),
    command(),
  ]);

  for (const runId of runIds) {
    const events = await readEvents(service, runId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const written = events.filter(({ payload }) => payload.phase === undefined).map(({ seq }) => seq);
    expect([...(places.get(runId) ?? [])].toSorted((a, b) => a - b)).toEqual(written);
  }
  const data = await service.ask(
    `query ($by: SessionRef!) { session(by: $by) { lastEventSeq timeline(first: 500) { nodes { sessionSeq } } } }`,
    { by: session },
  );
  const seqs = data.session.timeline.nodes.map((node: { sessionSeq: number }) => node.sessionSeq);
  expect(seqs).toEqual(seqs.map((_: number, index: number) => index + 1));
  expect(seqs.at(-1)).toBe(data.session.lastEventSeq);
});

it("four nodes that are sent the same key at the same time store it once", async () => {
  const runId = await createRun(service);
  const idempotency = { key: "k", payloadHash: "h" };
  const outcomes = await Promise.all(
    Array.from({ length: 4 }, openNode).map((node) =>
      node.appender.append({ runId, events: [event("once")], writer, idempotency }),
    ),
  );
  expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual([
    "REPLAYED",
    "REPLAYED",
    "REPLAYED",
    "STORED",
  ]);
  expect(await readEvents(service, runId)).toHaveLength(2);
});

it("of batches that share a statement, each is accepted or refused for itself", async () => {
  const [open, claimed] = [await createRun(service), await createRun(service)];
  await service.ask(`mutation { registerRunner(input: { id: "rnr_one" }) { runner { id } } }`);
  await service.ask(
    `mutation { claimRun(input: { runId: "${claimed}", runnerId: "rnr_one" }) { run { id } } }`,
  );
  const node = openNode();
  const missing = `run_${"0".repeat(32)}`;
  const stranger = { service: false as const, leaseTokenHash: null, operator: false };
  const batch = (runId: string) => ({ runId, events: [event("x")], writer: stranger, idempotency: null });
  const outcomes = await appendEvents(node, [batch(open), batch(claimed), batch(missing), batch(open)]);
  expect(outcomes).toMatchObject([
    { outcome: "STORED", firstSeq: 2 },
    { outcome: "LEASE", attempt: 1 },
    { outcome: "MISSING" },
    { outcome: "STORED", firstSeq: 3 },
  ]);
});

it("50 appends to one run that arrive together: the first alone, the others in one statement", async () => {
  const runId = await createRun(service);
  const node = openNode();
  const seqs = new Set<number>();
  const sent = await recordStatements(() =>
    Promise.all(
      Array.from({ length: 50 }, async () => {
        const outcome = await node.appender.append({
          runId,
          events: [event("x")],
          writer,
          idempotency: null,
        });
        if (outcome.outcome === "STORED") seqs.add(outcome.firstSeq);
      }),
    ),
  );
  expect(seqs.size).toBe(50);
  expect(sent).toHaveLength(2);
});
