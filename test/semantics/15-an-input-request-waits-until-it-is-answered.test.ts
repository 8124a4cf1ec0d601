import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expireRunLease } from "../../src/actions/finish-run.js";
import type { TenantStore } from "../../src/store/store.js";
import { listSessions, readAttention, readCounts } from "../support/attention.js";
import { graphql } from "../support/graphql.js";
import { openNode, passLease } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  append,
  appendEvents,
  cancelRun,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

type Kind = "QUESTION" | "APPROVAL";

/** The agent of a run asks, several times in one batch where there are several kinds. */
async function request(runId: string, ...kinds: Kind[]): Promise<void> {
  const events = kinds.map((kind) => ({
    type: "INPUT_REQUEST" as const,
    payload: { prompt: "Deploy?", kind, options: ["yes", "no"] },
  }));
  await appendEvents(service, { runId, events });
}

async function expire(runId: string): Promise<void> {
  await passLease(node, runId);
  await expireRunLease(node, runId);
}

const reasonOf = async (sessionId: string) => (await readAttention(service, sessionId)).reason;
const versionOf = async (sessionId: string) => (await readAttention(service, sessionId)).version;

async function requestedSession(...kinds: Kind[]) {
  const session = await createSession(service);
  await createCommand(service, session.runId);
  await request(session.runId, ...kinds);
  return session;
}

describe("an input request", () => {
  it.each([
    ["QUESTION", "NEEDS_INPUT"],
    ["APPROVAL", "NEEDS_APPROVAL"],
  ] as const)(
    "of kind %s makes the reason %s, since it was asked, and raises the version",
    async (kind, reason) => {
      const { sessionId, runId } = await createSession(service);
      await createCommand(service, runId);
      const before = await readAttention(service, sessionId);
      expect(before.reason).toBe("WORKING");
      await request(runId, kind);
      const after = await readAttention(service, sessionId);
      expect(after).toMatchObject({ reason, active: true, state: "ACTIVE" });
      expect(after.version).toBeGreaterThan(before.version);
      const query = graphql(`
        query RequestCreation($id: ID!) {
          run(id: $id) { events(types: [INPUT_REQUEST]) { nodes { createdAt } } }
        }
      `);
      const { run } = await service.ask(query, { id: runId });
      expect(after.since).toBe(run?.events.nodes[0]?.createdAt);
    },
  );

  it("says so of a session that is IDLE or TERMINAL too, which is unread by it", async () => {
    const { sessionId, runId } = await createSession(service);
    await request(runId, "QUESTION");
    const idle = await readAttention(service, sessionId);
    expect(idle).toMatchObject({ reason: "NEEDS_INPUT", state: "UNREAD" });
    await finishCommand(service, await createCommand(service, runId));
    await request(runId, "APPROVAL");
    expect(await readAttention(service, sessionId)).toMatchObject({
      reason: "NEEDS_APPROVAL",
      state: "UNREAD",
    });
  });

  it("stays open when the turn ends that asked", async () => {
    const { sessionId, runId } = await createSession(service);
    const turn = await createCommand(service, runId);
    await request(runId, "QUESTION");
    await finishCommand(service, turn);
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
  });

  it.each(["TURN", "STEER"] as const)(
    "is answered by the next %s of its session, in whichever run",
    async (type) => {
      const { sessionId, runId } = await requestedSession("APPROVAL");
      const otherRun = await createRun(service, { session: { sessionId } });
      const read = async () => {
        const requests = graphql(`
          query Requests($id: ID!) {
            run(id: $id) {
              events(types: [INPUT_REQUEST]) {
                nodes { ... on InputRequestEvent { kind prompt options answeredBy { id } } }
              }
            }
          }
        `);
        const data = await service.ask(requests, { id: runId });
        return data.run?.events.nodes;
      };
      expect(await read()).toEqual([
        { kind: "APPROVAL", prompt: "Deploy?", options: ["yes", "no"], answeredBy: null },
      ]);
      const version = await versionOf(sessionId);
      const answer = await createCommand(service, otherRun, type);
      await createCommand(service, otherRun);
      expect(await read()).toMatchObject([{ answeredBy: { id: answer } }]);
      expect(await reasonOf(sessionId)).toBe("WORKING");
      expect(await versionOf(sessionId)).toBeGreaterThan(version);
    },
  );

  it("is not answered by an interrupt", async () => {
    const { sessionId, runId } = await requestedSession("QUESTION");
    const before = await readAttention(service, sessionId);
    await finishCommand(service, await createCommand(service, runId, "INTERRUPT"));
    expect(await readAttention(service, sessionId)).toEqual(before);
  });

  it.each<[string, (runId: string) => Promise<unknown>, string]>([
    ["finished", (runId) => finishRun(service, runId), "FINISHED"],
    ["cancelled", (runId) => cancelRun(service, runId), "CANCELLED"],
  ])("that is open when its run is %s is open no more, and nobody answers it", async (_how, end, reason) => {
    const { sessionId, runId } = await requestedSession("QUESTION");
    const version = await versionOf(sessionId);
    await end(runId);
    expect(await reasonOf(sessionId)).toBe(reason);
    expect(await versionOf(sessionId)).toBeGreaterThan(version);
    await createCommand(service, await createRun(service, { session: { sessionId } }));
    const query = graphql(`
      query AnswersOfRequests($id: ID!) {
        run(id: $id) {
          events(types: [INPUT_REQUEST]) { nodes { ... on InputRequestEvent { answeredBy { id } } } }
        }
      }
    `);
    expect((await service.ask(query, { id: runId })).run?.events.nodes).toEqual([{ answeredBy: null }]);
  });

  it("outlives the end of another run", async () => {
    const { sessionId } = await requestedSession("QUESTION");
    await finishRun(service, await createRun(service, { session: { sessionId } }));
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
  });

  it("that is the newest counts, in one batch, one run and several", async () => {
    const { sessionId, runId } = await requestedSession("APPROVAL", "QUESTION");
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
    await request(runId, "APPROVAL");
    expect(await reasonOf(sessionId)).toBe("NEEDS_APPROVAL");
    const otherRun = await createRun(service, { session: { sessionId } });
    await request(otherRun, "QUESTION");
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
    await finishRun(service, otherRun);
    expect(await reasonOf(sessionId)).toBe("NEEDS_APPROVAL");
    await createCommand(service, runId, "STEER");
    expect(await reasonOf(sessionId)).toBe("WORKING");
  });

  it("that is sent again with its key asks once", async () => {
    const { sessionId, runId } = await createSession(service);
    const append = graphql(`
      mutation AppendReplayed($input: AppendEventsInput!) { appendEvents(input: $input) { replayed } }
    `);
    const events = [{ type: "INPUT_REQUEST" as const, payload: { prompt: "?" } }];
    const input = { runId, events, idempotencyKey: "k" };
    await service.ask(append, { input });
    await createCommand(service, runId);
    const before = await readAttention(service, sessionId);
    expect((await service.ask(append, { input })).appendEvents.replayed).toBe(true);
    expect(await readAttention(service, sessionId)).toEqual(before);
    expect(before.reason).toBe("WORKING");
  });

  it("in a run without a session is kept in its log", async () => {
    const runId = await createRun(service);
    await request(runId, "QUESTION");
    expect((await readEvents(service, runId)).at(-1)?.type).toBe("INPUT_REQUEST");
  });
});

