import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { removeSession } from "../../src/actions/retention.js";
import { openPool } from "../../src/database/pool.js";
import { createStore } from "../../src/store/store.js";
import { graphql } from "../support/graphql.js";
import { answerDocument, openRequest, readRequest } from "../support/requests.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  claim,
  createCommand,
  createRun,
  createSession,
  finishRun,
  readEvents,
  readSession,
  sessionOf,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService({ config: { sweepMs: 50 } });
  pool = openPool({ connectionString: service.databaseUrl, connections: 4, onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await service.close();
});

const later = new Date(Date.now() + 86_400_000).toISOString();

const store = () =>
  createStore(
    pool,
    () => undefined,
    () => undefined,
  ).tenant("local");

async function expire(id: string): Promise<void> {
  await pool.query("UPDATE session SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1", [
    id,
  ]);
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: Error) => error.message,
  );
}

async function isListed(id: string): Promise<boolean> {
  const query = graphql(
    `query AllSessionIds { sessions(first: 100, filter: { state: ALL }) { nodes { id } } }`,
  );
  return (await service.ask(query)).sessions.nodes.some((node) => node.id === id);
}

it("an expired session takes no run and no command, and says which expiresAt; with a later one it lives on", async () => {
  const { sessionId, runId } = await createSession(service);
  const id = await sessionOf(service, runId);
  await expire(id);
  for (const refused of [createRun(service, { session: { sessionId } }), createCommand(service, runId)]) {
    expect(await codeOf(refused)).toMatch(/CONFLICT|TERMINAL/);
  }
  const past = new Date(Date.now() - 1_000).toISOString();
  expect(await codeOf(createRun(service, { session: { sessionId, expiresAt: past } }))).toMatch(/CONFLICT/);
  await expect.poll(() => isListed(id)).toBe(false);

  const next = await createRun(service, { session: { sessionId, expiresAt: later } });
  expect(await sessionOf(service, next)).toBe(id);
  expect(await isListed(id)).toBe(true);
  await createCommand(service, next);
  expect((await readSession(service, sessionId)).expiresAt?.slice(0, 19)).toBe(later.slice(0, 19));
});

it("a command in a run that still lives is a CONFLICT that names expiresAt", async () => {
  await using quiet = await startService();
  const { sessionId, runId } = await createSession(quiet);
  const id = await sessionOf(quiet, runId);
  const client = new pg.Client({ connectionString: quiet.databaseUrl });
  await client.connect();
  await client.query("UPDATE session SET expires_at = clock_timestamp() WHERE id = $1", [id]);
  await client.end();
  const create = graphql(`
    mutation CommandInExpired($input: CreateCommandInput!) { createCommand(input: $input) { command { id } } }
  `);
  const { errors } = await quiet.call(create, { input: { runId, type: "TURN", payload: {} } });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: "CONFLICT",
    details: { field: "expiresAt", sessionId },
  });
});

it.each(["live", "BLOCKED"] as const)(
  "no answer is taken for a %s run, until it has a later expiresAt",
  async (what) => {
    await using quiet = await startService();
    const { sessionId, runId } = await createSession(quiet);
    const id = await openRequest(quiet, runId);
    if (what === "BLOCKED") await finishRun(quiet, runId, { terminalStatus: "BLOCKED" });
    const client = new pg.Client({ connectionString: quiet.databaseUrl });
    await client.connect();
    await client.query("UPDATE session SET expires_at = clock_timestamp() WHERE name = $1", [sessionId]);
    await client.end();
    const input = { id, decision: "ANSWERED" as const, value: "yes" };
    const { errors } = await quiet.call(answerDocument, { input });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "CONFLICT",
      details: { field: "expiresAt", sessionId },
    });
    expect((await readRequest(quiet, id)).state).toBe("OPEN");
    await createRun(quiet, { session: { sessionId, expiresAt: later } });
    const { answerInputRequest: answered } = await quiet.ask(answerDocument, { input });
    expect(answered.run?.id === runId).toBe(what === "live");
    expect(answered.inputRequest.answer?.command?.state).toBe("PENDING");
  },
);

it("when it expires its live runs are cancelled, held ones too, and say why", async () => {
  const { sessionId, runId: waiting } = await createSession(service);
  const held = await createRun(service, { session: { sessionId } });
  const commandId = await createCommand(service, held);
  await claim(service, held);
  await expire(await sessionOf(service, waiting));
  for (const runId of [waiting, held]) {
    await expect
      .poll(async () => (await readEvents(service, runId)).at(-1)?.payload)
      .toEqual({ terminalStatus: "cancelled", failureKind: "cancelled", message: "session expired" });
  }
  const query = graphql(`query StateOfCommand($id: ID!) { node(id: $id) { ... on Command { state } } }`);
  expect((await service.ask(query, { id: commandId })).node).toEqual({ state: "CANCELLED" });
});

it("once its removal has begun its name is free, and names a new session", async () => {
  const { sessionId, runId } = await createSession(service, { sessionId: uniqueName("name") });
  const id = await sessionOf(service, runId);
  await pool.query(
    `INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
     SELECT 'local', $1, seq, $2, seq, 'ERROR', '{}', 0, now() FROM generate_series(1000, 8000) AS seq`,
    [runId, id],
  );
  await expire(id);
  const hidden = async () => (await pool.query("SELECT expired FROM session WHERE id = $1", [id])).rows[0];
  await expect.poll(hidden).toEqual({ expired: true });
  // Its first step removes events; in a later one it waits for its run.
  const held = await pool.connect();
  await held.query("BEGIN");
  await held.query("SELECT FROM run WHERE id = $1 FOR UPDATE", [runId]);
  const removal = removeSession(store(), id);
  const begun = async () => (await held.query("SELECT removing FROM session WHERE id = $1", [id])).rows[0];
  await expect.poll(begun).toEqual({ removing: true });

  const fresh = await createRun(service, { session: { sessionId } });
  const freshId = await sessionOf(service, fresh);
  expect(freshId).not.toBe(id);
  expect((await readSession(service, sessionId)).id).toBe(freshId);
  await held.query("ROLLBACK");
  held.release();
  expect(await removal).toBe(true);
  expect((await readSession(service, sessionId)).id).toBe(freshId);
});
