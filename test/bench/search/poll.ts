import type pg from "pg";
import { findTenantsToIndex } from "../../../src/store/search/find.js";
import { printTimes } from "./print.js";

/** How many tenants rest beside the one that is searched, and how many sessions each has. */
const tenants = 10_000;
const sessionsEach = 10;

/** How often it is looked which tenants have news. */
const times = 20;

/** Prints what it costs to look for news in tenants that have none. */
export async function measurePoll(client: pg.Client, pool: pg.Pool): Promise<void> {
  const at = "now() - interval '1 day' - i * interval '1 second'";
  for (const statement of [
    `INSERT INTO tenant (tenant_id, version) SELECT 'resting-' || i, 1 FROM generate_series(1, ${tenants}) AS i`,
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, execution_state,
       terminal_status, reason, reason_since, last_activity_at, created_at, updated_at, last_event_seq)
     SELECT 'resting-' || i, 'ses_' || lpad(to_hex(i * 100 + n), 32, '0'), 'session-' || n, 'p', 'codex', 1, 1, 'TERMINAL',
       'COMPLETED', 'FINISHED', ${at}, ${at}, ${at}, ${at}, 1 FROM generate_series(1, ${tenants}) AS i, generate_series(1, ${sessionsEach}) AS n`,
    `INSERT INTO search_session (tenant_id, session_id, indexed_seq) SELECT tenant_id, id, 1 FROM session WHERE tenant_id LIKE 'resting-%'`,
    `INSERT INTO search_tenant (tenant_id, indexed_up_to, version) SELECT tenant_id, now(), 1 FROM tenant WHERE tenant_id LIKE 'resting-%'`,
    `VACUUM ANALYZE`,
  ])
    await client.query(statement);
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const begunAt = performance.now();
    await findTenantsToIndex(pool);
    took.push(performance.now() - begunAt);
  }
  printTimes(`a look for news in ${tenants} tenants that rest`, took);
}
