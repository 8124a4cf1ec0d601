import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newId } from "../../src/domain/ids.js";
import { atRoot } from "../../src/domain/session-tree.js";
import type { CreateRunInput } from "../../src/generated/documents/graphql.js";
import { insertSession } from "../../src/store/session.js";
import type { TenantStore } from "../../src/store/store.js";
import { transaction } from "../../src/store/transaction.js";
import { makeBeginning } from "../support/beginning.js";
import { countDeadlocks } from "../support/deadlocks.js";
import { openNode, readAllRows } from "../support/node.js";
import { countWaiting } from "../support/row-lock.js";
import { readStored } from "../support/stored-session.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, createSession, registerRunner, uniqueName } from "../support/work.js";

let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  await createSession(service);
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

/** Has each session lose the race that is inserted with its version: it begins in a transaction then. */
const lose = `
  CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE unique_violation; END';
  CREATE TRIGGER lose BEFORE INSERT ON session FOR EACH ROW WHEN (NEW.change_version > 0) EXECUTE FUNCTION lose()`;
const winAgain = "DROP FUNCTION lose CASCADE";

const prompt = "Mend the flaky   test\nwith sk-ant-api03-Zk3v9QpL2mXw8RtY5uNb7HcJ4dFg6KsA1eVxTqWyPoIzUrMl";
const beginnings: Record<string, Partial<CreateRunInput>> = {
  "a session alone": {},
  "a title of its own": {
    session: { sessionId: "", metadata: { title: "  Night shift  ", branch: "main" } },
  },
  "a turn": { turn: { payload: { prompt } } },
  "a turn without a prompt": { turn: { payload: { files: ["a.ts"] } } },
  "a turn in a session with a title": {
    session: { sessionId: "", metadata: { title: "Night shift" } },
    turn: { payload: { prompt } },
  },
  "all that it may have": {
    session: {
      sessionId: "",
      conversationId: "conversation",
      threadId: "thread",
      expiresAt: "2999-01-01T00:00:00Z",
      parentToolCallId: "call-1",
      metadata: { token: "hunter2hunter2" },
    },
    resourceBundle: { kind: "git", repoUrl: "https://example.com/a.git" },
    metadata: { attempt: 1 },
    maxAttempts: 7,
    parallel: true,
    turn: { payload: { prompt } },
  },
  "what happened long ago": { occurredAt: "2020-02-02T02:02:02.020202Z", turn: { payload: { prompt } } },
};

it.each(Object.entries(beginnings))("stores the same as a transaction does: %s", async (_name, input) => {
  const names = [uniqueName("begun"), uniqueName("begun")] as const;
  const begin = (sessionId: string) =>
    createRun(service, { ...input, session: { ...input.session, sessionId }, idempotencyKey: sessionId });
  await begin(names[0]);
  await node.pool.query(lose);
  await begin(names[1]);
  await node.pool.query(winAgain);
  const [atOnce, inTransaction] = [await readStored(node, names[0]), await readStored(node, names[1])];
  expect(atOnce.split("\n").length).toBe(input.turn ? 5 : 3);
  expect(atOnce).toBe(inTransaction);
});

it("a name or a key that is taken, or a time to come, leaves nothing behind", async () => {
  const [name, key] = [uniqueName("taken"), uniqueName("key")];
  const turn = { payload: { prompt } };
  const first = await createRun(service, { session: { sessionId: name }, turn, idempotencyKey: key });
  const before = await readAllRows(node);
  const other = { session: { sessionId: uniqueName("other") }, turn };
  await expect(createRun(service, { ...other, idempotencyKey: key })).rejects.toThrow("used before");
  const ahead = new Date(Date.now() + 60_000).toISOString();
  await expect(createRun(service, { ...other, occurredAt: ahead })).rejects.toThrow("occurredAt");
  const again = { session: { sessionId: name }, turn, idempotencyKey: key };
  expect(await createRun(service, again)).toBe(first);
  expect(await readAllRows(node)).toBe(before);
});

