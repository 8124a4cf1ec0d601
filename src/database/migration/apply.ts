// Brings a database to this build's migrations. Any number of nodes may start together: one applies them, and the
// others wait for it. A node that finds everything applied takes no lock and loads no engine.
import pg from "pg";
import {
  connect,
  connectionOptions,
  migratingSettings,
  schemaOf,
  settling,
  unusable,
} from "../connection.js";
import { type DirectoryOptions, findPrismaDirectory } from "./directory.js";
import { withEngine, wholeDatabase } from "./engine.js";
import { MigrationError } from "./error.js";
import { type Migration, readMigrations, toMigrationList } from "./folder.js";
import { type HistoryEntry, markRolledBack, readHistory } from "./history.js";
import { createEngineAdapter } from "./engine-adapter.js";

/** The key of our advisory lock: "agentrun" in ASCII. */
const lockKey = "7018690069354673518";

/** Nobody knows how long a migration takes. */
const patient = { query_timeout: 0, connectionTimeoutMillis: 10_000 };

/** How to apply migrations. */
export interface ApplyOptions extends DirectoryOptions {
  /** Is told what is about to be applied, and that another node is waited for. Default: nobody is told. */
  log?: (message: string) => void;
  /** Whether a database that a newer build has migrated is taken as it is. Default: it is refused. */
  allowNewer?: boolean;
}

/**
 * Applies the migrations that an existing database lacks, in order of name, and returns their names. Each script runs
 * as one transaction, so a script must not commit itself.
 *
 * Throws a {@link MigrationError} if the file of an applied migration was changed, or if a node was killed in the
 * middle of a migration. Throws one too if Postgres refuses a script. Then all of that script is undone, the scripts
 * before it stay, and the next call tries it again. Fails also on a database that holds tables but was never migrated.
 */
export async function applyMigrations(
  connectionString: string,
  options: ApplyOptions = {},
): Promise<{ applied: string[] }> {
  const directory = options.directory ?? (await findPrismaDirectory());
  const migrations = await readMigrations(directory);
  const client = await connect(connectionString, migratingSettings, patient);
  try {
    const found = await readHistory(client);
    if (!options.allowNewer) refuseNewer(migrations, found, connectionString);
    if (findPending(migrations, found).length === 0) {
      await refuseReader(client, connectionString);
      return { applied: [] };
    }
    await lock(client, options.log);
    await createSchema(client, connectionString);
    const history = await readHistory(client);
    const pending = findPending(migrations, history);
    if (pending.length === 0) return { applied: [] };
    refuseUnfinished(history);
    if (history.length === 0) await refuseStrangers(client, connectionString);
    options.log?.(`applying ${pending.length === 1 ? "migration" : "migrations"} ${pending.join(", ")}`);
    return { applied: await runEngine(connectionString, client, directory, migrations) };
  } finally {
    await client.end();
  }
}

/** Takes the lock, which is held until the connection ends. Waits as long as another node needs. */
async function lock(client: pg.Client, log: ApplyOptions["log"]): Promise<void> {
  const attempt = await client.query<{ locked: boolean }>(
    `SELECT pg_try_advisory_lock(${lockKey}) AS locked`,
  );
  if (attempt.rows[0]?.locked) return;
  log?.("waiting for another node that is applying migrations");
  await client.query(`SELECT pg_advisory_lock(${lockKey})`);
}

function findPending(migrations: readonly Migration[], history: readonly HistoryEntry[]): string[] {
  const finished = new Map(history.filter((entry) => entry.finished).map((entry) => [entry.name, entry]));
  for (const { name, checksum } of migrations) {
    const entry = finished.get(name);
    if (entry !== undefined && entry.checksum !== checksum) {
      throw new MigrationError(
        name,
        "was changed after it was applied; restore its file and add a new migration",
      );
    }
  }
  return migrations.filter(({ name }) => !finished.has(name)).map(({ name }) => name);
}

/** Throws if the role may not write. One table stands for all, which are granted together; those of others in the schema are no matter. */
async function refuseReader(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `SELECT current_user AS role FROM to_regclass('session') AS kept (oid)
    WHERE NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
      AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))`,
  );
  if (rows[0] === undefined) return;
  throw unusable(
    url,
    `cannot be used: the role ${rows[0].role} may not read and write the table session; take the role that the tables belong to`,
  );
}

