import pg from "pg";
import { ContentPool } from "./content-pool.js";
import { type Settings, connectionOptions, schemaOf, servingSettings, settling } from "./connection.js";

/** How long a connection is used, in milliseconds: then what it has prepared is let go. */
export const connectionLifeMs = 600_000;

const timestamptz = 1184;
const int8 = 20;
const int8Array = 1016;

const readers: Record<number, (text: string) => unknown> = {
  // Microseconds are kept. A Date would cut them, and a cursor made from it would lose rows.
  [timestamptz]: readInstant,
  // Versions and positions stay below 2^53.
  [int8]: Number,
  [int8Array]: (text) => (text === "{}" ? [] : text.slice(1, -1).split(",").map(Number)),
};

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    readers[oid] ?? pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** How a pool is opened. */
export interface PoolOptions {
  connectionString: string;
  /** The most connections. Default: 16. */
  connections?: number;
  /** What its connections do, as Postgres shows them in pg_stat_activity. Default: nothing. */
  purpose?: string;
  /** What differs from `servingSettings`. Default: nothing. */
  settings?: Settings;
  /** How long the client waits for an answer, in milliseconds. Default: 35 s. */
  answerMs?: number;
  /** Is called when an idle connection dies. The pool replaces it by itself. */
  onError: (error: Error) => void;
  /** Is called when the server has no more connections, and the pool makes do with those that it has. Default: nobody is told. */
  onContent?: (error: Error) => void;
}

/**
 * Opens a pool of connections that serve callers: see `servingSettings`. Instants come as ISO 8601 text with microseconds,
 * bigint as number, and jsonb parsed.
 */
export function openPool(options: PoolOptions): pg.Pool {
  const config: pg.PoolConfig = {
    ...connectionOptions(options.connectionString),
    ...(options.answerMs === undefined ? {} : { query_timeout: options.answerMs }),
    max: options.connections ?? 16,
    application_name: ["agentrun-graph", ...(options.purpose === undefined ? [] : [options.purpose])].join(
      " ",
    ),
    idleTimeoutMillis: 60_000,
    maxLifetimeSeconds: connectionLifeMs / 1_000,
    pipeline: true,
    onConnect: settling(options.connectionString, { ...servingSettings, ...options.settings }),
    types,
  };
  const pool = new ContentPool(config, options.onContent ?? (() => {}));
  poolSchemas.set(pool, schemaOf(options.connectionString));
  pool.on("error", options.onError);
  // The pool listens to idle connections only. If one dies while it is lent out, the borrower's next statement fails.
  pool.on("connect", (connection) => connection.on("error", () => {}));
  return pool;
}

const poolSchemas = new WeakMap<pg.Pool, string | null>();

/** The schema that the URL of a pool names for its tables; null for where Postgres looks by itself. */
export function schemaOfPool(pool: pg.Pool): string | null {
  return poolSchemas.get(pool) ?? null;
}

/** Turns `2026-11-22 09:30:00.123456+00`, as Postgres prints it under UTC, into ISO 8601 with all six digits. */
export function readInstant(text: string): string {
  const [seconds = "", fraction = ""] = text.slice(0, -3).split(".");
  return `${seconds.replace(" ", "T")}.${fraction.padEnd(6, "0")}Z`;
}
