import { afterAll, beforeAll, expect, it } from "vitest";
import { appendEvents } from "../../src/store/event-log/append.js";
import type { TenantStore } from "../../src/store/store.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, readEvents } from "../support/work.js";

let service: TestService;
let nodes: TenantStore[];
beforeAll(async () => {
  service = await startService();
  nodes = Array.from({ length: 4 }, () => openNode(service));
});
afterAll(async () => {
  await Promise.all(nodes.map(({ pool }) => pool.end()));
  await service.close();
});

const event = (text: string) => ({
  type: "ASSISTANT_MESSAGE" as const,
  payload: { text },
  redactionCount: 0,
});
const writer = { leaseTokenHash: null, operator: true };

it("four nodes that are sent the same key at the same time store it once", async () => {
  const runId = await createRun(service);
  const idempotency = { key: "k", sent: { keyed: "h", plain: "p" } };
  const outcomes = await Promise.all(
    nodes.map((node) => node.appender.append({ runId, events: [event("once")], writer, idempotency })),
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
  const registerRunnerOne = graphql(`
    mutation RegisterRunnerOne { registerRunner(input: { id: "rnr_one" }) { runner { id } } }
  `);
  await service.ask(registerRunnerOne);
  const claimByRunnerOne = graphql(`
    mutation ClaimByRunnerOne($claimed: ID!) {
      claimRun(input: { runId: $claimed, runnerId: "rnr_one" }) { run { id } }
    }
  `);
  await service.ask(claimByRunnerOne, { claimed });
  const [node] = nodes as [TenantStore];
  const missing = `run_${"0".repeat(32)}`;
  const stranger = { leaseTokenHash: null, operator: false };
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
  const [node] = nodes as [TenantStore];
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
