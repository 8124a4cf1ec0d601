import { randomUUID } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { applyMigrations } from "../../src/database/migration/apply.js";
import { checkMigrations } from "../../src/database/migration/check.js";
import { createMigration } from "../../src/database/migration/create.js";
import { findPrismaDirectory } from "../../src/database/migration/directory.js";
import { MigrationError } from "../../src/database/migration/error.js";
import { readMigrationNames } from "../../src/database/migration/folder.js";
import { migrationStatus } from "../../src/database/migration/status.js";

const first = "20200101000000_first";
const second = "20200102000000_second";

test("a new database gets every migration of the package and is then ready", async () => {
  const { url, db } = await createDatabase();
  const names = await readMigrationNames(await findPrismaDirectory());
  expect(await migrationStatus(db)).toEqual({ ready: false, migrationId: null });
  expect(await applyMigrations(url)).toEqual({ applied: names });
  expect(await migrationStatus(db)).toEqual({ ready: true, migrationId: names.at(-1) });
});

test("a migrated database is left alone, without the lock and without the engine", async () => {
  const { url, db } = await createDatabase();
  const startEngine = vi.spyOn(SchemaEngine, "new");
  onTestFinished(() => startEngine.mockRestore());
  await applyMigrations(url);
  expect(startEngine).toHaveBeenCalledTimes(1);

  // Whoever waited for the lock now would wait for ever.
  await db.query("SELECT pg_advisory_lock(7018690069354673518)");
  const log = vi.fn<(message: string) => void>();
  expect(await applyMigrations(url, { log })).toEqual({ applied: [] });
  expect(startEngine).toHaveBeenCalledTimes(1);
  expect(log).not.toHaveBeenCalled();
});

test("of four nodes that start together one migrates", async () => {
  const { url, db } = await createDatabase();
  const directory = await writeMigrations({
    [first]: "CREATE TABLE a (); SELECT pg_sleep(0.2)",
    [second]: "CREATE TABLE b ()",
  });
  const nodes = await Promise.all([1, 2, 3, 4].map(() => applyMigrations(url, { directory })));
  expect(nodes.flatMap((node) => node.applied)).toEqual([first, second]);
  expect(await readRows(db, "SELECT migration_name FROM _prisma_migrations")).toHaveLength(2);
});

test("a refused script is named and undone, and tried again at the next start", async () => {
  const { url, db } = await createDatabase();
  const directory = await writeMigrations({
    [first]: "CREATE TABLE kept ()",
    [second]: "CREATE TABLE half (); CREATE TABLE other_half (x nonsense)",
  });
  const failure = await applyMigrations(url, { directory }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MigrationError);
  expect(failure).toMatchObject({
    migrationName: second,
    message: `migration ${second} failed and was undone: type "nonsense" does not exist`,
  });
  expect(await readTables(db)).toEqual(["_prisma_migrations", "kept"]);
  expect(await migrationStatus(db, { directory })).toEqual({ ready: false, migrationId: first });

  await db.query("CREATE TYPE nonsense AS ENUM ('sense')");
  expect(await applyMigrations(url, { directory })).toEqual({ applied: [second] });
  expect(await readTables(db)).toEqual(["_prisma_migrations", "half", "kept", "other_half"]);
  expect(await applyMigrations(url, { directory })).toEqual({ applied: [] });
});

test("a migration that a killed node left unfinished is named and not touched", async () => {
  const { url, db } = await createDatabase();
  await applyMigrations(url, { directory: await writeMigrations({ [first]: "CREATE TABLE a ()" }) });
  await db.query("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', '', $1)", [
    second,
  ]);
  const directory = await writeMigrations({ [first]: "CREATE TABLE a ()", [second]: "CREATE TABLE b ()" });
  await expect(applyMigrations(url, { directory })).rejects.toMatchObject({
    migrationName: second,
    message: expect.stringContaining("never finished") as string,
  });
  expect(await readTables(db)).toEqual(["_prisma_migrations", "a"]);

  await db.query("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL");
  expect(await applyMigrations(url, { directory })).toEqual({ applied: [second] });
});

test("a migration whose file changed after it was applied is refused", async () => {
  const { url } = await createDatabase();
  await applyMigrations(url, { directory: await writeMigrations({ [first]: "CREATE TABLE a ()" }) });
  const directory = await writeMigrations({ [first]: "CREATE TABLE a (b int)" });
  await expect(applyMigrations(url, { directory })).rejects.toThrow(
    `migration ${first} was changed after it was applied`,
  );
});

