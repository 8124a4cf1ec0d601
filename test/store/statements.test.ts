import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import { append, claim, createCommand, createRun, uniqueName } from "../support/work.js";

let service: TestService;
let runId: string;
let leaseToken: string;
const sessionId = uniqueName("session");

beforeAll(async () => {
  service = await startService();
  for (let session = 0; session < 12; session += 1) {
    const id = await createRun(service, {
      session: { sessionId: session === 0 ? sessionId : uniqueName("session") },
    });
    await createCommand(service, id);
    await createCommand(service, id, "STEER");
    ({ leaseToken } = await claim(service, id));
    const request = { type: "INPUT_REQUEST", payload: { prompt: "?" } };
    await service.ask(`mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`, {
      input: { runId: id, events: [request, request], leaseToken },
    });
    runId = id;
  }
});
afterAll(() => service.close());

/** How many statements an operation sends, BEGIN and COMMIT aside. */
async function count(query: string, variables?: Record<string, unknown>): Promise<number> {
  const sent = await recordStatements(() => service.ask(query, variables));
  return sent.filter(({ text }) => !/^(BEGIN|COMMIT)$/.test(text)).length;
}

describe("statements that an operation sends", () => {
  it.each([
    ["a page of sessions", 1, `{ sessions { nodes { id title } pageInfo { hasNextPage hasPreviousPage } } }`],
    [
      "a page of sessions with their runs and commands, last and active",
      3,
      `{ sessions { nodes { id lastRun { id } activeRun { id } lastCommand { id } activeCommand { id } } } }`,
    ],
    [
      "a page of runs with session, commands, their run, and lease",
      4,
      `{ runs { nodes { session { id } commands { nodes { id run { id } } } lease { expired } } } }`,
    ],
    ["its total count", 2, `{ sessions { totalCount nodes { id } } }`],
    ["a connection in a connection", 2, `{ sessions { nodes { runs(first: 2) { nodes { id } } } } }`],
    [
      "connections three deep",
      3,
      `{ sessions { nodes { runs(first: 2) { nodes { events(first: 2) { nodes { seq } } } } } } }`,
    ],
    [
      "the events of many runs, with what answered them",
      4,
      `{ runs { nodes { events { nodes { run { id } ... on InputRequestEvent { answeredBy { id } } } } } } }`,
    ],
    [
      "traces, outputs and timelines of many sessions",
      4,
      `{ sessions { nodes { trace { nodes { seq } } output { nodes { seq } } timeline { nodes { seq } } } } }`,
    ],
  ])("%s: %d", async (_what, statements, query) => {
    expect(await count(query)).toBe(statements);
  });

  it("the attention of sessions that no list has read: one for all of them", async () => {
    const bare = await count(`{ runs { nodes { session { id } } } }`);
    expect(await count(`{ runs { nodes { session { id attention { state } } } } }`)).toBe(bare + 1);
  });

  it("a session by its id: one; by the client's name: two", async () => {
    const data = await service.ask(`query ($by: SessionRef!) { session(by: $by) { id } }`, {
      by: { sessionId },
    });
    const query = `query ($by: SessionRef!) { session(by: $by) { title } }`;
    expect(await count(query, { by: { id: data.session.id } })).toBe(1);
    expect(await count(query, { by: { sessionId } })).toBe(2);
  });

  it("nodes of every type: one for each type", async () => {
    const data = await service.ask(
      `{ runs { nodes { id session { id } commands { nodes { id } } events { nodes { id } } lease { runner { id } } } } }`,
    );
    const ids = data.runs.nodes.flatMap((run: any) => [
      run.id,
      run.session.id,
      run.commands.nodes[0].id,
      run.events.nodes[0].id,
      run.lease.runner.id,
    ]);
    expect(await count(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids })).toBe(5);
  });

  it("an append of many events: one, and no transaction of its own", async () => {
    const sent = await recordStatements(() =>
      append(
        service,
        runId,
        Array.from({ length: 100 }, () => "x"),
        { leaseToken },
      ),
    );
    expect(sent).toHaveLength(1);
  });
});

