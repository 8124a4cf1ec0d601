import pg from "pg";

/**
 * A pool without what the service sets on its own. Its database may be dropped while Postgres has not yet heard that the connections of the
 * pool are closed: that one which does nothing is ended is no failure.
 */
export function openPlainPool(connectionString: string, max = 10): pg.Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on("error", () => {});
  return pool;
}
