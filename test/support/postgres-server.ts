import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openEmbedded } from "../../src/database/embedded/open.js";
import { applyMigrations } from "../../src/database/migration/apply.js";

/** The database that each test file's own is copied from. */
export const templateName = `agentrun_template_${process.pid}`;

/**
 * Before all test files: a Postgres server (the one that AGENTRUN_TEST_SERVER_URL names, as a superuser, else an embedded
 * one that keeps nothing) with one migrated template, and a folder for what several files share. Workers learn of both through the environment.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const given = process.env["AGENTRUN_TEST_SERVER_URL"];
  const dataDir = await mkdtemp(join(tmpdir(), "agentrun-test-"));
  const sharedFolder = await mkdtemp(join(tmpdir(), "agentrun-test-shared-"));
  // Other OS users read it too.
  await chmod(sharedFolder, 0o755);
  process.env["AGENTRUN_TEST_FOLDER"] = sharedFolder;
  const embedded = given ? undefined : await openEmbedded({ dataDir, ephemeral: true, log: () => {} });
  const serverUrl = given ?? embedded?.url("postgres") ?? "";
  process.env["AGENTRUN_TEST_SERVER_URL"] = serverUrl;
  process.env["AGENTRUN_TEST_TEMPLATE"] = templateName;
  // Copied as files, a database costs a third, since what its first connection would make is there. It begins and ends with
  // a checkpoint, which is cheap where nothing is kept.
  process.env["AGENTRUN_TEST_COPY_STRATEGY"] = given ? "WAL_LOG" : "FILE_COPY";

  // Most servers sort texts as a language does; that of the embedded service does not. Tests see to both: on the other
  // server that they run on it is as that says.
  const locale = given ? "" : " TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'";
  await onServer(serverUrl, `CREATE DATABASE ${templateName}${locale}`);
  const url = new URL(serverUrl);
  url.pathname = `/${templateName}`;
  await applyMigrations(url.href);

  return async () => {
    if (given) await onServer(serverUrl, `DROP DATABASE IF EXISTS ${templateName} WITH (FORCE)`);
    await embedded?.close();
    for (const folder of [dataDir, sharedFolder]) await rm(folder, { recursive: true, force: true });
  };
}

/** Runs one statement on the server's own database. */
export async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
