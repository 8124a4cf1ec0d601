import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { findForgottenSessions } from "../../src/store/retention.js";
import { type RestingKind, beginning, findResting } from "../../src/store/resting.js";
import { createStore } from "../../src/store/store.js";
import { type TestDatabase, createTestDatabase } from "../support/database.js";

// A fifth of the rows is 100 days old, and the rest is of today.
const many = 200_000;
const day = 86_400;
const aged =
  "now() - CASE WHEN n % 5 = 0 THEN interval '100 days' ELSE interval '0' END - make_interval(secs => n / 1000.0)";
const idOf = (prefix: string, n = "n") => `'${prefix}_' || lpad(${n}::text, 32, '0')`;
const each = `FROM generate_series(1, ${many}) AS n`;

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ connectionString: database.url, connections: 1, onError: () => {} });
  // Over a connection that gives such statements their time.
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const text of [
    "INSERT INTO tenant (tenant_id, version) VALUES ('local', 0)",
    `INSERT INTO run (tenant_id, id, project_id, backend_profile, status, payload_hash, created_at, updated_at)
      SELECT 'local', ${idOf("run")}, 'p', 'b', 'COMPLETED', 'h', ${aged}, ${aged} ${each}`,
    `INSERT INTO queue_task (tenant_id, id, project_id, queue, lane, priority, rank, state, payload, payload_hash, max_attempts, available_at, created_at, updated_at, forgotten_at)
      SELECT 'local', ${idOf("qt")}, 'p', 'q', 'l', 0, 0, 'COMPLETED', '{}', 'h', 1, now(), now(), ${aged}, CASE WHEN n % 2 = 0 THEN ${aged} END ${each}`,
    `INSERT INTO runner (tenant_id, id, backend_profiles, registered_at, heartbeat_at) SELECT 'local', ${idOf("rnr")}, '{}', now(), ${aged} ${each}`,
    `INSERT INTO event_batch (tenant_id, run_id, idempotency_key, payload_hash, first_seq, last_seq, created_at)
      SELECT 'local', ${idOf("run", "1")}, n, 'h', 1, 1, ${aged} ${each}`,
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, reason_since, created_at, updated_at, last_activity_at)
      SELECT 'local', ${idOf("ses")}, n, 'p', 'b', now(), now(), ${aged}, ${aged} FROM generate_series(1, ${many / 10}) AS n`,
    "ANALYZE",
  ])
    await client.query(text);
  await client.end();
}, 240_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const tables = ["run", "queue_task", "runner", "event_batch", "session"];

/** How many blocks of the tables and their indexes something touches. It is done once before, so that it is planned. */
async function blocksOf(work: () => Promise<unknown>): Promise<number> {
  const read = async () => {
    await pool.query("SELECT pg_stat_force_next_flush()");
    const { rows } = await pool.query(
      "SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0))::int AS blocks FROM pg_statio_user_tables WHERE relname = ANY($1)",
      [tables],
    );
    return rows[0].blocks as number;
  };
  await work();
  const before = await read();
  await work();
  return (await read()) - before;
}

const kinds: RestingKind[] = ["runs", "endedTasks", "forgottenTasks", "runners", "batches"];

it.each(kinds)(
  "a look for %s touches a few blocks where none is old, and else those that it finds",
  async (kind) => {
    const find = (days: number, after = beginning) =>
      findResting(pool, kind, { seconds: days * day, after, limit: 100 });
    expect(await find(200)).toEqual([]);
    expect(await blocksOf(() => find(200))).toBeLessThan(10);

    const found = await find(50);
    expect(found.length).toBe(100);
    expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).toSorted());
    expect(await blocksOf(() => find(50))).toBeLessThan(2 * 100 + 10);
    const last = found.at(-1) ?? beginning;
    const next = await find(50, last);
    expect(next.length).toBe(100);
    expect(next.filter(({ at }) => at < last.at)).toEqual([]);
    expect(await blocksOf(() => find(50, last))).toBeLessThan(2 * 100 + 10);
  },
);

it("a look for forgotten sessions passes over none that has left every list, from the beginning or from a place", async () => {
  const store = createStore(
    pool,
    () => {},
    () => {},
  ).tenant("local");
  const first = await findForgottenSessions(store, 50, 3_000);
  const last = first.at(-1) ?? beginning;
  expect(first.length).toBe(3_000);
  // They have left every list, and are there still.
  await pool.query("UPDATE session SET expires_at = now() WHERE id = ANY($1)", [first.map(({ id }) => id)]);
  const fromHere = () => findForgottenSessions(store, 50, 100, last);
  expect((await fromHere()).length).toBe(100);
  // What the update left behind is passed over once nobody may see it any more; Postgres' own look at the table may, for a while.
  await expect.poll(() => blocksOf(fromHere)).toBeLessThan(4 * 100);
  await expect.poll(() => blocksOf(() => findForgottenSessions(store, 50, 100))).toBeLessThan(4 * 100);
});
