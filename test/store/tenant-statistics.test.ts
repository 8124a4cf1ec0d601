import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findOpenSessions } from "../../src/store/search/candidate.js";
import type { TenantStore } from "../../src/store/store.js";
import { tendTenantStatistics } from "../../src/store/tenant-statistics.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";

/** How many sessions the large tenant has, and how many small tenants stand beside it. */
const large = 8_000;
const small = 1_000;

/** From how many rows on a table is tended here. */
const worth = 5_000;

let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service, "large");
  const columns = `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, execution_state, reason,
    reason_since, last_activity_at, created_at, updated_at)`;
  await node.pool.query(`
    INSERT INTO tenant (tenant_id) SELECT 'small-' || i FROM generate_series(1, ${small}) AS i;
    INSERT INTO tenant (tenant_id) VALUES ('large');
    ${columns} SELECT 'small-' || i, 'ses_' || i, 's', 'p', 'codex', 1, 1, 'IDLE', 'IDLE', now(), now(), now(), now() FROM generate_series(1, ${small}) AS i;
    ${columns} SELECT 'large', 'ses_' || i, 's-' || i, 'p', 'codex', i, i, 'IDLE', 'IDLE', now(), now(), now(), now() FROM generate_series(1, ${large}) AS i;
    INSERT INTO search_session (tenant_id, session_id, indexed_seq) SELECT tenant_id, id, 0 FROM session WHERE tenant_id = 'large';
    ANALYZE tenant; ANALYZE session; ANALYZE search_session`);
}, 60_000);
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

/** For how many rows a connection plans that knows nothing yet; how many of two sessions of the large tenant it finds, in how many blocks. */
async function lookUp() {
  const [sent] = await recordStatements(() => findOpenSessions(node, ["ses_7", "ses_4000"]));
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  try {
    await client.query("SET plan_cache_mode = force_generic_plan");
    await client.query("SET random_page_cost = 1.1");
    await client.query(`PREPARE open AS ${sent?.text ?? ""}`);
    // The parameters come in the order of the text.
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: Record<string, number> }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE open('large', '{ses_7,ses_4000}')`,
    );
    const plan = rows[0]?.["QUERY PLAN"][0].Plan ?? {};
    await client.query("PREPARE every AS SELECT FROM session WHERE tenant_id = $1");
    const every = await client.query<{ "QUERY PLAN": [{ Plan: Record<string, number> }] }>(
      "EXPLAIN (FORMAT JSON) EXECUTE every('large')",
    );
    return {
      planned: every.rows[0]?.["QUERY PLAN"][0].Plan["Plan Rows"],
      found: plan["Actual Rows"],
      blocks: (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0),
    };
  } finally {
    await client.end();
  }
}

it("beside many small tenants a large one's sessions are looked up one by one, and not among all of them", async () => {
  // By that Postgres 18 looks at more than 30 blocks; Postgres 15 already at fewer.
  expect((await lookUp()).planned).toBeLessThan(100);
  expect(await tendTenantStatistics(node.pool, worth)).toEqual(["session"]);
  const after = await lookUp();
  expect(after.planned).toBeGreaterThan(1_000);
  expect(after.found).toBe(2);
  expect(after.blocks).toBeLessThan(15);
  // What is as it should be is left alone, and so is a table in which the large one has all rows.
  expect(await tendTenantStatistics(node.pool, worth)).toEqual([]);
});

it("once the small ones are gone, plans are made by what there is", async () => {
  await node.pool.query(
    "DELETE FROM session WHERE tenant_id <> 'large'; DELETE FROM tenant WHERE tenant_id <> 'large'",
  );
  await node.pool.query("VACUUM ANALYZE tenant");
  expect(await tendTenantStatistics(node.pool, worth)).toEqual(["session"]);
  const { rows } = await node.pool.query(
    "SELECT n_distinct FROM pg_stats WHERE tablename = 'session' AND attname = 'tenant_id' AND schemaname = current_schema()",
  );
  expect(rows).toEqual([{ n_distinct: 1 }]);
});
