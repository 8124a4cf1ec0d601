import pg from "pg";
import { expect, it } from "vitest";
import { scopes } from "../../src/auth/viewer.js";
import { mark } from "../support/attention.js";
import { createTestDatabase } from "../support/database.js";
import { followAttention } from "../support/following/attention.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { asking, callerOf, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { claim, createRun, readSession, uniqueName } from "../support/work.js";

/** Runs statements on a service's database, past the service. */
async function sql(databaseUrl: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

it("what fails in one place keeps nothing else from being done, and is tried again", async () => {
  await using service = await startService({ config: { auth: tokenAuth, sweepMs: 50 } });
  const people = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const asks = asking(callerOf(service.url, await tokenFor(`tenant-${index}`, scopes)));
      const sessionId = uniqueName("session");
      const runIds = [await createRun(asks, { session: { sessionId } }), await createRun(asks)];
      for (const runId of runIds) await claim(asks, runId);
      await mark(asks, "snoozeSession", sessionId, { until: "2126-01-01T00:00:00Z" });
      const statuses = async () => {
        const read = graphql(`
          query RunStatuses($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { status } } }
        `);
        return (await asks.ask(read, { ids: runIds })).nodes.map((run) => found(run).status);
      };
      return { statuses, runIds };
    }),
  );
  const blocked = people[0]?.runIds[0];
  await sql(
    service.databaseUrl,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$`,
    `CREATE TRIGGER refuse BEFORE UPDATE ON run FOR EACH ROW WHEN (NEW.id = '${blocked}' AND NEW.status = 'PENDING') EXECUTE FUNCTION refuse()`,
    `CREATE TRIGGER refuse BEFORE UPDATE ON reader_mark FOR EACH ROW
      WHEN (NEW.tenant_id < 'tenant-3' AND NEW.snoozed_until IS NULL) EXECUTE FUNCTION refuse()`,
    `UPDATE reader_mark SET snoozed_until = clock_timestamp()`,
    `UPDATE run SET lease_expires_at = clock_timestamp()`,
  );
  const all = () => Promise.all(people.map(({ statuses }) => statuses()));
  const waiting = ["PENDING", "PENDING"];
  await expect.poll(all).toEqual([["CLAIMED", "PENDING"], waiting, waiting, waiting, waiting, waiting]);
  await sql(service.databaseUrl, `DROP TRIGGER refuse ON run`, `DROP TRIGGER refuse ON reader_mark`);
  await expect.poll(all).toEqual(people.map(() => waiting));
});

it("one sweep does all that is due, however much it is", async () => {
  await using service = await startService();
  await createRun(service);
  await sql(
    service.databaseUrl,
    `INSERT INTO run (tenant_id, id, project_id, backend_profile, payload_hash, status, attempt, lease_expires_at,
       created_at, updated_at)
     SELECT tenant_id, 'run_' || lpad(i::text, 32, '0'), project_id, backend_profile, payload_hash, 'CLAIMED', 1, created_at,
       created_at, updated_at
     FROM run CROSS JOIN generate_series(1, 230) AS i`,
  );
  const pendingRunCount = graphql(`
    query PendingRunCount { runs(filter: { statuses: [PENDING] }) { totalCount } }
  `);
  const waiting = async () => (await service.ask(pendingRunCount)).runs.totalCount;
  expect(await waiting()).toBe(1);
  // Its first sweep comes at its start, the next one in an hour.
  await using _sweeping = await startService({
    databaseUrl: service.databaseUrl,
    config: { sweepMs: 3_600_000 },
  });
  await expect.poll(waiting).toBe(231);
});

it("a snooze that ends and a session that expires are told to those who follow the inbox", async () => {
  await using service = await startService({ config: { sweepMs: 50 } });
  const [snoozed, expiring] = [uniqueName("snoozed"), uniqueName("expiring")];
  await createRun(service, { session: { sessionId: snoozed } });
  await createRun(service, { session: { sessionId: expiring, expiresAt: "2126-01-01T00:00:00Z" } });
  await mark(service, "snoozeSession", snoozed, { until: "2126-01-01T00:00:00Z" });
  const [first, second] = [await readSession(service, snoozed), await readSession(service, expiring)];

  const stream = followAttention(service.connect());
  expect((await stream.next()).value).toMatchObject({ counts: { total: 1 } });
  await sql(service.databaseUrl, `UPDATE reader_mark SET snoozed_until = clock_timestamp()`);
  expect((await stream.next()).value).toMatchObject({
    sessions: [{ id: first.id, version: first.version }],
    removedIds: [],
    counts: { total: 2 },
  });
  await sql(
    service.databaseUrl,
    `UPDATE session SET expires_at = clock_timestamp() WHERE expires_at IS NOT NULL`,
  );
  expect((await stream.next()).value).toMatchObject({
    sessions: [],
    removedIds: [second.id],
    counts: { total: 1 },
  });
});

it("a database that was away is swept again once it is back", async () => {
  const database = await createTestDatabase();
  await using proxy = await openProxy(database.url);
  await using service = await startService({ databaseUrl: proxy.url, config: { sweepMs: 50 } });
  const runId = await createRun(service);
  await claim(service, runId);
  proxy.cut();
  const read = graphql(`query RunStatus($runId: ID!) { run(id: $runId) { status } }`);
  expect((await service.call(read, { runId })).errors).toHaveLength(1);
  proxy.restore();
  await sql(database.url, `UPDATE run SET lease_expires_at = clock_timestamp()`);
  const status = async () => (await service.ask(read, { runId })).run?.status;
  await expect.poll(status).toBe("PENDING");
  await service.close();
  await database.drop();
});
