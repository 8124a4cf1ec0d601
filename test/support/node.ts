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
