import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mark } from "../support/attention.js";
import { found } from "../support/found.js";
import type { Given, Operation } from "../support/graphql.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import { append, appendEvents, claim, createCommand, createRun, uniqueName } from "../support/work.js";

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
    const request = { type: "INPUT_REQUEST" as const, payload: { prompt: "?" } };
    await appendEvents(service, { runId: id, events: [request, request], leaseToken });
    runId = id;
  }
});
afterAll(() => service.close());

/** How many statements an operation sends, BEGIN and COMMIT aside. */
async function count<Variables = Record<string, unknown>>(
  document: Operation<unknown, Variables>,
  ...variables: Given<Variables>
): Promise<number> {
  const sent = await recordStatements(() => service.ask(document, ...variables));
  return sent.filter(({ text }) => !/^(BEGIN|COMMIT)$/.test(text)).length;
}

describe("statements that an operation sends", () => {
  it.each([
    [
      "a page of sessions",
      1,
      graphql(`
        query SessionTitles { sessions { nodes { id title } pageInfo { hasNextPage hasPreviousPage } } }
      `),
    ],
    [
      "a page of sessions with their runs and commands, last and active",
      3,
      graphql(`
        query SessionsWithLastAndActive {
          sessions { nodes { id lastRun { id } activeRun { id } lastCommand { id } activeCommand { id } } }
        }
      `),
    ],
    [
      "a page of runs with session, commands, their run, and lease",
      4,
      graphql(`
        query RunsWithCommandsAndLease {
          runs { nodes { session { id } commands { nodes { id run { id } } } lease { expired } } }
        }
      `),
    ],
    [
      "its total count, and once a minute for each reader a look whether it is kept",
      3,
      graphql(`query SessionsWithCount { sessions { totalCount nodes { id } } }`),
    ],
    [
      "its total count a second time",
      2,
      graphql(`query SessionsWithCountAgain { sessions { totalCount nodes { id } } }`),
    ],
    [
      "a connection in a connection",
      2,
      graphql(`query RunsOfSessions { sessions { nodes { runs(first: 2) { nodes { id } } } } }`),
    ],
    [
      "connections three deep",
      3,
      graphql(`
        query EventsOfRunsOfSessions {
          sessions { nodes { runs(first: 2) { nodes { events(first: 2) { nodes { seq } } } } } }
        }
      `),
    ],
    [
      "the events of many runs, with what answered them",
      4,
      graphql(`
        query RequestsOfRuns {
          runs { nodes { events { nodes { run { id } ... on InputRequestEvent { answeredBy { id } } } } } }
        }
      `),
    ],
    [
      "traces, outputs and timelines of many sessions",
      4,
      graphql(`
        query LogsOfSessions {
          sessions { nodes { trace { nodes { seq } } output { nodes { seq } } timeline { nodes { seq } } } }
        }
      `),
    ],
  ])("%s: %d", async (_what, statements, query) => {
    expect(await count(query)).toBe(statements);
  });

  it("the attention of sessions that no list has read: one for all of them", async () => {
    const sessionsOfRuns = graphql(`query SessionsOfRuns { runs { nodes { session { id } } } }`);
    const bare = await count(sessionsOfRuns);
    const attentionsOfRuns = graphql(`
      query AttentionsOfRuns { runs { nodes { session { id attention { state } } } } }
    `);
    expect(await count(attentionsOfRuns)).toBe(bare + 1);
  });

  it("a session by its id: one; by the client's name: two", async () => {
    const sessionIdBy = graphql(`query SessionIdBy($by: SessionRef!) { session(by: $by) { id } }`);
    const data = await service.ask(sessionIdBy, { by: { sessionId } });
    const query = graphql(`query SessionTitleBy($by: SessionRef!) { session(by: $by) { title } }`);
    expect(await count(query, { by: { id: found(data.session).id } })).toBe(1);
    expect(await count(query, { by: { sessionId } })).toBe(2);
  });

  it("nodes of every type: one for each type", async () => {
    const nodesOfEveryType = graphql(`
      query NodesOfEveryType {
        runs {
          nodes {
            id session { id } commands { nodes { id } } events { nodes { id } } lease { runner { id } }
          }
        }
      }
    `);
    const data = await service.ask(nodesOfEveryType);
    const ids = data.runs.nodes.flatMap((run) => [
      run.id,
      found(run.session).id,
      found(run.commands.nodes[0]).id,
      found(run.events.nodes[0]).id,
      found(run.lease).runner.id,
    ]);
    const nodesById = graphql(`query NodesById($ids: [ID!]!) { nodes(ids: $ids) { id } }`);
    expect(await count(nodesById, { ids })).toBe(5);
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
    for (const name of pinned) await mark(service, "pinSession", name);
    const cursorsOfSessions = graphql(`
      query CursorsOfSessions { sessions(first: 100) { edges { cursor } } }
    `);
    const { sessions } = await service.ask(cursorsOfSessions);
    first = found(sessions.edges[0]).cursor;
    last = found(sessions.edges.at(-1)).cursor;
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
    const heartbeatLease = graphql(`
      mutation HeartbeatLease($input: HeartbeatRunInput!) {
        heartbeatRun(input: $input) { run { lease { expired runner { id } } } }
      }
    `);
    await service.ask(heartbeatLease, { input: { runId: id, ...held } });
    for (const mutation of [
      `acknowledgeCommand(input: { commandId: "${command}" }) { command { id run { id } } }`,
      `finishCommand(input: { commandId: "${command}", result: { terminalStatus: COMPLETED, threadId: "t" } }) { command { id } }`,
      `cancelCommand(input: { commandId: "${command}" }) { command { id } }`,
      `cancelRun(input: { runId: "${id}" }) { run { id } }`,
      `markSessionRead(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `markSessionUnread(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `archiveSession(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `snoozeSession(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `pinSession(input: { session: { sessionId: "${sessionId}" } }) { session { id } }`,
      `finishRun(input: { runId: "${id}", result: { terminalStatus: COMPLETED } }) { run { id } }`,
      `registerRunner(input: { name: "r", backendProfiles: ["a"] }) { runner { id online } }`,
      `saveRunnerJob(input: { runId: "${id}", idempotencyKey: "k", payloadHash: "h", attemptId: "a", runnerId: "r", namespace: "n", jobName: "j", managerUrl: "m", image: "i", sourceCommit: "c", result: {} }) { job { id } }`,
    ]) {
      await service.ask(`mutation { ${mutation} }`);
    }
  });
  // Of lists there are more shapes than a process gives names to: files that ran before in it may have used them up.
  const lists = await recordStatements(async () => {
    await service.ask("mutation { markSessionsRead(input: {}) { changed counts { total } } }");
    const backendsAndTimelines = graphql(`
      query BackendsAndTimelines {
        backends { profile }
        sessions(filter: { state: RUNNING, projectId: "p" }) {
          totalCount
          nodes { timeline(last: 3) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } } }
        }
      }
    `);
    await service.ask(backendsAndTimelines);
  });
  const isStatement = ({ text }: { text: string }) => !/^(BEGIN|COMMIT)$/.test(text);
  const named = sent.filter(isStatement);
  expect(named.length).toBeGreaterThan(35);
  for (const { name } of named) expect(name).toMatch(/^(s|prisma)_[0-9a-f]{24}$/);
  for (const { text } of [...named, ...lists.filter(isStatement)]) expect(text).toMatch(/tenant_id/);
});
