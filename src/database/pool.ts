import pg from "pg";

/** How long a statement may run before Postgres ends it, in milliseconds. */
const statementTimeoutMs = 30_000;

const timestamptz = 1184;
const int8 = 20;

const readers: Record<number, (text: string) => unknown> = {
  // Microseconds are kept: a Date would cut them, and a keyset cursor made from it would lose rows.
  [timestamptz]: readInstant,
  // Versions and positions stay below 2^53.
  [int8]: Number,
};

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    readers[oid] ?? pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/**
 * A pool whose sessions speak UTC, plan prepared statements once (a parameter in LIMIT otherwise plans anew at each call),
 * compile nothing (it took 37 ms of a page that takes 1), and take a page that is looked up for no dearer than one that is
 * scanned: a plan made while a table is small is kept while it grows, and must not be a scan. Instants come as ISO 8601 text
 * with microseconds, bigint as number, jsonb parsed.
 */
export function openPool(options: {
  connectionString: string;
  /** Default: 16 connections. */
  connections?: number;
  /** Told when an idle connection dies; the pool replaces it by itself. */
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
  // The pool listens to idle ones only. One that dies while it is lent out fails the borrower's next statement.
  pool.on("connect", (connection) => connection.on("error", () => {}));
  return pool;
}

/** `2026-11-22 09:30:00.123456+00`, as Postgres prints under UTC, in ISO 8601 with all six digits. */
function readInstant(text: string): string {
  const [seconds = "", fraction = ""] = text.slice(0, -3).split(".");
  return `${seconds.replace(" ", "T")}.${fraction.padEnd(6, "0")}Z`;
}