describe("the reason of a session without one", () => {
  it.each([
    [{ terminalStatus: "COMPLETED" }, "FINISHED"],
    [{ terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" }, "FAILED"],
    [{ terminalStatus: "BLOCKED" }, "BLOCKED"],
    [{ terminalStatus: "CANCELLED" }, "CANCELLED"],
  ] as const)("is IDLE at first, WORKING while active, and by %j then %s", async (result, reason) => {
    const { sessionId, runId } = await createSession(service);
    expect(await reasonOf(sessionId)).toBe("IDLE");
    const turn = await createCommand(service, runId);
    const { since } = await readAttention(service, sessionId);
    expect(await reasonOf(sessionId)).toBe("WORKING");
    await createCommand(service, runId, "STEER");
    expect(await readAttention(service, sessionId)).toMatchObject({ reason: "WORKING", since });
    await finishCommand(service, turn);
    await finishRun(service, runId, result);
    const ended = await readAttention(service, sessionId);
    expect(ended.reason).toBe(reason);
    expect(ended.since > since).toBe(true);
  });

  it("is WORKING by a claim, STALE once its lease ran out, and WORKING again by the next", async () => {
    const { sessionId, runId } = await createSession(service);
    await claim(service, runId);
    expect(await reasonOf(sessionId)).toBe("WORKING");
    await expire(runId);
    expect(await readAttention(service, sessionId)).toMatchObject({ reason: "STALE", state: "UNREAD" });
    await append(service, runId, ["events change nothing"]);
    expect(await reasonOf(sessionId)).toBe("STALE");
    await claim(service, runId);
    expect(await reasonOf(sessionId)).toBe("WORKING");
  });

  it("is STALE while its run waits, whatever is asked of it, until that run ends", async () => {
    const { sessionId, runId } = await createSession(service);
    await claim(service, runId);
    await expire(runId);
    const turn = await createCommand(service, runId);
    expect(await readAttention(service, sessionId)).toMatchObject({ reason: "STALE", state: "ACTIVE" });
    await finishCommand(service, turn);
    expect(await readAttention(service, sessionId)).toMatchObject({ reason: "STALE", state: "UNREAD" });
    await finishRun(service, runId);
    expect(await reasonOf(sessionId)).toBe("FINISHED");
  });

  it("comes after one, STALE before WORKING", async () => {
    const { sessionId, runId } = await createSession(service);
    await createCommand(service, runId);
    await claim(service, runId);
    await request(runId, "APPROVAL");
    await expire(runId);
    expect(await reasonOf(sessionId)).toBe("NEEDS_APPROVAL");
    await createCommand(service, runId, "STEER");
    expect(await reasonOf(sessionId)).toBe("STALE");
    await request(runId, "QUESTION");
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
    await claim(service, runId);
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
    await createCommand(service, runId, "STEER");
    expect(await reasonOf(sessionId)).toBe("WORKING");
  });

  it("is FAILED once its last lease ran out", async () => {
    const { sessionId, runId } = await createSession(service, {}, { maxAttempts: 1 });
    await claim(service, runId);
    await request(runId, "QUESTION");
    await expire(runId);
    expect(await reasonOf(sessionId)).toBe("FAILED");
  });
});

it("a list narrows by reasons, and both kinds of request are counted as one", async () => {
  const projectId = uniqueName("project");
  const named: Record<string, string> = {};
  for (const kind of ["QUESTION", "APPROVAL"] as const) {
    const { sessionId, runId } = await createSession(service, {}, { projectId });
    await request(runId, kind);
    named[kind] = sessionId;
  }
  const { sessionId: idle } = await createSession(service, {}, { projectId });
  expect(await listSessions(service, { projectId, reasons: ["NEEDS_INPUT"] })).toEqual([named["QUESTION"]]);
  expect(await listSessions(service, { projectId, reasons: ["NEEDS_APPROVAL", "IDLE"] })).toEqual([
    idle,
    named["APPROVAL"],
  ]);
  expect(await readCounts(service, { projectId })).toMatchObject({ needsInput: 2, unread: 3, total: 3 });
});
