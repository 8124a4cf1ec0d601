import { openPool } from "../../src/database/pool.js";
import { type TenantStore, createStore } from "../../src/store/store.js";
import type { TestService } from "./start-service.js";

/** A tenant's store of one more node on the service's database; its pool is the test's to end. */
export function openNode({ databaseUrl }: Pick<TestService, "databaseUrl">, tenantId = "local"): TenantStore {
  const pool = openPool({ connectionString: databaseUrl, connections: 8, onError: () => {} });
  return createStore(
    pool,
    () => {},
    () => {},
  ).tenant(tenantId);
}

/** Lets the lease of a run run out: moves its end into the past, in the database whose clock decides. */
export async function passLease({ pool }: TenantStore, runId: string): Promise<void> {
  await pool.query(
    "UPDATE run SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE id = $1",
    [runId],
  );
}

/** Every row of every table, as text; without the index of texts, which is fed whenever there is time. */
export async function readAllRows({ pool }: TenantStore): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'search\\_%'`,
  );
  const all = tables.map(({ name }) => `SELECT '${name} ' || row::text AS line FROM ${name} AS row`);
  const { rows } = await pool.query<{ line: string }>(`${all.join(" UNION ALL ")} ORDER BY line`);
  return rows.map(({ line }) => line).join("\n");
}
