import pg from "pg";

/** Holds the row of a run locked over a connection of its own, so that what would change it waits. */
export async function lockRun(databaseUrl: string, runId: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("BEGIN");
  await client.query("SELECT 1 FROM run WHERE id = $1 FOR UPDATE", [runId]);
  return { release: () => client.end() };
}

/** How many statements of other connections to the same database wait for a lock. */
export async function countWaiting(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  await client.end();
  return rows[0].count as number;
}
