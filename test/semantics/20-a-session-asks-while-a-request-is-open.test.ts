import { describe, expect, it } from "vitest";
import { expireRunLease } from "../../src/actions/expire-run-leases.js";
import { listSessions, mark, readAttention, readCounts } from "../support/attention.js";
import { graphql } from "../support/graphql.js";
import { passLease } from "../support/node.js";
import { answerDocument } from "../support/requests.js";
import { shareNode, shareService } from "../support/shared-service.js";
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

const service = shareService();
const node = shareNode(service);

type Kind = "QUESTION" | "APPROVAL";

/** The agent of a run asks, several times in one batch where there are several kinds. */
async function request(runId: string, ...kinds: Kind[]): Promise<void> {
  const events = kinds.map((kind) => ({
    type: "INPUT_REQUEST" as const,
    payload: { prompt: "Deploy?", kind, options: ["yes", "no"] },
  }));
  await appendEvents(service, { runId, events });
}

/** A person declines whatever a run asks. */
async function answerAll(runId: string): Promise<void> {
  const open = graphql(`
    query OpenOfRunToDecline($runId: ID!) { inputRequests(filter: { runId: $runId }) { nodes { id } } }
  `);
  for (const { id } of (await service.ask(open, { runId })).inputRequests.nodes)
    await service.ask(answerDocument, { input: { id, decision: "DENIED" } });
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

  it("says so until it is closed: by the end of its turn, but not where that is BLOCKED", async () => {
    for (const [terminalStatus, reason] of [
      ["BLOCKED", "NEEDS_INPUT"],
      ["COMPLETED", "FINISHED"],
    ] as const) {
      const { sessionId, runId } = await createSession(service);
      const turn = await createCommand(service, runId);
      await request(runId, "QUESTION");
      const version = await versionOf(sessionId);
      await finishCommand(service, turn, { terminalStatus });
      expect(await reasonOf(sessionId)).toBe(reason);
      expect(await versionOf(sessionId)).toBeGreaterThan(version);
    }
  });

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

  it("for approval counts before a question, and of each kind the oldest, in one run and several", async () => {
    const { sessionId, runId } = await requestedSession("QUESTION");
    const asked = await readAttention(service, sessionId);
    await request(runId, "QUESTION");
    expect(await readAttention(service, sessionId)).toMatchObject({
      reason: "NEEDS_INPUT",
      since: asked.since,
    });
    const otherRun = await createRun(service, { session: { sessionId } });
    await request(otherRun, "APPROVAL");
    expect(await reasonOf(sessionId)).toBe("NEEDS_APPROVAL");
    await request(runId, "QUESTION");
    expect(await reasonOf(sessionId)).toBe("NEEDS_APPROVAL");
    await finishRun(service, otherRun);
    expect(await readAttention(service, sessionId)).toMatchObject({
      reason: "NEEDS_INPUT",
      since: asked.since,
    });
    await finishRun(service, runId);
    expect(await reasonOf(sessionId)).toBe("FINISHED");
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
    await answerAll(runId);
    expect(await reasonOf(sessionId)).toBe("STALE");
    await request(runId, "QUESTION");
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
    await claim(service, runId);
    expect(await reasonOf(sessionId)).toBe("NEEDS_INPUT");
    await answerAll(runId);
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
    named["APPROVAL"],
    idle,
  ]);
  expect(await readCounts(service, { projectId })).toMatchObject({ needsInput: 2, unread: 3, total: 3 });
});

it("DEFAULT holds what asks though it is read, and in ATTENTION it comes first: approvals, then questions", async () => {
  const projectId = uniqueName("project");
  const made: Record<string, string> = {};
  const make = async (name: string, ...steps: ((runId: string) => Promise<unknown>)[]) => {
    const { sessionId, runId } = await createSession(service, {}, { projectId });
    for (const step of steps) await step(runId);
    made[sessionId] = name;
    return sessionId;
  };
  const asksFor = (kind: Kind) => (runId: string) => request(runId, kind);
  const works = (runId: string) => createCommand(service, runId);
  const read = [
    await make("approval read", asksFor("APPROVAL")),
    await make("question read", asksFor("QUESTION")),
    await make("read"),
  ];
  for (const sessionId of read) await mark(service, "markSessionRead", sessionId);
  await make("question works", works, asksFor("QUESTION"));
  await make("approval works", works, asksFor("APPROVAL"));
  await make("works", works);
  await make("unread");
  const names = async (filter: object = {}) =>
    (await listSessions(service, { projectId, ...filter })).map((sessionId) => made[sessionId]);
  const asking = ["approval works", "approval read", "question works", "question read"];
  expect(await names()).toEqual([...asking, "works", "unread"]);
  expect(await names({ state: "ALL" })).toEqual([...asking, "works", "unread", "read"]);
  expect(await names({ state: "RUNNING" })).toEqual(["approval works", "question works", "works"]);
  expect(await names({ state: "READ" })).toEqual(["approval read", "question read", "read"]);
  expect(await readCounts(service, { projectId })).toMatchObject({
    active: 3,
    unread: 1,
    read: 3,
    needsInput: 4,
  });
});

it("what a reader does to a session that it has read leaves it read, for nobody else", async () => {
  const { sessionId, runId } = await createSession(service);
  await request(runId, "QUESTION");
  for (const readerId of ["local", "bob"]) await mark(service, "markSessionRead", sessionId, { readerId });
  const before = await versionOf(sessionId);
  await answerAll(runId);
  expect(await readAttention(service, sessionId)).toMatchObject({ unread: false });
  expect(await readAttention(service, sessionId, "bob")).toMatchObject({ unread: true });
  expect(await versionOf(sessionId)).toBeGreaterThan(before);
  await cancelRun(service, runId);
  expect(await readAttention(service, sessionId)).toMatchObject({ unread: false, reason: "CANCELLED" });
  await mark(service, "markSessionUnread", sessionId);
  await cancelRun(service, await createRun(service, { session: { sessionId } }));
  expect(await readAttention(service, sessionId)).toMatchObject({ unread: true });
});
