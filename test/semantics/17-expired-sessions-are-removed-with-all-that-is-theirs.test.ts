import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { removeSession } from "../../src/actions/retention.js";
import { openPool } from "../../src/database/pool.js";
import { findExpiredSessions, findForgottenSessions } from "../../src/store/retention.js";
import { createStore } from "../../src/store/store.js";
import { graphql } from "../support/graphql.js";
import { indexAll } from "../support/indexing.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  append,
  claim,
  createCommand,
  createRun,
  finishCommand,
  finishRun,
  readSession,
  uniqueName,
} from "../support/work.js";
import type { Wake } from "../../src/domain/topic.js";

let service: TestService;
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService();
  pool = openPool({ connectionString: service.databaseUrl, connections: 2, onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await service.close();
});

/** The tenant's store on the test's database; `wake` is told of every commit. */
const storeWith = (wake: Wake = () => undefined) => createStore(pool, wake, () => undefined).tenant("local");

/** A session with something of every kind: two runs, commands, events, a batch with a key, a job, a mark, queue rows. */
async function createFullSession(sessionId = uniqueName("session")) {
  const runIds: string[] = [];
  for (let run = 0; run < 2; run += 1) {
    const runId = await createRun(service, { session: { sessionId } });
    const commandId = await createCommand(service, runId);
    await append(service, runId, ["a", "b"], { idempotencyKey: "k" });
    const input = { payloadHash: "h", attemptId: "a", runnerId: "r", namespace: "n", jobName: "j" };
    const more = { managerUrl: "u", image: "i", sourceCommit: "c", result: {} };
    const saveJobOfSession = graphql(`
      mutation SaveJobOfSession($input: SaveRunnerJobInput!) { saveRunnerJob(input: $input) { replayed } }
    `);
    await service.ask(saveJobOfSession, { input: { runId, commandId, ...input, ...more } });
    await finishCommand(service, commandId);
    runIds.push(runId);
  }
  await createCommand(service, runIds[0] ?? "", "TURN");
  await finishRun(service, runIds[1] ?? "");
  const { id } = await readSession(service, sessionId);
  const archiveSessionById = graphql(`
    mutation ArchiveSessionById($id: ID) {
      archiveSession(input: { session: { id: $id } }) { session { id } }
    }
  `);
  await service.ask(archiveSessionById, { id });
  const taskId = uniqueName("qt");
  await pool.query(
    `INSERT INTO queue_task (tenant_id, id, project_id, queue, lane, priority, rank, payload, payload_hash, session_id,
       max_attempts, available_at, created_at, updated_at)
     VALUES ('local', $1, 'p', 'q', 'l', 0, 0, '{}', 'h', $2, 1, now(), now(), now())`,
    [taskId, id],
  );
  await pool.query(
    `INSERT INTO queue_attempt (tenant_id, id, task_id, number, session_id, run_id, command_id, started_at)
     SELECT 'local', $1 || 'a', $1, 1, $2, run_id, id, now() FROM command WHERE session_id = $2 LIMIT 1`,
    [taskId, id],
  );
  await pool.query(
    `INSERT INTO delta_stream (tenant_id, run_id, stream_id, session_id, slot, type, attempt, began_at, touched_at, sent,
       sent_bytes, text, length, tail, taken)
     VALUES ('local', $1, 's', $2, 0, 'ASSISTANT_MESSAGE', 1, now(), now(), 1, 1, 'x', 1, '', '{}')`,
    [runIds[0], id],
  );
  await indexAll(storeWith());
  return { id: id, sessionId, runIds, taskId };
}

const idsOf = async (found: Promise<{ id: string }[]>) => (await found).map(({ id }) => id);

async function expire(id: string, interval = "1 second"): Promise<void> {
  await pool.query(`UPDATE session SET expires_at = now() - $2::interval WHERE id = $1`, [id, interval]);
}

/** How many rows of each table belong to a session or name it, its runs or its commands. */
async function countRows({ id, runIds }: { id: string; runIds: string[] }): Promise<Record<string, number>> {
  const { rows: columns } = await pool.query(`
    SELECT c.table_name AS name, c.column_name AS key FROM information_schema.columns AS c
    WHERE c.table_schema = 'public' AND (c.column_name ~ '(^|_)(session|run|command)_id$'
      OR c.table_name IN ('session', 'run') AND c.column_name = 'id')`);
  expect(columns.length).toBeGreaterThan(15);
  const { rows: commands } = await pool.query(`SELECT id FROM command WHERE run_id = ANY($1)`, [runIds]);
  const ids = [id, ...runIds, ...commands.map((row) => row.id)];
  const counts: Record<string, number> = {};
  for (const { name, key } of columns) {
    const { rows } = await pool.query(`SELECT count(*) FROM ${name} WHERE ${key} = ANY($1)`, [ids]);
    if (rows[0].count > 0) counts[`${name}.${key}`] = rows[0].count;
  }
  return counts;
}

async function listed(id: string): Promise<boolean> {
  const query = graphql(`
    query ArchivedSessions { sessions(first: 100, filter: { state: ALL, archived: true }) { nodes { id } } }
  `);
  return (await service.ask(query)).sessions.nodes.some((node) => node.id === id);
}

