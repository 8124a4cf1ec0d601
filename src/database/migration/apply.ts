// Brings a database to this build's migrations. Any number of nodes may start together: one applies them, and the
// others wait for it. A node that finds everything applied takes no lock and loads no engine.
import pg from "pg";
import { type DirectoryOptions, findPrismaDirectory } from "./directory.js";
import { withEngine, wholeDatabase } from "./engine.js";
import { MigrationError } from "./error.js";
import { type Migration, readMigrations, toMigrationList } from "./folder.js";
import { type HistoryEntry, markRolledBack, readHistory } from "./history.js";
import { createEngineAdapter } from "./engine-adapter.js";

/** The key of our advisory lock: "agentrun" in ASCII. */
const lockKey = "7018690069354673518";

/** How to apply migrations. */
export interface ApplyOptions extends DirectoryOptions {
  /** Is told what is about to be applied, and that another node is waited for. Default: nobody is told. */
  log?: (message: string) => void;
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
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, keepAlive: true });
  // A lost connection fails the query that needs it. Without a listener it would also end the process.
  client.on("error", () => {});
  await client.connect();
  try {
    if (findPending(migrations, await readHistory(client)).length === 0) return { applied: [] };
    await lock(client, options.log);
    const history = await readHistory(client);
    const pending = findPending(migrations, history);
    if (pending.length === 0) return { applied: [] };
    refuseUnfinished(history);
    options.log?.(`applying ${pending.length === 1 ? "migration" : "migrations"} ${pending.join(", ")}`);
    return { applied: await runEngine(connectionString, client, directory, migrations) };
  } finally {
    await client.end();
  }
}

/**
 * Takes the lock, which is held until the connection ends. Waits as long as another node needs, whatever timeouts the
 * user's role has.
 */
async function lock(client: pg.Client, log: ApplyOptions["log"]): Promise<void> {
  await client.query("SET statement_timeout = 0; SET lock_timeout = 0; SET idle_session_timeout = 0");
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
    connectionString,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 10_000,
  });
  pool.on("error", () => {});
  let refusal: string | undefined;
  const adapter = createEngineAdapter(pool, { onRefusedScript: (message) => (refusal = message) });
  try {
    await pool.query("SET statement_timeout = 0");
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
