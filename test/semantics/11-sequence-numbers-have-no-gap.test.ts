import { afterAll, beforeAll, expect, it } from "vitest";
import type { TenantStore } from "../../src/store/store.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  append,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
} from "../support/work.js";

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
const countFrom1 = (items: readonly unknown[]) => items.map((_, index) => index + 1);

async function expectNoGap(sessionId: string): Promise<void> {
  const sessionSeqs = graphql(`
    query SessionSeqs($by: SessionRef!) {
      session(by: $by) { lastEventSeq timeline(first: 500) { nodes { sessionSeq } } }
    }
  `);
  const data = await service.ask(sessionSeqs, { by: { sessionId } });
  const session = found(data.session);
  const seqs = session.timeline.nodes.map((node) => node.sessionSeq);
  expect(seqs).toEqual(countFrom1(seqs));
  expect(seqs.at(-1)).toBe(session.lastEventSeq);
}

it("four nodes append to the same runs of a session while commands come in: every event has its place", async () => {
  const { sessionId, runId } = await createSession(service);
  const session = { sessionId };
  const runIds = [runId, await createRun(service, { session }), await createRun(service)];
  const places = new Map<string, Set<number>>(runIds.map((id) => [id, new Set()]));
  const write = async (node: TenantStore, offset: number) => {
    for (let turn = 0; turn < 25; turn += 1) {
      const runId = runIds[(turn + offset) % runIds.length] ?? "";
      const events = [event("a"), event("b")];
      const outcome = await node.appender.append({ runId, events, writer, idempotency: null });
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
    expect(events.map(({ seq }) => seq)).toEqual(countFrom1(events));
    const written = events.filter(({ payload }) => payload.phase === undefined).map(({ seq }) => seq);
    expect([...(places.get(runId) ?? [])].toSorted((a, b) => a - b)).toEqual(written);
  }
  await expectNoGap(sessionId);
});

it("what the service writes itself is counted with the rest, while runs are claimed and end", async () => {
  const { sessionId, runId } = await createSession(service);
  const runIds = [runId];
  while (runIds.length < 4) runIds.push(await createRun(service, { session: { sessionId } }));
  await Promise.all(
    runIds.map(async (id) => {
      const [command] = await Promise.all([
        createCommand(service, id),
        append(service, id, ["a", "b"]),
        claim(service, id),
        createCommand(service, id, "STEER"),
      ]);
      const result = { terminalStatus: "COMPLETED", threadId: "t" } as const;
      await Promise.all([finishCommand(service, command, result), append(service, id, ["c"])]);
      await finishRun(service, id);
    }),
  );
  for (const id of runIds) {
    const events = await readEvents(service, id);
    expect(events.map(({ seq }) => seq)).toEqual(countFrom1(events));
    expect(events).toHaveLength(11);
  }
  await expectNoGap(sessionId);
});

it("commands that are created at the same time are numbered from 1, in the order of their events", async () => {
  const { runId } = await createSession(service);
  const types = ["TURN", "STEER", "INTERRUPT"] as const;
  await Promise.all(
    Array.from({ length: 15 }, (_, index) => createCommand(service, runId, types[index % 3])),
  );
  const query = graphql(`query CommandSeqs($id: ID!) { run(id: $id) { commands { nodes { id seq } } } }`);
  const commands = found((await service.ask(query, { id: runId })).run).commands.nodes;
  expect(commands.map(({ seq }) => seq)).toEqual(countFrom1(commands));
  const told = (await readEvents(service, runId)).flatMap(({ payload }) => payload.commandId ?? []);
  expect(told).toEqual(commands.map(({ id }) => id));
});

it("what is refused or repeated takes no number", async () => {
  const { sessionId, runId } = await createSession(service);
  await claim(service, runId);
  await append(service, runId, ["first"], { idempotencyKey: "k" });
  await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => [
      append(service, runId, ["refused"], { leaseToken: "lease_wrong" }),
      append(service, runId, ["reused"], { idempotencyKey: "k" }),
      append(service, runId, ["first"], { idempotencyKey: "k" }),
      append(service, runId, [`stored ${index}`]),
      claim(service, runId),
    ]).flat(),
  );
  const events = await readEvents(service, runId);
  expect(events.map(({ seq }) => seq)).toEqual(countFrom1(events));
  expect(events).toHaveLength(3 + 12);
  await expectNoGap(sessionId);
});