describe("removing a session", () => {
  let other: Awaited<ReturnType<typeof createFullSession>>;
  let before: Record<string, number>;
  beforeEach(async () => {
    other = await createFullSession();
    before = await countRows(other);
  });

  it("leaves nothing of it in any table but the queue's rows, and other sessions as they were", async () => {
    const session = await createFullSession();
    expect(Object.keys(await countRows(session))).toEqual(Object.keys(before));
    await expire(session.id);
    expect(await removeSession(storeWith(), session.id)).toBe(true);
    expect(await countRows(session)).toEqual({});
    expect(await countRows(other)).toEqual(before);
    const kept = `SELECT run_id, command_id, session_id FROM queue_attempt WHERE task_id = $1`;
    expect((await pool.query(kept, [session.taskId])).rows).toEqual([
      { run_id: null, command_id: null, session_id: null },
    ]);
    expect(await removeSession(storeWith(), session.id)).toBe(true);
  });

  it("goes on after an interruption, and its events go in batches", async () => {
    const session = await createFullSession();
    const texts = Array.from({ length: 500 }, () => "x");
    for (let batch = 0; batch < 11; batch += 1) await append(service, session.runIds[0] ?? "", texts);
    await expire(session.id);
    let commits = 0;
    const cut = storeWith(() => {
      commits += 1;
      if (commits === 2) throw new Error("cut");
    });
    const countOf = async () => (await countRows(session))["run_event.session_id"];
    // Its live run is cancelled, which three events tell.
    const all = Number(await countOf()) + 3;
    await expect(removeSession(cut, session.id)).rejects.toThrow("cut");
    expect(Number(await countOf())).toBe(all - 5_000);
    expect(await listed(session.id)).toBe(false);

    expect(await removeSession(storeWith(), session.id)).toBe(true);
    expect(await countRows(session)).toEqual({});
    expect(await countRows(other)).toEqual(before);
  });

  it("waits for the runner that holds one of its runs", async () => {
    const session = await createFullSession();
    await claim(service, session.runIds[0] ?? "");
    await expire(session.id);
    const counts = await countRows(session);
    expect(await removeSession(storeWith(), session.id)).toBe(false);
    expect(await idsOf(findExpiredSessions(storeWith(), 0, 100))).not.toContain(session.id);
    expect(await countRows(session)).toEqual(counts);

    await finishRun(service, session.runIds[0] ?? "");
    expect(await idsOf(findExpiredSessions(storeWith(), 0, 100))).toContain(session.id);
    expect(await removeSession(storeWith(), session.id)).toBe(true);
    expect(await countRows(session)).toEqual({});
  });

  it("does not touch one that has not expired and was active within a day, nor another tenant's", async () => {
    const counts = await countRows(other);
    expect(await removeSession(storeWith(), other.id)).toBe(false);
    await expire(other.id);
    const foreign = createStore(
      pool,
      () => undefined,
      () => undefined,
    ).tenant("globex");
    await removeSession(foreign, other.id);
    expect(await idsOf(findExpiredSessions(foreign, 0, 100))).toEqual([]);
    expect(await countRows(other)).toEqual(counts);
  });
});

it("an expired session is found once its grace is over, and is in no list before", async () => {
  const { id } = await createFullSession();
  expect(await listed(id)).toBe(true);
  await expire(id, "1 hour");
  expect(await listed(id)).toBe(false);
  expect(await idsOf(findExpiredSessions(storeWith(), 3_700, 100))).not.toContain(id);
  expect(await idsOf(findExpiredSessions(storeWith(), 3_500, 100))).toContain(id);
});

it("a forgotten session is found where it rests, and leaves every list before it is removed", async () => {
  const session = await createFullSession();
  const age = async (days: number) =>
    pool.query(
      `UPDATE session SET last_activity_at = past.at, updated_at = past.at FROM (SELECT now() - make_interval(days => $2) AS at) AS past WHERE id = $1`,
      [session.id, days],
    );
  await age(31);
  expect((await readSession(service, session.sessionId)).executionState).toBe("RUNNING");
  expect(await idsOf(findForgottenSessions(storeWith(), 30, 100))).not.toContain(session.id);
  expect(await removeSession(storeWith(), session.id)).toBe(false);

  await finishRun(service, session.runIds[0] ?? "");
  await age(31);
  expect(await idsOf(findForgottenSessions(storeWith(), 32, 100))).not.toContain(session.id);
  // An edit counts, also one that is no activity.
  await pool.query(`UPDATE session SET updated_at = now() WHERE id = $1`, [session.id]);
  expect(await idsOf(findForgottenSessions(storeWith(), 30, 100))).not.toContain(session.id);
  expect(await removeSession(storeWith(), session.id)).toBe(false);
  await age(31);
  expect(await idsOf(findForgottenSessions(storeWith(), 30, 100))).toContain(session.id);
  expect(await idsOf(findExpiredSessions(storeWith(), 0, 100))).not.toContain(session.id);

  const seen: boolean[] = [];
  const watched = storeWith((topics) => {
    seen.push([...topics].includes("local/sessions"));
  });
  expect(await removeSession(watched, session.id)).toBe(true);
  expect(seen).toEqual([true]);
  expect(await listed(session.id)).toBe(false);
  expect(await idsOf(findForgottenSessions(storeWith(), 30, 100))).not.toContain(session.id);
  expect(await idsOf(findExpiredSessions(storeWith(), 3_600, 100))).not.toContain(session.id);
  // From then on it is as one that expired.
  expect(await idsOf(findExpiredSessions(storeWith(), 0, 100))).toContain(session.id);
  expect(await removeSession(watched, session.id)).toBe(true);
  expect(await countRows(session)).toEqual({});
});