test("a database that is ahead of this build is refused, unless that is asked for: then it is left alone", async () => {
  const { url, db } = await createDatabase();
  const newer = await writeMigrations({ [first]: "CREATE TABLE a ()", [second]: "CREATE TABLE b ()" });
  const older = await writeMigrations({ [first]: "CREATE TABLE a ()" });
  await applyMigrations(url, { directory: newer });
  await expect(applyMigrations(url, { directory: older })).rejects.toThrow(
    /^DATABASE_URL: database \S+ on \S+ was migrated by a newer build \(\S+_second\): .* ALLOW_NEWER_DATABASE=1/,
  );
  expect(await applyMigrations(url, { directory: older, allowNewer: true })).toEqual({ applied: [] });
  expect(await migrationStatus(db, { directory: older })).toEqual({ ready: true, migrationId: second });
});

test("a database with tables but without a history is refused", async () => {
  const { url, db } = await createDatabase();
  await db.query("CREATE TABLE a_stranger ()");
  await expect(applyMigrations(url)).rejects.toThrow("not empty");
  expect(await readTables(db)).toEqual(["a_stranger"]);
});

test("function bodies keep their semicolons", async () => {
  const { url, db } = await createDatabase();
  const script =
    "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 'a;b'; END; $$;";
  await applyMigrations(url, { directory: await writeMigrations({ [first]: script }) });
  expect(await readRows(db, "SELECT f()")).toEqual([{ f: "a;b" }]);
});

test("the package's schema and migrations agree", async () => {
  expect(await checkMigrations(readServerUrl())).toEqual({ diff: null });
});

test(
  "a column that no migration adds is found by the check and added by a new migration",
  { timeout: 30_000 },
  async () => {
    const { url } = await createDatabase();
    const directory = await copyPrismaDirectory();
    const path = join(directory, "schema.prisma");
    const schema = await readFile(path, "utf8");
    await writeFile(path, schema.replace("model Runner {", "model Runner {\n  nickname String?"));

    const added = 'ALTER TABLE "runner" ADD COLUMN     "nickname" TEXT;';
    expect((await checkMigrations(url, { directory })).diff).toContain(added);
    const migration = await createMigration(url, "runner_nickname", { directory });
    expect(migration).toMatch(/migrations[/\\]\d{14}_runner_nickname[/\\]migration\.sql$/);
    expect(await readFile(migration!, "utf8")).toContain(added);
    expect(await checkMigrations(url, { directory })).toEqual({ diff: null });
    expect(await createMigration(url, "nothing", { directory })).toBeNull();
    expect((await applyMigrations(url, { directory })).applied.at(-1)).toMatch(/_runner_nickname$/);
  },
);

test("a check of a broken migration says what is wrong", async () => {
  const directory = await copyPrismaDirectory();
  const broken = join(directory, "migrations", "99990101000000_broken");
  await mkdir(broken);
  await writeFile(join(broken, "migration.sql"), "CREATE nonsense");
  await expect(checkMigrations(readServerUrl(), { directory })).rejects.toThrow("99990101000000_broken");
});

test.each(["", "Two Words", "../up", "a__b"])("%j is no name for a migration", async (name) => {
  await expect(createMigration(readServerUrl(), name)).rejects.toThrow("lower-case words");
});

/** The server that the harness started; its user may create databases. */
function readServerUrl(): string {
  const url = process.env["AGENTRUN_TEST_SERVER_URL"];
  if (url === undefined) throw new Error("AGENTRUN_TEST_SERVER_URL is not set");
  return url;
}

/** An empty database with a connection to it, dropped when the test ends. */
async function createDatabase(): Promise<{ url: string; db: pg.Client }> {
  const name = `migration_test_${randomUUID().replaceAll("-", "")}`;
  const admin = new pg.Client(readServerUrl());
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(readServerUrl());
  url.pathname = `/${name}`;
  const db = new pg.Client(url.href);
  await db.connect();
  onTestFinished(async () => {
    await db.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });
  return { url: url.href, db };
}

/** A temporary `prisma` directory with these scripts by the names of their migrations, removed when the test ends. */
async function writeMigrations(scripts: Record<string, string>): Promise<string> {
  const directory = await makeDirectory();
  for (const [name, script] of Object.entries(scripts)) {
    await mkdir(join(directory, "migrations", name), { recursive: true });
    await writeFile(join(directory, "migrations", name, "migration.sql"), script);
  }
  return directory;
}

async function copyPrismaDirectory(): Promise<string> {
  const directory = await makeDirectory();
  await cp(await findPrismaDirectory(), directory, { recursive: true });
  return directory;
}

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "migration-test-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

