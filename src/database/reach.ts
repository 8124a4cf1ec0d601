// The first look at a database that people have named: it may not be up yet, not let us in, or not be one that can serve.
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { isPassingFailure } from "./passing-failure.js";
import { UnusableDatabase, connect, describeTarget, schemaOf, unusable } from "./connection.js";

/** How long a Postgres that is still starting is waited for, and how long between two tries, in milliseconds. */
const startMs = 30_000;
const everyMs = 500;

/** The codes of a server that says that it is starting or going down, or has not been made the primary. */
const notYet: ReadonlySet<unknown> = new Set(["57P01", "57P03", "25006"]);

/**
 * Waits until the database lets us in, at most 30 s, and tells that it waits. Throws {@link UnusableDatabase}, one line
 * that names the variable, the host and the database, if it does not, if the server is too old or the database cannot hold every
 * text, or if the way to it leads through a pooler that shares sessions between transactions.
 */
export async function reach(url: string, log: (message: string) => void): Promise<void> {
  const client = await firstConnection(url, log);
  try {
    await refuseUnfit(client, url);
    await refuseSharedSessions(client, url);
  } finally {
    await client.end();
  }
}

async function firstConnection(url: string, log: (message: string) => void): Promise<pg.Client> {
  const until = performance.now() + startMs;
  for (let isTold = false; ; isTold = true) {
    try {
      return await connect(url, {});
    } catch (error) {
      if (error instanceof UnusableDatabase) throw error;
      const last = performance.now() + everyMs > until;
      const first = firstOf(error);
      if (last || !(isPassingFailure(first) || notYet.has((first as { code?: unknown }).code))) {
        throw unusable(url, `cannot be used: ${reasonOf(error)}`, {
          cause: error,
        });
      }
      if (!isTold) log(`waiting up to ${startMs / 1_000} s for ${describeTarget(url)}: ${reasonOf(error)}`);
      await delay(everyMs);
    }
  }
}

/** An error, or the first of those that one name with several addresses gives. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors[0] : error;
}

function reasonOf(error: unknown): string {
  const first = firstOf(error);
  return first instanceof Error ? first.message : String(first);
}

/** The oldest Postgres that has all that the statements use. */
const oldestMajor = 15;

/** Throws if the server is too old, the database has an encoding in which texts are missing, or tables would have no schema. */
async function refuseUnfit(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<Fitness>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_version') AS version,
      current_setting('server_encoding') AS encoding, current_setting('search_path') AS path, current_schema() AS schema`,
  );
  const [fitness] = rows;
  if (!fitness) throw new Error("a server did not say what it is");
  const { major, version, encoding, path, schema } = fitness;
  if (major < oldestMajor) {
    throw unusable(url, `is on Postgres ${version}; the service needs ${oldestMajor} or later`);
  }
  if (encoding !== "UTF8") {
    throw unusable(
      url,
      `has the encoding ${encoding}, in which texts are missing; the service needs a database with ENCODING 'UTF8'`,
    );
  }
  // One that the URL names is made.
  if (schema === null && schemaOf(url) === null) {
    throw unusable(
      url,
      `has no schema for tables: its search_path is ${path}, of which nothing is there; create it, or name one by ?schema=`,
    );
  }
}

/** What a database is fit for. */
interface Fitness {
  major: number;
  version: string;
  encoding: string;
  path: string;
  schema: string | null;
}

/**
 * Throws if sessions are shared. A pooler names another process than the one that answers. Then a second connection is asked
 * whether it finds what the first one has set: poolers hand out first what was given back last.
 */
async function refuseSharedSessions(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  if (rows[0]?.pid === (client as unknown as { processID: number }).processID) return;
  const mark = `${process.pid}-${Math.random()}`;
  await client.query("SELECT set_config('agentrun.session', $1, false)", [mark]);
  const other = await connect(url, {});
  try {
    const found = await other.query<{ mark: string | null }>(
      "SELECT current_setting('agentrun.session', true) AS mark",
    );
    if (found.rows[0]?.mark !== mark) return;
  } finally {
    await other.end();
  }
  throw unusable(
    url,
    `is reached through a pooler that shares sessions between transactions; the service needs sessions of its own: name the database itself, or a pool in session mode`,
  );
}
