import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, connect as dial } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { UnusableDatabase, connect, servingSettings } from "../../src/database/connection.js";
import { applyMigrations } from "../../src/database/migration/apply.js";
import { openPool } from "../../src/database/pool.js";
import { reach } from "../../src/database/reach.js";
import { createTestDatabase } from "../support/database.js";
import { graphql } from "../support/graphql.js";
import { nameThisMachine } from "../support/name-server.js";
import { onServer } from "../support/postgres-server.js";
import { createRole } from "../support/role.js";
import { freePort, runProgram, runService } from "../support/program.js";
import { type Asks, asking, callerOf } from "../support/start-service.js";
import { overTcp } from "../support/tcp-proxy.js";
import { createRun, finishRun } from "../support/work.js";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const settings = `SELECT name, setting FROM pg_settings WHERE name = ANY(ARRAY['TimeZone', 'DateStyle', 'plan_cache_mode',
  'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'default_transaction_isolation', 'synchronous_commit'])`;
const ours = {
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  plan_cache_mode: "force_generic_plan",
  statement_timeout: "30000",
  lock_timeout: "12000",
  idle_in_transaction_session_timeout: "10000",
  default_transaction_isolation: "read committed",
  synchronous_commit: "on",
};

/** How long a transaction may take; null before Postgres 17, which does not know of it. */
async function readTransactionTimeout(url: string): Promise<string | null> {
  const pool = openPool({ connectionString: url, connections: 1, onError: () => {} });
  const { rows } = await pool.query<{ value: string | null }>(
    "SELECT current_setting('transaction_timeout', true) AS value",
  );
  await pool.end();
  return rows[0]?.value ?? null;
}

/** The database with what others have set on it. */
async function hostile(): Promise<string> {
  const { pathname } = new URL(database.url);
  const name = pathname.slice(1);
  for (const setting of [
    "timezone TO 'Asia/Kolkata'",
    "datestyle TO 'German, DMY'",
    "statement_timeout TO '200ms'",
    "default_transaction_isolation TO 'serializable'",
    "default_transaction_read_only TO on",
    "synchronous_commit TO off",
    ...((await readTransactionTimeout(database.url)) === null ? [] : ["transaction_timeout TO '300ms'"]),
  ]) {
    await onServer(process.env["AGENTRUN_TEST_SERVER_URL"] ?? "", `ALTER DATABASE ${name} SET ${setting}`);
  }
  const url = new URL(database.url);
  url.searchParams.set("options", "-c timezone=Asia/Tokyo -c plan_cache_mode=auto -c work_mem=5MB");
  return url.href;
}

const listRuns = graphql(`
  query RunsOneByOne($after: String) {
    runs(first: 2, after: $after) { nodes { id createdAt } pageInfo { endCursor hasNextPage } }
  }
`);

async function everyRun(asks: Asks): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const {
      runs,
    }: { runs: { nodes: { id: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } } =
      await asks.ask(listRuns, { after });
    ids.push(...runs.nodes.map(({ id }) => id));
    if (!runs.pageInfo.hasNextPage || ids.length > 20) return ids;
    after = runs.pageInfo.endCursor;
  }
}

describe("whatever the URL, PG variables, the role and the database say", () => {
  it("each connection has our settings, and theirs where we have none", async () => {
    const pool = openPool({ connectionString: await hostile(), connections: 2, onError: () => {} });
    const { rows } = await pool.query<{ name: string; setting: string }>(settings);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(ours);
    expect((await pool.query("SHOW work_mem")).rows).toEqual([{ work_mem: "5MB" }]);
    await pool.end();
    expect(await readTransactionTimeout(database.url)).toBeOneOf(["0", null]);
  });

  it("instants are true, are written back as they were, and pages end", async () => {
    const env = { PGOPTIONS: "-c timezone=America/Caracas", PGTZ: "America/Caracas", PGDATESTYLE: "SQL" };
    const service = await runService({ DATABASE_URL: await hostile(), ...env });
    const asks = asking(callerOf(service.url));
    const session = { sessionId: "s", expiresAt: "2099-01-01T00:00:00Z" };
    const before = Date.now();
    const ids = [await createRun(asks, { session })];
    for (let n = 0; n < 4; n += 1) ids.push(await createRun(asks, { session: { sessionId: "s" } }));
    const read = graphql(`
      query InstantsOfRun($id: ID!) { run(id: $id) { createdAt session { expiresAt } } }
    `);
    const { run } = await asks.ask(read, { id: ids[0] ?? "" });
    expect(Math.abs(Date.parse(run?.createdAt ?? "") - before)).toBeLessThan(60_000);
    expect(run?.session?.expiresAt).toBe("2099-01-01T00:00:00.000000Z");
    await finishRun(asks, ids[0] ?? "", { terminalStatus: "COMPLETED" });
    expect((await everyRun(asks)).toSorted()).toEqual(ids.toSorted());
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe(0);
  });
});

