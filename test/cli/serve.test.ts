import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { graphql } from "../support/graphql.js";
import { freePort, runProgram, runService } from "../support/program.js";
import { answered, asking, callerOf } from "../support/start-service.js";
import { createRun } from "../support/work.js";

let dataDir: string;
/** The names of the migrations, oldest first. */
let migrations: string[];
beforeAll(async () => {
  const entries = await readdir("prisma/migrations", { withFileTypes: true });
  migrations = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
  dataDir = await mkdtemp(join(tmpdir(), "agentrun-serve-"));
  // As root the server runs as another user, who must be able to reach it.
  await chmod(dataDir, 0o755);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe("agentrun-graph serve", () => {
  it("serves on an embedded Postgres, keeps the data over a restart, and ends cleanly on SIGTERM", async () => {
    const env = { AGENTRUN_DATA_DIR: dataDir };
    const first = await runService(env);
    const runId = await createRun(asking(callerOf(first.url)));
    expect(first.stdout()).toMatch(/Open it in a browser/);
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);

    const second = await runService(env);
    const runAndAdapter = graphql(`
      query RunAndAdapter($runId: ID!) { run(id: $runId) { id } health { ready adapter migrationId } }
    `);
    const data = await answered(callerOf(second.url)(runAndAdapter, { runId }));
    expect(data.run).toEqual({ id: runId });
    expect(data.health).toMatchObject({
      ready: true,
      adapter: "postgres",
      migrationId: migrations.at(-1),
    });
    second.child.kill("SIGINT");
    expect(await second.ended).toBe(0);
  });

  it("ends streams with 1012 on SIGTERM, so that clients come back", async () => {
    const service = await runService({}, ["--ephemeral"]);
    const runId = await createRun(asking(callerOf(service.url)));
    const socket = new WebSocket(service.url.replace("http", "ws"), "graphql-transport-ws");
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener("close", ({ code }) => resolve(code)),
    );
    socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
    const subscribed = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        const { type } = JSON.parse(data as string) as { type: string };
        const query = `subscription { runEvents(runId: "${runId}") { cursor } }`;
        if (type === "connection_ack")
          socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
        if (type === "next") resolve();
      });
    });
    await subscribed;
    service.child.kill("SIGTERM");
    expect(await closed).toBe(1012);
    expect(await service.ended).toBe(0);
  });

  it.concurrent.each<[string, Record<string, string>, string[], RegExp]>([
    [
      "in production without a database",
      { NODE_ENV: "production" },
      [],
      /infra-failed: DATABASE_URL is missing/,
    ],
    ["on an open address without auth", { HOST: "0.0.0.0" }, ["--ephemeral"], /AUTH_/],
    [
      "on a port that is none by --port",
      {},
      ["--ephemeral", "--port", "http"],
      /--port must be a whole number from 0 to 65535, not "http"/,
    ],
    ["on an open address by --host without auth", {}, ["--ephemeral", "--host", "0.0.0.0"], /AUTH_/],
    [
      "on a port that is none",
      { PORT: "http" },
      ["--ephemeral"],
      /^agentrun-graph: PORT must be a whole number from 0 to 65535, not "http"$/m,
    ],
    [
      "with several wrong variables, each of which has a line",
      { PORT: "http", BACKENDS: "[" },
      ["--ephemeral"],
      /^agentrun-graph: PORT must .*\n {2}BACKENDS is JSON that is broken/,
    ],
    ["with a database that is no URL", { DATABASE_URL: "localhost" }, [], /DATABASE_URL must be a postgres:/],
    [
      "with a database of another kind",
      { DATABASE_URL: "mysql://u:p@127.0.0.1/db" },
      [],
      /DATABASE_URL must be a postgres:/,
    ],
    [
      "with a password that is not percent-encoded",
      { DATABASE_URL: "postgresql://u:pa#ss@h/db" },
      [],
      /DATABASE_URL cannot be read as a URL: .*percent-encoded/,
    ],
    [
      "with a database that does not answer",
      { DATABASE_URL: "postgres://127.0.0.1:1/none" },
      [],
      /ECONNREFUSED/,
    ],
  ])("does not start %s", async (_what, env, args, message) => {
    const program = runProgram(["serve", ...args], { LOG_LEVEL: "silent", PORT: "0", ...env });
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toMatch(message);
  });

  it("warns once of variables that are misspelt, without their values, before it says what is missing", async () => {
    const misspelt = {
      DATABSE_URL: "hunter2",
      AUTH_SECERT: "hunter2",
      LIMIT_TOKEN: "4",
      AGENTRUN_SHOE: "hunter2",
    };
    const program = runProgram(["serve"], { LOG_LEVEL: "warn", NODE_ENV: "production", ...misspelt });
    expect(await program.ended).toBe(1);
    const [line = "", refusal] = program.stderr().split("\n");
    expect(JSON.parse(line)).toMatchObject({
      level: 40,
      msg: "variables that are not known have no effect: DATABSE_URL (DATABASE_URL?), AUTH_SECERT (AUTH_SECRET?), LIMIT_TOKEN (LIMIT_TOKENS?), AGENTRUN_SHOE",
    });
    expect(refusal).toMatch(/DATABASE_URL is missing/);
    expect(program.stderr()).not.toContain("hunter2");
  });

  it("listens where --host and --port say, whatever HOST and PORT are", async () => {
    const database = await createTestDatabase();
    const port = await freePort();
    const env = { HOST: "0.0.0.0", PORT: "1", DATABASE_URL: database.url };
    const service = await runService(env, ["--host", "localhost", "--port", `${port}`]);
    expect(service.url).toBe(`http://localhost:${port}/graphql`);
    const { host, pathname } = new URL(database.url);
    await service.printed(
      new RegExp(`Postgres by DATABASE_URL: database ${pathname.slice(1)} on ${host}\\n`),
    );
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe(0);
    await database.drop();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["a port that is taken", {}, /^agentrun-graph: PORT: \d+ is taken on 127\.0\.0\.1.* --port/],
    [
      "a host that is none",
      { HOST: "localhost.invalid", AUTH_KEYS: "1" },
      /^agentrun-graph: HOST: localhost\.invalid/,
    ],
    [
      "an address of another machine",
      { HOST: "192.0.2.1", AUTH_KEYS: "1" },
      /^agentrun-graph: HOST: 192\.0\.2\.1 is no/,
    ],
  ])("tells of %s before it opens a database", async (_what, env, message) => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const place = join(dataDir, "never-opened");
    const { port } = taken.address() as AddressInfo;
    const program = runProgram(["serve"], { PORT: `${port}`, AGENTRUN_DATA_DIR: place, ...env });
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toMatch(message);
    expect(existsSync(place)).toBe(false);
    taken.close();
  });

  it("in production serves on the embedded Postgres where --embedded asks for it", async () => {
    const service = await runService({ NODE_ENV: "production", AGENTRUN_DATA_DIR: dataDir }, ["--embedded"]);
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe(0);
  });

  it("nodes that start together on an empty database migrate it once", async () => {
    const database = await createTestDatabase({ empty: true });
    const nodes = await Promise.all([1, 2, 3].map(() => runService({ DATABASE_URL: database.url })));
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      `SELECT migration_name, count(*)::int FROM _prisma_migrations GROUP BY 1 ORDER BY 1`,
    );
    await client.end();
    expect(rows).toEqual(migrations.map((name) => ({ migration_name: name, count: 1 })));
    for (const node of nodes) node.child.kill("SIGTERM");
    expect(await Promise.all(nodes.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    await database.drop();
  });
});
