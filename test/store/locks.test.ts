import pg from "pg";
import { expect, it } from "vitest";
import { startService } from "../support/start-service.js";
import { append, claim, createCommand, createRun, registerRunner, uniqueName } from "../support/work.js";

it("what takes no version does not wait for a transaction that does", async () => {
  await using service = await startService();
  const session = { sessionId: uniqueName("session") };
  const runId = await createRun(service, { session });
  const { leaseToken } = await claim(service, runId);
  const other = new pg.Client({ connectionString: service.databaseUrl });
  await other.connect();
  await other.query("BEGIN");
  await other.query("UPDATE tenant SET version = version + 1");

  await createRun(service);
  await claim(service, await createRun(service));
  await registerRunner(service);
  await createCommand(service, runId, "INTERRUPT");
  const seq = await append(service, runId, ["while the tenant is locked"], { leaseToken });
  expect(seq).toBeGreaterThan(0);

  const turn = createCommand(service, runId, "TURN");
  const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  await expect.poll(async () => (await other.query(waiting)).rows[0].count).toBe(1);
  await other.query("COMMIT");
  expect(await turn).toMatch(/^cmd_/);
  await other.end();
});