it("?schema= keeps the service's tables in that schema, beside strangers' tables", async () => {
  const other = await createTestDatabase({ empty: true });
  const url = new URL(other.url);
  url.searchParams.set("schema", "Agent runs");
  const client = await connect(other.url, {});
  await client.query("CREATE TABLE run (stranger text)");
  const service = await runService({ DATABASE_URL: url.href });
  const asks = asking(callerOf(service.url));
  const id = await createRun(asks, { session: { sessionId: "s" } });
  expect(await everyRun(asks)).toEqual([id]);
  service.child.kill("SIGTERM");
  await service.ended;
  const again = await runService({ DATABASE_URL: url.href });
  expect(await everyRun(asking(callerOf(again.url)))).toEqual([id]);
  again.child.kill("SIGTERM");
  await again.ended;
  const { rows } = await client.query(
    `SELECT (SELECT count(*)::int FROM "Agent runs".run) AS ours, (SELECT count(*)::int FROM public.run) AS theirs`,
  );
  expect(rows).toEqual([{ ours: 1, theirs: 0 }]);
  await client.end();
  await other.drop();
});

describe("a database that cannot be used is refused in one line, without its password", () => {
  const refusalOf = (url: string) =>
    reach(url, () => {}).then(
      () => null,
      (error: unknown) => (error instanceof UnusableDatabase ? error.message : error),
    );
  const at = (change: (url: URL) => void) => {
    const url = overTcp(database.url);
    change(url);
    return url.href;
  };

  it.each([
    [
      "a database that is not there",
      at.bind(null, (url) => (url.pathname = "/nowhere")),
      /^DATABASE_URL: database nowhere on 127\.0\.0\.1:\d+ cannot be used: database "nowhere" does not exist$/,
    ],
    [
      "a role that is not there",
      at.bind(null, (url) => (url.username = "nobody_here")),
      /^DATABASE_URL: database \S+ on \S+ cannot be used: .*nobody_here/,
    ],
  ] as const)("%s", async (_what, url, line) => {
    const refusal = await refusalOf(url());
    expect(refusal).toMatch(line);
    expect(refusal).not.toContain("\n");
    const { password } = new URL(database.url);
    if (password !== "") expect(refusal).not.toContain(password);
  });

  it("a database without every text", async () => {
    const name = `agentrun_latin_${process.pid}`;
    const server = process.env["AGENTRUN_TEST_SERVER_URL"] ?? "";
    await onServer(
      server,
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'`,
    );
    expect(await refusalOf(at((url) => (url.pathname = name)))).toMatch(
      /^DATABASE_URL: database \S+ on \S+ has the encoding LATIN1, in which texts are missing; the service needs a database with ENCODING 'UTF8'$/,
    );
    await onServer(server, `DROP DATABASE ${name}`);
  });

  it("a role without rights to a schema, in which it works once it has them", async () => {
    const other = await createTestDatabase({ empty: true });
    onTestFinished(() => other.drop());
    const { name: role, url } = await createRole(other);
    await onServer(other.url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    await expect(applyMigrations(url.href)).rejects.toThrow(
      `: the role ${role} may not create tables in the schema public; who owns the database can say GRANT USAGE, CREATE ON SCHEMA "public" TO "${role}"`,
    );
    url.searchParams.set("schema", "agent runs");
    const needed = `CREATE SCHEMA "agent runs" AUTHORIZATION "${role}"`;
    await expect(applyMigrations(url.href)).rejects.toThrow(
      `: the role ${role} may not create the schema agent runs; who owns the database can say ${needed}`,
    );
    await onServer(other.url, needed);
    expect((await applyMigrations(url.href)).applied).not.toEqual([]);
    // What others keep beside them is no matter.
    await onServer(other.url, 'CREATE TABLE "agent runs".spatial_ref_sys ()');
    expect((await applyMigrations(url.href)).applied).toEqual([]);
    await onServer(other.url, `REVOKE INSERT ON "agent runs".session FROM ${role}`);
    await expect(applyMigrations(url.href)).rejects.toThrow(
      `: the role ${role} may not read and write the table session; take the role that the tables belong to`,
    );
  });

  it("a search path that leads nowhere", async () => {
    expect(
      await refusalOf(at((url) => url.searchParams.set("options", "-c search_path=nowhere,not_here"))),
    ).toMatch(
      /^DATABASE_URL: database \S+ on \S+ has no schema for tables: its search_path is nowhere,not_here, of which nothing is there; create it, or name one by \?schema=$/,
    );
  });

  it("a Postgres that is too old", async () => {
    const other = await createTestDatabase({ empty: true });
    // It says so of itself, to whoever asks by a name without a schema.
    await onServer(
      other.url,
      `CREATE SCHEMA old;
      CREATE FUNCTION old.current_setting(name text) RETURNS text LANGUAGE sql AS $$
        SELECT CASE name WHEN 'server_version_num' THEN '140019' WHEN 'server_version' THEN '14.19'
          ELSE pg_catalog.current_setting(name) END $$;
      ALTER DATABASE ${new URL(other.url).pathname.slice(1)} SET search_path = old, pg_catalog`,
    );
    expect(await refusalOf(other.url)).toMatch(
      /^DATABASE_URL: database \S+ on \S+ is on Postgres 14\.19; the service needs 15 or later$/,
    );
    await other.drop();
  });

  it("tables of strangers", async () => {
    const other = await createTestDatabase({ empty: true });
    await onServer(other.url, "CREATE TABLE a_stranger ()");
    const service = runService({ DATABASE_URL: other.url });
    await expect(service).rejects.toThrow(
      /DATABASE_URL: database \S+ on \S+ is not empty: it holds tables that are not the service's, such as "a_stranger"/,
    );
    await other.drop();
  });
});

it("a Postgres that is not up yet is waited for, which is told once", async () => {
  const port = await freePort();
  const url = overTcp(database.url);
  const upstream = Number(url.port);
  url.port = String(port);
  const told: string[] = [];
  const reached = reach(url.href, (line) => told.push(line));
  await expect.poll(() => told.length).toBe(1);
  expect(told[0]).toMatch(/^waiting up to 30 s for database \S+ on 127\.0\.0\.1:\d+: connect ECONNREFUSED/);
  const server = createServer((socket) => {
    socket
      .pipe(dial(upstream, "127.0.0.1").on("error", () => {}))
      .pipe(socket)
      .on("error", () => {});
  }).listen(port, "127.0.0.1");
  await reached;
  expect(told).toHaveLength(1);
  server.close();
});

it.each(["ENOTFOUND", "EAI_AGAIN"])("a name that is not there yet (%s) is waited for", async (code) => {
  using name = nameThisMachine("db.test", code);
  const url = overTcp(database.url);
  url.hostname = "db.test";
  const told: string[] = [];
  const reached = reach(url.href, (line) => told.push(line));
  await expect.poll(() => told.length).toBe(1);
  expect(told[0]).toContain(`on db.test:${url.port}: getaddrinfo ${code} db.test`);
  name.failure = null;
  await reached;
});

const pgbouncer = (() => {
  try {
    return execFileSync("which", ["pgbouncer"], { env: { PATH: `${process.env["PATH"]}:/usr/sbin` } })
      .toString()
      .trim();
  } catch {
    return null;
  }
})();

/** Starts PgBouncer before the test's server. */
async function openBouncer(mode: "session" | "transaction") {
  const port = await freePort();
  const { hostname, port: upstream, username, password } = new URL(database.url);
  const folder = await mkdtemp(path.join(tmpdir(), "bouncer-"));
  await chmod(folder, 0o755);
  const config = path.join(folder, "pgbouncer.ini");
  await writeFile(path.join(folder, "users.txt"), `"${username}" "${password}"\n`);
  await writeFile(
    config,
    `[databases]\n* = host=${hostname} port=${upstream}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =
auth_type = trust\nauth_file = ${path.join(folder, "users.txt")}\npool_mode = ${mode}\ndefault_pool_size = 20\n`,
  );
  const account = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(pgbouncer ?? "", [...account, config], { stdio: "ignore" });
  await expect
    .poll(
      () =>
        new Promise((resolve) =>
          dial(port, "127.0.0.1")
            .on("connect", () => resolve(true))
            .on("error", () => resolve(false)),
        ),
    )
    .toBe(true);
  const url = new URL(database.url);
  url.port = String(port);
  url.search = "";
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "close");
      await rm(folder, { recursive: true });
    },
  };
}

