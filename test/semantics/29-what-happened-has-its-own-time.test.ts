import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveSkips } from "../../src/store/inbox/skip.js";
import { skipAxisNames } from "../../src/store/listing/listing.js";
import { createTenantClient } from "../../src/store/statement.js";
import { openPlainPool } from "../support/plain-pool.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { appendEvents, registerRunner, uniqueName } from "../support/work.js";

let service: TestService;
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService();
  pool = openPlainPool(service.databaseUrl);
});
afterAll(async () => {
  await pool.end();
  await service.close();
});

const begin = graphql(`
  mutation BeginOld($input: CreateRunInput!) {
    createRun(input: $input) {
      run { id session { id } }
      command { id }
      leaseToken
    }
  }
`);
const read = graphql(`
  query ReadOld($sessionId: String!) {
    session(by: { sessionId: $sessionId }) {
      lastActivityAt updatedAt createdAt version
      attention { reason since }
      inputRequests(states: [OPEN, ANSWERED]) { nodes { id requestedAt closedAt expiresAt } }
      timeline(first: 100) { nodes { occurredAt createdAt type ... on BackendStatusEvent { phase } } }
    }
  }
`);
const command = graphql(`
  mutation OldCommand($input: CreateCommandInput!) { createCommand(input: $input) { command { id } replayed } }
`);
const endCommand = graphql(`
  mutation EndOldCommand($input: FinishCommandInput!) { finishCommand(input: $input) { command { id } } }
`);
const endRun = graphql(`
  mutation EndOldRun($input: FinishRunInput!) { finishRun(input: $input) { run { id } } }
`);
const close = graphql(`
  mutation CloseOld($input: CloseInputRequestInput!) { closeInputRequest(input: $input) { inputRequest { closedAt } } }
`);

/** An instant of a day long ago, so many minutes after its beginning. */
const at = (minutes: number) => new Date(Date.UTC(2020, 4, 1, 0, minutes)).toISOString().replace("Z", "000Z");
const completed = { terminalStatus: "COMPLETED" } as const;

/** Begins a run of a new session long ago, claimed and with a turn. */
async function beginOld() {
  const sessionId = uniqueName("old");
  const runnerId = await registerRunner(service);
  const { createRun } = await service.ask(begin, {
    input: {
      projectId: "p",
      backendProfile: "codex",
      session: { sessionId },
      turn: { payload: { prompt: "go" } },
      claim: { runnerId },
      occurredAt: at(0),
    },
  });
  const leaseToken = found(createRun.leaseToken);
  return { sessionId, runId: createRun.run.id, turnId: found(createRun.command).id, leaseToken };
}
const readOld = async (sessionId: string) => found((await service.ask(read, { sessionId })).session);

