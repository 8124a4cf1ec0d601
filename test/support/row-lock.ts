import pg from "pg";

/** A row that is held locked. */
interface RowLock {
  /** True once somebody waits for it, and not for anything else. */
  isWaitedFor(): Promise<boolean>;
  release(): Promise<void>;
}

/** Holds the row of a run locked over a connection of its own, so that what would change it waits. */
export async function lockRun(databaseUrl: string, runId: string): Promise<RowLock> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // Of a test that fails before it has released it, the lock ends with the database.
  client.on("error", () => {});
  await client.connect();
  await client.query("BEGIN");
  await client.query("SELECT 1 FROM run WHERE id = $1 FOR UPDATE", [runId]);
  const { rows: own } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const isWaitedFor = async () => {
    // What is told of others is the same for all of a transaction: it is asked over another connection.
    const asking = new pg.Client({ connectionString: databaseUrl });
    await asking.connect();
    const { rows } = await asking.query(
      "SELECT FROM pg_stat_activity WHERE $1::int = ANY (pg_blocking_pids(pid))",
      [own[0]?.pid],
    );
    await asking.end();
    return rows.length > 0;
  };
  return { isWaitedFor, release: () => client.end() };
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