describe.skipIf(pgbouncer === null)("behind PgBouncer", () => {
  it("in transaction mode the service refuses, and says why", async () => {
    await using bouncer = await openBouncer("transaction");
    await expect(reach(bouncer.url, () => {})).rejects.toThrow(
      /^DATABASE_URL: .* is reached through a pooler that shares sessions between transactions; the service needs sessions of its own/,
    );
  });

  it("in session mode it works, with its settings", async () => {
    await using bouncer = await openBouncer("session");
    await reach(bouncer.url, () => {});
    const client = await connect(bouncer.url, servingSettings);
    const { rows } = await client.query<{ name: string; setting: string }>(settings);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(ours);
    await client.end();
  });
});

it("a database that a newer build has migrated is refused by serve and migrate, unless that is asked for", async () => {
  const other = await createTestDatabase();
  await onServer(
    other.url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
    VALUES ('newer', 'x', '29990101000000_newer', now(), 1)`,
  );
  const line =
    /^agentrun-graph: DATABASE_URL: database \S+ on \S+ was migrated by a newer build \(29990101000000_newer\)/;
  for (const command of ["serve", "migrate"]) {
    const program = runProgram([command], { DATABASE_URL: other.url, PORT: "0" });
    expect([await program.ended, program.stderr()]).toEqual([1, expect.stringMatching(line)]);
  }
  const service = await runService({ DATABASE_URL: other.url, ALLOW_NEWER_DATABASE: "1" });
  service.child.kill("SIGTERM");
  expect(await service.ended).toBe(0);
  await other.drop();
});