async function readRows(db: pg.Client, sql: string): Promise<unknown[]> {
  return (await db.query<Record<string, unknown>>(sql)).rows;
}

async function readTables(db: pg.Client): Promise<string[]> {
  const sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename";
  return (await db.query<{ tablename: string }>(sql)).rows.map((row) => row.tablename);
}

/** A database from before the first migration of such a name, and the names of it and those after it. */
async function createDatabaseBefore(first: string): Promise<{ url: string; db: pg.Client; later: string[] }> {
  const { url, db } = await createDatabase();
  const directory = await copyPrismaDirectory();
  const later = (await readMigrationNames(directory)).filter((name) => name >= first);
  for (const name of later) await rm(join(directory, "migrations", name), { recursive: true });
  await applyMigrations(url, { directory });
  return { url, db, later };
}

test("what agents asked before there were input requests is open after the upgrade", async () => {
  const { url, db, later } = await createDatabaseBefore("20261129031500");
  await db.query(`
    INSERT INTO tenant (tenant_id, version) VALUES ('t', 5);
    INSERT INTO session (tenant_id, id, name, project_id, backend_profile, reason, reason_since, last_activity_at, created_at,
      updated_at, change_version, input_requests)
    VALUES ('t', 'ses_1', 's', 'p', 'b', 'NEEDS_APPROVAL', now(), now(), now(), now(), 4,
      '[{"runId": "run_1", "kind": "APPROVAL", "requestedAt": "2026-01-01T00:00:00.000000Z"}]');
    INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, payload_hash, created_at, updated_at)
    VALUES ('t', 'run_1', 'p', 'b', 'ses_1', 'h', now(), now());
    INSERT INTO command (tenant_id, id, run_id, session_id, seq, type, payload, payload_hash, event_seq, created_at, updated_at)
    VALUES ('t', 'cmd_1', 'run_1', 'ses_1', 1, 'TURN', '{}', 'h', 2, now(), now());
    INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
    VALUES ('t', 'run_1', 3, 'ses_1', 3, 'INPUT_REQUEST', '{"kind": "approval", "prompt": "go?", "options": ["yes", "only staging", "yes", "", "ask me later", "no"]}', 0, now())`);
  expect(await applyMigrations(url)).toEqual({ applied: later });
  const open =
    "SELECT id, run_id, session_id, turn_id, event_seq, kind, prompt, choices, state, version::int FROM input_request";
  expect(await readRows(db, open)).toEqual([
    {
      id: expect.stringMatching(/^inp_[0-9a-f]{32}$/),
      run_id: "run_1",
      session_id: "ses_1",
      turn_id: "cmd_1",
      event_seq: 3,
      kind: "APPROVAL",
      prompt: "go?",
      choices: ["yes", "only staging", "ask me later", "no"].map((choice) => ({
        id: choice,
        label: choice,
        description: null,
        decision: null,
      })),
      state: "OPEN",
      version: 4,
    },
  ]);
});

test("what was used before its numbers were held as such is what was used after the upgrade", async () => {
  const { url, db, later } = await createDatabaseBefore("20261130051427");
  const used = `'{"inputTokens": 1, "cacheReadTokens": 2, "cacheWriteTokens": 3, "outputTokens": 4, "reasoningTokens": 5, "requests": 6,
    "costMicros": 9007199254740991, "unpriced": 8}'`;
  await db.query(`
    INSERT INTO tenant (tenant_id) VALUES ('t');
    INSERT INTO session (tenant_id, id, name, project_id, backend_profile, reason_since, last_activity_at, created_at, updated_at,
      change_version, usage)
    VALUES ('t', 'ses_1', 's', 'p', 'b', now(), now(), now(), now(), 1, ${used}), ('t', 'ses_2', 't', 'p', 'b', now(), now(), now(), now(), 2, NULL);
    INSERT INTO run (tenant_id, id, project_id, backend_profile, payload_hash, created_at, updated_at, usage)
    VALUES ('t', 'run_1', 'p', 'b', 'h', now(), now(), ${used}), ('t', 'run_2', 'p', 'b', 'h', now(), now(), NULL)`);
  expect(await applyMigrations(url)).toEqual({ applied: later });
  for (const table of ["session", "run"])
    expect(await readRows(db, `SELECT usage::text FROM ${table} ORDER BY id`)).toEqual([
      { usage: "{1,2,3,4,5,6,9007199254740991,8}" },
      { usage: null },
    ]);
});