describe("what happened long ago", () => {
  it("is stored with its time at every step, and nothing of the session says now but when it was stored", async () => {
    const { sessionId, runId, turnId, leaseToken } = await beginOld();
    expect(await readOld(sessionId)).toMatchObject({
      lastActivityAt: at(0),
      attention: { reason: "WORKING", since: at(0) },
    });
    await appendEvents(service, {
      runId,
      leaseToken,
      events: [
        { type: "ASSISTANT_MESSAGE", payload: { text: "a" }, occurredAt: at(2) },
        {
          type: "INPUT_REQUEST",
          payload: { kind: "question", prompt: "?", expiresAt: at(9) },
          occurredAt: at(3),
        },
      ],
    });
    const asking = await readOld(sessionId);
    const [request] = asking.inputRequests.nodes;
    expect(request).toMatchObject({ requestedAt: at(3), expiresAt: at(9) });
    expect(asking).toMatchObject({
      lastActivityAt: at(3),
      attention: { reason: "NEEDS_INPUT", since: at(3) },
    });

    const closing = { id: found(request).id, leaseToken, decision: "ANSWERED", comment: "yes" } as const;
    await service.ask(close, { input: { ...closing, occurredAt: at(4) } });
    await service.ask(command, {
      input: { runId, type: "STEER", payload: { text: "s" }, occurredAt: at(5) },
    });
    // What comes late of what happened before lowers nothing.
    await appendEvents(service, {
      runId,
      leaseToken,
      events: [{ type: "REASONING", payload: { text: "r" }, occurredAt: at(1) }],
    });
    await service.ask(endCommand, {
      input: { commandId: turnId, leaseToken, result: completed, occurredAt: at(6) },
    });
    await service.ask(endRun, { input: { runId, leaseToken, result: completed, occurredAt: at(7) } });

    const session = await readOld(sessionId);
    expect(session).toMatchObject({
      lastActivityAt: at(7),
      attention: { reason: "FINISHED", since: at(7) },
      inputRequests: { nodes: [{ closedAt: at(4) }] },
    });
    expect(session.createdAt > at(8) && session.updatedAt > at(8)).toBe(true);
    const minutes = session.timeline.nodes.map(({ occurredAt }) => new Date(occurredAt).getUTCMinutes());
    expect(minutes).toEqual([0, 0, 0, 2, 3, 4, 5, 1, 6, 7, 7]);
    expect(session.timeline.nodes.every(({ occurredAt, createdAt }) => createdAt > occurredAt)).toBe(true);
  });

  it("is part of what a key was sent with, and left out it is as if there were none", async () => {
    const { runId } = await beginOld();
    const send = async (occurredAt?: string) => {
      const input = { runId, type: "INTERRUPT", payload: {}, idempotencyKey: "k" } as const;
      return service.call(command, { input: { ...input, ...(occurredAt ? { occurredAt } : {}) } });
    };
    expect((await send(at(1))).data?.createCommand.replayed).toBe(false);
    expect((await send(at(1))).data?.createCommand.replayed).toBe(true);
    for (const other of [at(2), undefined])
      expect((await send(other)).errors?.[0]?.extensions.code).toBe("IDEMPOTENCY_KEY_REUSED");
  });

  it("asks nothing by a request that ended before it was asked", async () => {
    const { runId, leaseToken, sessionId } = await beginOld();
    const payload = { kind: "question", prompt: "?", expiresAt: at(3) };
    const events = [{ type: "INPUT_REQUEST" as const, payload, occurredAt: at(3) }];
    await expect(appendEvents(service, { runId, leaseToken, events })).rejects.toThrow(
      /input\.events\.0\.payload\.expiresAt must be later/,
    );
    expect((await readOld(sessionId)).timeline.nodes).toHaveLength(3);
  });
});

it("what is said to happen more than 5 s from now is refused, names its field, and stores nothing", async () => {
  const { runId, turnId, leaseToken, sessionId } = await beginOld();
  const before = await readOld(sessionId);
  const ahead = new Date(Date.now() + 3_600_000).toISOString();
  const soon = new Date().toISOString();
  const event = (occurredAt: string) => ({ type: "REASONING" as const, payload: { text: "r" }, occurredAt });
  const atEnd = { leaseToken, result: completed, occurredAt: ahead };
  const refused: [string, () => Promise<unknown>][] = [
    [
      "input.events.1.occurredAt",
      () => appendEvents(service, { runId, leaseToken, events: [event(soon), event(ahead)] }),
    ],
    [
      "input.occurredAt",
      () => service.ask(command, { input: { runId, type: "TURN", payload: {}, occurredAt: ahead } }),
    ],
    ["input.occurredAt", () => service.ask(endCommand, { input: { commandId: turnId, ...atEnd } })],
    ["input.occurredAt", () => service.ask(endRun, { input: { runId, ...atEnd } })],
    [
      "input.occurredAt",
      () => service.ask(begin, { input: { projectId: "p", backendProfile: "codex", occurredAt: ahead } }),
    ],
  ];
  for (const [field, ask] of refused)
    await expect(ask()).rejects.toThrow(`${field} must not be more than 5 s after`);
  expect(await readOld(sessionId)).toEqual(before);
  await appendEvents(service, { runId, leaseToken, events: [event(soon)] });
  expect((await readOld(sessionId)).lastActivityAt.slice(0, 23)).toBe(soon.slice(0, 23));
});