/** Creates the schema that the URL names, where it is not there. Throws if the role may not, or may not have tables in it. */
async function createSchema(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<SchemaRights>(
    `SELECT wanted.name, current_user AS role, namespace.oid IS NOT NULL AS "isThere",
      has_database_privilege(current_database(), 'CREATE') AS "mayCreate",
      has_schema_privilege(namespace.oid, 'USAGE') AND has_schema_privilege(namespace.oid, 'CREATE') AS "mayFill"
    FROM (SELECT coalesce($1::text, current_schema()) AS name) AS wanted LEFT JOIN pg_namespace AS namespace ON nspname = wanted.name`,
    [schemaOf(url)],
  );
  const [rights] = rows;
  if (!rights) throw new Error("a schema was not looked up");
  const { name, role, isThere, mayCreate, mayFill } = rights;
  if (isThere && mayFill) return;
  const schema = pg.escapeIdentifier(name);
  if (!isThere && mayCreate) {
    await client.query(`CREATE SCHEMA ${schema}`);
    return;
  }
  const needed = isThere
    ? `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${pg.escapeIdentifier(role)}`
    : `CREATE SCHEMA ${schema} AUTHORIZATION ${pg.escapeIdentifier(role)}`;
  throw unusable(
    url,
    `cannot be used: the role ${role} may not ${isThere ? "create tables in" : "create"} the schema ${name}; who owns the database can say ${needed}`,
  );
}

interface SchemaRights {
  name: string;
  role: string;
  isThere: boolean;
  mayCreate: boolean;
  mayFill: boolean;
}

/** Throws if a newer build has changed the tables: this one may not know what they hold now. */
function refuseNewer(migrations: readonly Migration[], history: readonly HistoryEntry[], url: string): void {
  const known = new Set(migrations.map(({ name }) => name));
  const newer = history.findLast(({ name, finished }) => finished && !known.has(name));
  if (newer === undefined) return;
  throw unusable(
    url,
    `was migrated by a newer build (${newer.name}): start that one, or set ALLOW_NEWER_DATABASE=1 while nodes of both builds run`,
  );
}

/** Throws if others keep their tables where ours would be. */
async function refuseStrangers(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = current_schema() AND relkind IN ('r', 'p') ORDER BY 1 LIMIT 1",
  );
  if (rows[0] === undefined) return;
  throw unusable(
    url,
    `is not empty: it holds tables that are not the service's, such as "${rows[0].name}"; give it a database of its own, or a schema of its own by ?schema=agentrun`,
  );
}

/**
 * Throws if a migration was begun and never finished. Under the lock no other node is at work, so it was abandoned,
 * before or after Postgres committed it.
 */
function refuseUnfinished(history: readonly HistoryEntry[]): void {
  const abandoned = history.find((entry) => !entry.finished);
  if (abandoned === undefined) return;
  throw new MigrationError(
    abandoned.name,
    "was begun and never finished. It is applied wholly or not at all: look which, then set finished_at (applied) " +
      "or rolled_back_at (not applied) to now() in its row of _prisma_migrations",
  );
}

async function runEngine(
  connectionString: string,
  client: pg.Client,
  directory: string,
  migrations: readonly Migration[],
): Promise<string[]> {
  // One connection that is never closed for idleness, so that what is set on it stays set.
  const pool = new pg.Pool({
    ...connectionOptions(connectionString),
    ...patient,
    max: 1,
    idleTimeoutMillis: 0,
    onConnect: settling(connectionString, migratingSettings),
  });
  pool.on("error", () => {});
  let refusal: string | undefined;
  const adapter = createEngineAdapter(pool, {
    schema: schemaOf(connectionString),
    onRefusedScript: (message) => (refusal = message),
  });
  try {
    const migrationsList = toMigrationList(directory, migrations);
    const { appliedMigrationNames } = await withEngine(adapter, (engine) =>
      engine.applyMigrations({ migrationsList, filters: wholeDatabase }),
    );
    return appliedMigrationNames;
  } catch (error) {
    const history = await readHistory(client).catch(() => []);
    const failed = history.find((entry) => !entry.finished);
    if (failed === undefined) throw error;
    if (refusal === undefined) throw new MigrationError(failed.name, "was interrupted", { cause: error });
    await markRolledBack(client);
    throw new MigrationError(failed.name, `failed and was undone: ${refusal}`, { cause: error });
  } finally {
    await pool.end();
  }
}
