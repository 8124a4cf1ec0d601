import pg from "pg";
import { expect, it } from "vitest";
import { findCrowdedTenants, findDueTenants } from "../../src/store/sweep.js";
import { openPool } from "../../src/database/pool.js";
import { mark } from "../support/attention.js";
import { graphql } from "../support/graphql.js";
import { createTestDatabase } from "../support/database.js";
import { lockRun } from "../support/row-lock.js";
import { startService } from "../support/start-service.js";
import { claim, createRun, readSession, registerRunner, uniqueName } from "../support/work.js";

async function sql(databaseUrl: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

const statusOf = graphql(`
  query StatusOfDueRun($id: ID!) { run(id: $id) { status } }
`);

it("leases and snoozes end and sessions expire while retention clears, however much there is to clear", async () => {
  await using service = await startService({ config: { retentionDays: 1, sweepMs: 50 } });
  const sessionId = uniqueName("kept");
  const runId = await createRun(service, { session: { sessionId } });
  await claim(service, runId);
  const held = uniqueName("held");
  await createRun(service, { session: { sessionId: held } });
  const put = { sessionId: uniqueName("put off"), expiresAt: "2099-01-01T00:00:00Z" };
  await createRun(service, { session: put });
  await mark(service, "snoozeSession", put.sessionId, { until: "2126-01-01T00:00:00Z" });
  await sql(
    service.databaseUrl,
    `INSERT INTO session SELECT (jsonb_populate_record(session, jsonb_build_object('id', 'ses_' || lpad(n::text, 32, '0'), 'name', 'old ' || n,
      'last_run_id', null, 'active_run_id', null, 'expires_at', now() - interval '2 hours', 'expired', true))).*
    FROM session, generate_series(1, 3000) AS n WHERE name = '${held}'`,
  );
  const old = () =>
    sql(service.databaseUrl, "SELECT count(*)::int AS left FROM session WHERE name LIKE 'old %'").then(
      ({ rows }) => rows[0].left as number,
    );
  await using second = await startService({
    config: { retentionDays: 1, sweepMs: 50 },
    databaseUrl: service.databaseUrl,
  });
  await expect.poll(old).toBeLessThan(3_000);
  await sql(
    service.databaseUrl,
    `UPDATE run SET lease_expires_at = clock_timestamp() WHERE status = 'CLAIMED';
    UPDATE reader_mark SET snoozed_until = clock_timestamp();
    UPDATE session SET expires_at = clock_timestamp() WHERE name = '${put.sessionId}'`,
  );
  await expect.poll(async () => (await second.ask(statusOf, { id: runId })).run?.status).toBe("PENDING");
  const ended = `SELECT snoozed_until IS NULL AND expired AS ended FROM reader_mark, session WHERE id = session_id`;
  await expect.poll(async () => (await sql(service.databaseUrl, ended)).rows).toEqual([{ ended: true }]);
  const left = await old();
  expect(left).toBeGreaterThan(0);
  await expect.poll(old).toBeLessThan(left);
  expect((await readSession(service, sessionId)).executionState).toBe("IDLE");
});

it("nothing is kept of the counts of lanes whose tasks are gone", async () => {
  await using service = await startService();
  await sql(
    service.databaseUrl,
    `INSERT INTO queue_task (tenant_id, id, project_id, queue, lane, priority, rank, version, payload, payload_hash, max_attempts,
      available_at, created_at, updated_at)
    SELECT 'local', 'qt_' || i, 'p', 'q', 'branch ' || i, 0, 0, i, '{}', '', 3, now(), now(), now() FROM generate_series(1, 300) AS i;
    UPDATE queue_task SET state = 'COMPLETED';
    DELETE FROM queue_task`,
  );
  const kept = async () =>
    (await sql(service.databaseUrl, "SELECT count(*)::int AS kept FROM queue_count")).rows[0].kept as number;
  expect(await kept()).toBeGreaterThan(0);
  await using _ = await startService({ databaseUrl: service.databaseUrl, config: { sweepMs: 50 } });
  await expect.poll(kept).toBe(0);
});

it("a hundred and fifty rows that fail, and one that is locked, keep no other from being done", async () => {
  await using service = await startService({ config: { sweepMs: 50 } });
  const runnerId = await registerRunner(service);
  const claimed = (n: number) =>
    createRun(service, { claim: { runnerId }, session: { sessionId: uniqueName(`held ${n}`) } });
  const ids: string[] = [];
  // Few at a time: what waits for 5 s is refused.
  while (ids.length < 152)
    ids.push(...(await Promise.all(Array.from({ length: 8 }, (_, n) => claimed(ids.length + n)))));
  const last = ids.at(-1) ?? "";
  const locked = ids.at(-2) ?? "";
  await sql(
    service.databaseUrl,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON run FOR EACH ROW WHEN (NEW.id NOT IN ('${last}', '${locked}') AND NEW.status = 'PENDING') EXECUTE FUNCTION refuse()`,
  );
  const lock = await lockRun(service.databaseUrl, locked);
  await sql(
    service.databaseUrl,
    `UPDATE run SET lease_expires_at = clock_timestamp() - CASE WHEN id = '${last}' THEN interval '0' ELSE interval '1 hour' END WHERE id <> '${locked}'`,
  );
  await expect.poll(async () => (await service.ask(statusOf, { id: last })).run?.status).toBe("PENDING");
  await lock.release();
});

it("a look for what is due touches a handful of blocks, however much is not due", async () => {
  const database = await createTestDatabase();
  const many = 20_000;
  await sql(
    database.url,
    `INSERT INTO tenant (tenant_id, version) SELECT 'tenant ' || n, 0 FROM generate_series(1, 500) AS n;
    INSERT INTO session (tenant_id, id, name, project_id, backend_profile, expires_at, reason_since, created_at, updated_at, last_activity_at)
      SELECT 'tenant 1', 'ses_' || lpad(n::text, 32, '0'), 'n' || n, 'p', 'b', now() + interval '1 day', now(), now(), now(), now() FROM generate_series(1, ${many}) AS n;
    INSERT INTO reader_mark (tenant_id, reader_id, session_id, snoozed_until)
      SELECT tenant_id, 'ada', id, now() + interval '1 day' FROM session;
    ANALYZE`,
  );
  const pool = openPool({ connectionString: database.url, connections: 1, onError: () => {} });
  const blocks = async () => {
    const { rows } = await pool.query(
      "SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0))::int AS blocks FROM pg_statio_user_tables WHERE relname IN ('run', 'session', 'reader_mark', 'queue_attempt')",
    );
    return rows[0].blocks as number;
  };
  await findDueTenants(pool, []);
  await pool.query("SELECT pg_stat_force_next_flush()");
  const before = await blocks();
  for (let n = 0; n < 10; n += 1) expect(await findDueTenants(pool, [])).toEqual([]);
  await pool.query("SELECT pg_stat_force_next_flush()");
  expect((await blocks()) - before).toBeLessThan(10 * 40);
  expect(await findCrowdedTenants(pool, 3_600, 30)).toEqual([]);
  await pool.end();
  await database.drop();
});
