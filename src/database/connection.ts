// Connections as the service needs them. What its correctness rests on is set on each of them, and asked back: a parameter
// of the URL, a PG variable, a role or a database may say otherwise.
import pg from "pg";

/** How long a statement may run before Postgres ends it, in milliseconds. */
const statementMs = 30_000;

/**
 * How long a transaction may do nothing before Postgres ends its connection, in milliseconds. A node that is paused inside one
 * keeps the locks that all others wait for; and the skips of inboxes rest on none being older than five minutes.
 */
const idleInTransactionMs = 10_000;

/** How long a statement may wait for a lock, in milliseconds: longer than who holds one may do nothing. */
const lockMs = 12_000;

/** How long the client waits for an answer, in milliseconds: over a connection that died in silence Postgres cannot say that it ended a statement. */
export const answerMs = 35_000;

/** How long it may take to connect, in milliseconds. */
const connectMs = 5_000;

/** The settings of a session, in the words in which Postgres tells them. */
export type Settings = Readonly<Record<string, string>>;

/** What every session needs, whatever it does. */
const base: Settings = {
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  bytea_output: "hex",
  client_encoding: "UTF8",
  standard_conforming_strings: "on",
  default_transaction_isolation: "read committed",
  default_transaction_read_only: "off",
  idle_session_timeout: "0",
};

/**
 * What sessions that serve callers need besides:
 * - Prepared statements are planned once. Otherwise a parameter in LIMIT has them planned anew at each call.
 * - Nothing is compiled just in time. That took 37 ms for a page of rows that takes 1 ms.
 * - Reading a block at random costs hardly more than in order. A plan that is made while a table is small is kept
 *   while the table grows, so it must not be a scan.
 */
export const servingSettings: Settings = {
  plan_cache_mode: "force_generic_plan",
  jit: "off",
  random_page_cost: "1.1",
  statement_timeout: seconds(statementMs),
  lock_timeout: seconds(lockMs),
  idle_in_transaction_session_timeout: seconds(idleInTransactionMs),
};

/** What sessions that migrate need besides: they take as long as it takes. */
export const migratingSettings: Settings = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
};

/**
 * What is set where it is otherwise: commits are on disk before they are told, whatever a server asks for beyond that; and what
 * bounds a transaction is the settings above, not its length, which Postgres knows from 17 on.
 */
const conditional = `
  SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END,
    CASE WHEN current_setting('transaction_timeout', true) <> '0' THEN set_config('transaction_timeout', '0', false) END`;

function seconds(ms: number): string {
  return `${ms / 1_000}s`;
}

/** The database answers, and cannot be used as it is. Its message is for the people who run the service. */
export class UnusableDatabase extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnusableDatabase";
  }
}

/** The server is a standby: it takes no writes, as long as it is not made the primary. */
export class StandbyServer extends Error {
  /** As Postgres calls a write in a transaction that may only read. */
  readonly code = "25006";
  override readonly name = "StandbyServer";

  constructor() {
    super("the server is a standby, which takes no writes");
  }
}

/** What a database's URL says beside where it is. */
interface Target {
  connectionString: string;
  /** Prisma's `?schema=`: where the tables are. Null for where Postgres looks by itself. */
  schema: string | null;
}

/** The parameter by which pg is told whose meaning `sslmode` has. */
const libpqModes = "uselibpqcompat";

function readTarget(url: string): Target {
  if (!URL.canParse(url)) return { connectionString: url, schema: null };
  const target = new URL(url);
  const schema = target.searchParams.get("schema");
  target.searchParams.delete("schema");
  // As libpq and all that is made with it mean it. By itself pg takes `require` for `verify-full`, and prints a page about it.
  if (target.searchParams.get("sslmode") === "allow") target.searchParams.set("sslmode", "prefer");
  if (target.searchParams.has("sslmode") && !target.searchParams.has(libpqModes))
    target.searchParams.set(libpqModes, "true");
  return { connectionString: target.href, schema: schema === null || schema === "" ? null : schema };
}

/** The schema that a URL names for the service's tables; null for where Postgres looks by itself. */
export function schemaOf(url: string): string | null {
  return readTarget(url).schema;
}

/** Where a database is, for people: host, port and name, never the user or the password. */
export function describeTarget(url: string): string {
  if (!URL.canParse(url)) return "the database";
  const { host, pathname } = new URL(url);
  return `database ${decodeURIComponent(pathname.slice(1)) || "postgres"} on ${host || "localhost"}`;
}

/** The error that a database which a URL names cannot be used; `what` goes on after where it is. */
export function unusable(url: string, what: string, options?: ErrorOptions): UnusableDatabase {
  return new UnusableDatabase(`DATABASE_URL: ${describeTarget(url)} ${what}`, options);
}

/** The options with which pg reaches a database by its URL. Those who connect must {@link settle} the session. */
export function connectionOptions(url: string): pg.ClientConfig {
  return {
    connectionString: readTarget(url).connectionString,
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * Gives a session its settings, and asks back whether it has them. Throws {@link UnusableDatabase} naming one that it has not, and
 * {@link StandbyServer} where nothing can be written.
 */
export async function settle(client: pg.ClientBase, url: string, settings: Settings): Promise<void> {
  const { schema } = readTarget(url);
  const wanted: Record<string, string> = { ...base, ...settings };
  if (schema !== null) wanted["search_path"] = pg.escapeIdentifier(schema);
  const set = Object.entries(wanted).map(
    ([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, false)`,
  );
  const asked = Object.keys(wanted).map((name) => `('${name}', current_setting('${name}'))`);
  // Without parameters pg takes several statements at once: a new connection costs one round trip more.
  const results: unknown = await client.query(
    `SELECT ${set.join(", ")}; ${conditional}; SELECT * FROM (VALUES ${asked.join(", ")}) AS setting (name, value);
    SELECT pg_is_in_recovery() AS "isStandby"`,
  );
  const [, , { rows }, standby] = results as [
    unknown,
    unknown,
    pg.QueryResult<{ name: string; value: string }>,
    pg.QueryResult<{ isStandby: boolean }>,
  ];
  for (const { name, value } of rows) {
    if (value !== wanted[name]) {
      throw new UnusableDatabase(
        `the database has ${name} = ${value} where the service has set ${wanted[name]}: DATABASE_URL must lead to sessions of their own, not through a pooler that shares them between transactions`,
      );
    }
  }
  if (standby.rows[0]?.isStandby) throw new StandbyServer();
}

/** {@link settle} for a pool's new connections. The pool waits for it, though its types do not say so. */
export function settling(url: string, settings: Settings): (client: pg.ClientBase) => void {
  const settleNew: (client: pg.ClientBase) => unknown = (client) => settle(client, url, settings);
  return settleNew;
}

/** Opens one connection with its settings. */
export async function connect(
  url: string,
  settings: Settings,
  options: pg.ClientConfig = {},
): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionOptions(url), ...options });
  // A lost connection fails the query that needs it. Without a listener it would also end the process.
  client.on("error", () => {});
  await client.connect();
  try {
    await settle(client, url, settings);
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}