const lists = graphql(`
  query OldLists($project: String!) {
    unread: sessions(filter: { projectId: $project, state: UNREAD }, orderBy: ATTENTION, first: 20) { nodes { sessionId } }
    read: sessions(filter: { projectId: $project, state: READ }, orderBy: LAST_ACTIVITY, first: 20) { nodes { sessionId } }
    last: sessions(filter: { projectId: $project, state: UNREAD }, orderBy: LAST_ACTIVITY, last: 20) { nodes { sessionId } }
    all: sessions(filter: { projectId: $project, state: ALL }, first: 20) { nodes { sessionId } }
    unreadMade: sessions(filter: { projectId: $project, state: UNREAD }, orderBy: CREATED, first: 20) { nodes { sessionId } }
    readMade: sessions(filter: { projectId: $project, state: READ }, orderBy: CREATED, last: 20) { nodes { sessionId } }
    unreadOfAll: sessions(filter: { projectId: $project, state: UNREAD, level: ALL }, orderBy: LAST_ACTIVITY, first: 20) { nodes { sessionId } }
    shownMade: sessions(filter: { projectId: $project }, orderBy: CREATED, last: 20) { nodes { sessionId } }
  }
`);

it("what is imported reaches every list at once, also of readers whose skips were built before", async () => {
  const project = uniqueName("import");
  // The reader has read them all, so that its unread sessions lie nowhere on the axis of activity.
  await pool.query(
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, first_version, change_version, execution_state,
       reason_since, last_activity_at, created_at, updated_at)
     SELECT 'local', 'ses_' || lpad(to_hex(i), 32, '0'), 'read' || i, $1, 'codex', 1, 1, 1, 'IDLE', at, at, at, at
     FROM generate_series(1, 1200) AS i, LATERAL (SELECT timestamptz '2020-01-01Z' + i * interval '1 hour' AS at) AS clock`,
    [project],
  );
  await pool.query(
    "INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version) SELECT 'local', 'local', id, 1 FROM session WHERE project_id = $1",
    [project],
  );
  // As if ten minutes had gone since the last change.
  const saveLater = async () => {
    await pool.query("UPDATE session SET late_at = late_at - interval '10 minutes'");
    for (const axis of skipAxisNames) await saveSkips(createTenantClient(pool, "local"), "local", axis);
  };
  await saveLater();
  const names = async () => {
    const data = await service.ask(lists, { project });
    const namesOf = (list: { nodes: { sessionId: string }[] }) =>
      list.nodes.map(({ sessionId }) => sessionId);
    // Whatever the order, they are the same sessions.
    expect(namesOf(data.unreadMade).toSorted()).toEqual(namesOf(data.unread).toSorted());
    expect(namesOf(data.unreadOfAll)).toEqual(namesOf(data.unread));
    return {
      unread: namesOf(data.unread),
      read: namesOf(data.read),
      last: namesOf(data.last),
      all: namesOf(data.all),
      unreadMade: namesOf(data.unreadMade),
      readMade: namesOf(data.readMade),
      shownMade: namesOf(data.shownMade),
    };
  };
  expect(await names()).toMatchObject({ unread: [], last: [] });

  const input = { projectId: project, backendProfile: "codex" };
  const beginAt = async (sessionId: string, more: object) =>
    (await service.ask(begin, { input: { ...input, session: { sessionId }, ...more } })).createRun.run.id;
  const first = await beginAt("first", { occurredAt: "1999-01-01T00:00:00Z" });
  await beginAt("second", { occurredAt: "2019-06-01T00:00:00Z" });
  const imported = ["second", "first"];
  expect(await names()).toMatchObject({ unread: imported, last: imported });
  expect((await names()).all.slice(0, 2)).toEqual(imported);

  // Events alone move a session that rests, on the axis that the skips remember.
  await saveLater();
  const events = [{ type: "REASONING" as const, payload: { text: "r" }, occurredAt: "2019-09-01T00:00:00Z" }];
  await appendEvents(service, { runId: first, events });
  expect(await names()).toMatchObject({ unread: ["first", "second"], last: ["first", "second"] });

  // So does the end of what was active while they were saved.
  const third = await beginAt("third", { turn: { payload: {} }, occurredAt: "2019-09-02T00:00:00Z" });
  await saveLater();
  await service.ask(endRun, {
    input: { runId: third, result: completed, occurredAt: "2019-09-03T00:00:00Z" },
  });
  const unread = ["third", "first", "second"];
  expect(await names()).toMatchObject({ unread, last: unread });

  // And what a reader reads lies among what it has read.
  await service.ask(
    `mutation { markSessionsRead(input: { filter: { projectId: "${project}" } }) { counts { unread } } }`,
  );
  expect(await names()).toMatchObject({ unread: [], last: [] });
  const withSkips = await names();
  await pool.query("DELETE FROM reader_skip");
  expect(await names()).toEqual(withSkips);
});
