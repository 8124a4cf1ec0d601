import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";

/** All values of all rows, from a connection of its own. */
export async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

/** The pid of the server that runs on a data directory. */
export function readPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
}

/** Whether a server holds the data directory (or died without letting it go). */
export function isRunning(dataDir: string): boolean {
  return existsSync(join(dataDir, "postgres/postmaster.pid"));
}
