import pg from "pg";
import type { TestService } from "./start-service.js";

/** How many deadlocks there were in the service's database, by the connections that have ended: others may have some to report. */
export async function countDeadlocks({ databaseUrl }: Pick<TestService, "databaseUrl">): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ deadlocks: number }>(
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
  );
  await client.end();
  const [row] = rows;
  if (!row) throw new Error("Postgres counts nothing of its own database");
  return row.deadlocks;
}