describe("statements that an inbox page of 50 sends", () => {
  const page = (args: string, attention = "attention { state reason since readVersion pinnedAt }") =>
    `{ sessions(${args}) {
      nodes { id title ${attention} lastRun { id status } lastCommand { id type state } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
    } }`;
  let first: string;
  let last: string;
  beforeAll(async () => {
    const names = Array.from({ length: 60 }, () => ({ session: { sessionId: uniqueName("session") } }));
    await Promise.all(names.map((input) => createRun(service, input)));
    const pinned = names.slice(0, 2).map(({ session: { sessionId } }) => sessionId);
    for (const name of pinned) {
      const input = `{ session: { sessionId: "${name}" } }`;
      await service.ask(`mutation { pinSession(input: ${input}) { session { id } } }`);
    }
    const { sessions } = await service.ask(`{ sessions(first: 100) { edges { cursor } } }`);
    first = sessions.edges[0].cursor;
    last = sessions.edges.at(-1).cursor;
  });

  it("with attention, last run and command, pageInfo and totalCount: at most four, both ways", async () => {
    for (const args of [
      `first: 50`,
      `first: 50, after: "${first}"`,
      `last: 50, before: "${last}"`,
      `last: 50`,
      `first: 50, after: "${first}", before: "${last}"`,
    ]) {
      const { sessions } = await service.ask(page(args));
      expect(sessions.nodes).toHaveLength(50);
      expect([args, (await count(page(args))) <= 4]).toEqual([args, true]);
    }
  });

  it("as another reader sees it too: one more for the whole page", async () => {
    const own = await count(page("first: 50"));
    const both = 'attention { state } other: attention(readerId: "other") { state readVersion }';
    expect(await count(page("first: 50", both))).toBe(own + 1);
  });
});

it("every statement is prepared and names its tenant", async () => {
  const sent = await recordStatements(async () => {
    const id = await createRun(service, { session: { sessionId } });
    const command = await createCommand(service, id);
    const held = await claim(service, id);
    await append(service, id, ["x"], { leaseToken: held.leaseToken, idempotencyKey: "k" });
    await service.ask(
      `mutation ($input: HeartbeatRunInput!) { heartbeatRun(input: $input) { run { lease { expired runner { id } } } } }`,
      {
        input: { runId: id, ...held },
      },
    );
    for (const mutation of [
      `acknowledgeCommand(input: { commandId: "${command}" }) { command { id run { id } } }`,
      `finishCommand(input: { commandId: "${command}", result: { terminalStatus: COMPLETED, threadId: "t" } }) { command { id } }`,
      `cancelCommand(input: { commandId: "${command}" }) { command { id } }`,
      `cancelRun(input: { runId: "${id}" }) { run { id } }`,
      `markSessionRead(input: { session: { sessionId: "${sessionId}" } }) { session { id } counts { total } }`,
      `markSessionUnread(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `archiveSession(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `snoozeSession(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `pinSession(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `markSessionsRead(input: {}) { changed counts { total } }`,
      `finishRun(input: { runId: "${id}", result: { terminalStatus: COMPLETED } }) { run { id } }`,
    ]) {
      await service.ask(`mutation { ${mutation} }`);
    }
    await service.ask(
      `{ backends { profile } sessions(filter: { state: RUNNING, projectId: "p" }) { totalCount nodes { timeline(last: 3) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } } } } }`,
    );
  });
  const named = sent.filter(({ text }) => !/^(BEGIN|COMMIT)$/.test(text));
  expect(named.length).toBeGreaterThan(40);
  for (const { text, name } of named) {
    expect(text).toMatch(/tenant_id/);
    expect(name).toMatch(/^(s|prisma)_[0-9a-f]{24}$/);
  }
});
