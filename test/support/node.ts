import { openPool } from "../../src/database/pool.js";
import { type TenantStore, createStore } from "../../src/store/store.js";
import type { TestService } from "./start-service.js";

/** The store of one more node on the service's database; its pool is the test's to end. */
export function openNode({ databaseUrl }: Pick<TestService, "databaseUrl">): TenantStore {
  const pool = openPool({ connectionString: databaseUrl, connections: 4, onError: () => {} });
  return createStore(
    pool,
    () => {},
    () => {},
  ).tenant("local");
}

/** Lets the lease of a run run out: moves its end into the past, in the database whose clock decides. */
export async function passLease({ pool }: TenantStore, runId: string): Promise<void> {
  await pool.query(
    "UPDATE run SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE id = $1",
    [runId],
  );
}

/** Every row of every table, as text. */
export async function readAllRows({ pool }: TenantStore): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const all = tables.map(({ name }) => `SELECT '${name} ' || row::text AS line FROM ${name} AS row`);
  const { rows } = await pool.query<{ line: string }>(`${all.join(" UNION ALL ")} ORDER BY line`);
  return rows.map(({ line }) => line).join("\n");
}
