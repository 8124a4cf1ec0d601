import pg from "pg";
import { openEmbedded } from "./embedded/open.js";
import { describeTarget } from "./connection.js";
import { reach } from "./reach.js";

/** A Postgres database that is ready for connections. */
export interface OpenDatabase {
  connectionString: string;
  /** Tells people where the data is. */
  description: string;
  /** Stops the embedded server if no other process uses it. Does nothing for a database by URL. */
  close(): Promise<void>;
}

/** The name of the embedded server's database. */
const embeddedName = "agentrun";

/** Opens the database that is configured. It starts or joins the embedded server, or takes the URL as it is. */
export async function openDatabase(
  config: { kind: "url"; url: string } | { kind: "embedded"; dataDir: string; ephemeral: boolean },
  log: (message: string) => void,
): Promise<OpenDatabase> {
  if (config.kind === "url") {
    await reach(config.url, log);
    const description = `Postgres by DATABASE_URL: ${describeTarget(config.url)}`;
    return { connectionString: config.url, description, close: async () => {} };
  }
  const { dataDir, ephemeral } = config;
  const server = await openEmbedded({ dataDir, ephemeral, log });
  try {
    await createDatabase(server.url("postgres"), embeddedName);
  } catch (error) {
    await server.close();
    throw error;
  }
  const kept = ephemeral ? "nothing is kept" : `data in ${dataDir}`;
  const description = `embedded Postgres ${server.version}${server.started ? "" : ", joined"}: ${kept}`;
  return { connectionString: server.url(embeddedName), description, close: () => server.close() };
}

/** Creates the database if it is missing. Another process may do so at the same time. */
async function createDatabase(connectionString: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code !== "42P04" && code !== "23505") throw error;
  } finally {
    await client.end();
  }
}
