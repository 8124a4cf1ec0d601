import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openEmbedded } from "../../src/database/embedded/open.js";
import { applyMigrations } from "../../src/database/migration/apply.js";

/** A migrated database of the benchmark's own, as durable as the server that it is on. */
export interface BenchDatabase {
  url: string;
  /** Of the server, as in 18.4. */
  version: string;
  /** Drops it, and stops and removes the server that was started for it. */
  close(): Promise<void>;
}

/** On the server that BENCH_SERVER_URL names (as a role that may create databases), else on a durable embedded one. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const given = process.env["BENCH_SERVER_URL"];
  const server = given ? { url: given, close: async () => {} } : await openDurableServer();
  const name = `agentrun_bench_${randomBytes(4).toString("hex")}`;
  try {
    const version = await ask(server.url, "SHOW server_version", "server_version");
    await ask(server.url, `CREATE DATABASE ${name}`);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    await applyMigrations(url.href);
    return {
      url: url.href,
      version: version.split(" ", 1)[0] ?? version,
      close: async () => {
        await ask(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Not an ephemeral one: that is not durable, and so faster than what is measured here. */
async function openDurableServer(): Promise<{ url: string; close(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), "agentrun-bench-"));
  await chmod(dataDir, 0o755);
  const server = await openEmbedded({ dataDir, log: () => {} });
  return {
    url: server.url("postgres"),
    close: async () => {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function ask(url: string, sql: string, column = ""): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(sql);
    return rows[0]?.[column] ?? "";
  } finally {
    await client.end();
  }
}
