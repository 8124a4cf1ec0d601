import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { readBackends } from "./backends.js";
import { type BenchDatabase, openBenchDatabase } from "./database.js";
import { openServerProcess } from "./server-process.js";
import { tenantId } from "./rows.js";

/** How many sessions there are. */
const sessions = 1_000_000;

/** How long the service has to settle, in which it looks every session over for the index, and how long it is then watched, in milliseconds. */
const settleMs = 100_000;
const watchedMs = 30_000;

/** Prints what a service that nobody calls costs beside a million sessions: CPU of its process and of its connections to Postgres. */
export async function benchIdle(): Promise<void> {
  const database = await openBenchDatabase();
  try {
    await fill(database);
    const service = await openServerProcess("service", database.url);
    try {
      await delay(settleMs);
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const before = { node: await service.readCpu(), postgres: await readBackends(client) };
      await delay(watchedMs);
      const after = { node: await service.readCpu(), postgres: await readBackends(client) };
      await client.end();
      print("node", after.node - before.node);
      print("postgres", after.postgres - before.postgres);
    } finally {
      await service.close();
    }
  } finally {
    await database.close();
  }
}

function print(what: string, cpuMs: number): void {
  const share = ((100 * cpuMs) / watchedMs).toFixed(2);
  process.stdout.write(
    `idle beside ${sessions} sessions, ${what.padEnd(28)}${share.padStart(8)} % of a core\n`,
  );
}

/** A session in ten expires some day, and a reader has snoozed a thousand. */
async function fill({ url }: BenchDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const at = "now() - i * interval '1 second'";
  for (const statement of [
    `INSERT INTO tenant (tenant_id, version) VALUES ('${tenantId}', ${sessions})`,
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, execution_state,
       terminal_status, reason, reason_since, last_activity_at, created_at, updated_at, expires_at)
     SELECT '${tenantId}', 'ses_' || lpad(to_hex(i), 32, '0'), 'session-' || i, 'project-' || i % 7, 'codex', i, i, 'TERMINAL',
       'COMPLETED', 'FINISHED', ${at}, ${at}, ${at}, ${at}, CASE WHEN i % 10 = 0 THEN now() + i * interval '1 hour' END
     FROM generate_series(1, ${sessions}) AS i`,
    `INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, status, payload_hash, created_at, updated_at)
     SELECT '${tenantId}', 'run_' || lpad(to_hex(i), 32, '0'), 'project-' || i % 7, 'codex', 'ses_' || lpad(to_hex(i), 32, '0'),
       'COMPLETED', '', ${at}, ${at} FROM generate_series(1, ${sessions / 10}) AS i`,
    `INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version, snoozed_until)
     SELECT '${tenantId}', 'ada', 'ses_' || lpad(to_hex(i), 32, '0'), i, CASE WHEN i % 100 = 0 THEN now() + interval '1 day' END
     FROM generate_series(1, ${sessions / 10}) AS i`,
    `VACUUM ANALYZE`,
    `CHECKPOINT`,
  ]) {
    await client.query(statement);
  }
  await client.end();
}
