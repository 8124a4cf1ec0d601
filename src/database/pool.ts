import pg from "pg";

/** How long a statement may run before Postgres ends it, in milliseconds. */
const statementTimeoutMs = 30_000;

const timestamptz = 1184;
const int8 = 20;

const readers: Record<number, (text: string) => unknown> = {
  // Microseconds are kept. A Date would cut them, and a cursor made from it would lose rows.
  [timestamptz]: readInstant,
  // Versions and positions stay below 2^53.
  [int8]: Number,
};

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    readers[oid] ?? pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/**
 * Opens a pool of connections with these settings:
 * - The time zone is UTC.
 * - Prepared statements are planned once. Otherwise a parameter in LIMIT has them planned anew at each call.
 * - Nothing is compiled just in time. That took 37 ms for a page of rows that takes 1 ms.
 * - Reading a block at random costs hardly more than in order. A plan that is made while a table is small is kept
 *   while the table grows, so it must not be a scan.
 *
 * Instants come as ISO 8601 text with microseconds, bigint as number, and jsonb parsed.
 */
export function openPool(options: {
  connectionString: string;
  /** The most connections. Default: 16. */
  connections?: number;
  /** Is called when an idle connection dies. The pool replaces it by itself. */
  onError: (error: Error) => void;
}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.connections ?? 16,
    application_name: "agentrun-graph",
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    options: `-c timezone=UTC -c plan_cache_mode=force_generic_plan -c jit=off -c random_page_cost=1.1 -c statement_timeout=${statementTimeoutMs}`,
    types,
  });
  pool.on("error", options.onError);
  // The pool listens to idle connections only. If one dies while it is lent out, the borrower's next statement fails.
  pool.on("connect", (connection) => connection.on("error", () => {}));
  return pool;
}

/** Turns `2026-11-22 09:30:00.123456+00`, as Postgres prints it under UTC, into ISO 8601 with all six digits. */
export function readInstant(text: string): string {
  const [seconds = "", fraction = ""] = text.slice(0, -3).split(".");
  return `${seconds.replace(" ", "T")}.${fraction.padEnd(6, "0")}Z`;
}