it("of sessions that begin at once, one that fails or is refused takes no other with it", async () => {
  const [poison, taken] = [uniqueName("poison"), uniqueName("taken")];
  await createRun(service, { session: { sessionId: taken }, projectId: "q" });
  await node.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE check_violation; END';
    CREATE TRIGGER refuse BEFORE INSERT ON session FOR EACH ROW WHEN (NEW.name LIKE '${poison}%') EXECUTE FUNCTION refuse()`);
  const names = Array.from({ length: 64 }, () => uniqueName("many"));
  const begin = (sessionId: string) =>
    createRun(service, { session: { sessionId }, turn: { payload: { prompt } } });
  const outcomes = await Promise.allSettled([
    ...names.slice(0, 32).map(begin),
    begin(`${poison}-1`),
    begin(taken),
    ...names.slice(32).map(begin),
  ]);
  const refused = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [String(outcome.reason)] : [],
  );
  expect(refused.map((reason) => /[A-Z_]{5,}/.exec(reason)?.[0])).toEqual([
    "INTERNAL_SERVER_ERROR",
    "TENANT_POLICY_DENIED",
  ]);
  await node.pool.query("DROP FUNCTION refuse CASCADE");
  const { rows } = await node.pool.query<{ name: string; runs: number; events: number; commands: number }>(
    `SELECT name, count(*)::int AS runs, min(session.last_event_seq)::int AS events,
       (SELECT count(*)::int FROM command WHERE session_id = session.id) AS commands
     FROM session JOIN run ON session_id = session.id WHERE name = ANY($1) GROUP BY session.id, name, session.tenant_id ORDER BY name`,
    [[...names, `${poison}-1`]],
  );
  expect(rows).toEqual(names.toSorted().map((name) => ({ name, runs: 1, events: 2, commands: 1 })));
});

it("sessions that begin at once share statements", async () => {
  const statements = await recordStatements(() =>
    Promise.all(Array.from({ length: 66 }, () => node.beginnings.do(makeBeginning()))),
  );
  // The first two go out at once, the others together as soon as there is room.
  expect(statements.length).toBe(4);
});

it("of sessions that cannot begin, so many wait, and the rest are told at once to come again", async () => {
  const holder = await node.pool.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT FROM tenant FOR UPDATE");
  const begin = async () => ((await node.beginnings.do(makeBeginning())) ? "begun" : "not begun");
  const all = Array.from({ length: 1_100 }, () => begin().catch((error: Error) => error.message));
  expect(await Promise.race(all)).toContain("try again");
  await holder.query("COMMIT");
  holder.release();
  const outcomes = await Promise.all(all);
  // The first two have gone out by themselves.
  expect(outcomes.filter((outcome) => outcome === "begun").length).toBe(1_002);
  expect(outcomes.filter((outcome) => outcome.includes("try again")).length).toBe(98);
});

it("who waits for a name that is being taken holds nothing that its taker needs", async () => {
  const name = uniqueName("held");
  let isWaiting: Promise<string> | undefined;
  await transaction(node, async (tx) => {
    const { rows } = await node.pool.query<{ id: string }>("SELECT id FROM run LIMIT 1");
    const place = { ...atRoot, conversationId: null, threadId: null, parentToolCallId: null };
    const made = { id: newId("session"), name, title: null, metadata: {}, expiresAt: null };
    const lastRunId = rows[0]?.id ?? "";
    await insertSession(tx, { ...place, ...made, projectId: "p", backendProfile: "codex", lastRunId });
    isWaiting = createRun(service, { session: { sessionId: name } });
    while ((await countWaiting(service.databaseUrl)) === 0) await setImmediate();
    await node.pool.query("SELECT FROM tenant FOR UPDATE NOWAIT");
  });
  expect(await isWaiting).toMatch(/^run_/);
});

it("callers that begin in the same name or with the same key, each in its way, never wait for each other in a ring", async () => {
  const runnerId = await registerRunner(service);
  const claim = { runnerId, leaseSeconds: 60 };
  const begun: string[] = [];
  for (let round = 0; round < 25; round += 1) {
    const [name, key] = [uniqueName("ring"), uniqueName("key")];
    // Those that claim begin in a transaction, the others in one statement.
    const calls = Array.from({ length: 12 }, (_, index) =>
      createRun(service, {
        session: { sessionId: index % 3 === 0 ? name : `${name}-${index}` },
        ...(index % 2 === 0 ? { claim } : {}),
        ...(index % 3 === 1 ? { idempotencyKey: key } : {}),
      }).catch((error: Error) => error.message),
    );
    begun.push(...(await Promise.all(calls)));
  }
  expect(begun.filter((id) => !id.startsWith("run_") && !id.includes("used before"))).toEqual([]);
  expect(await countDeadlocks(service)).toBe(0);
});
