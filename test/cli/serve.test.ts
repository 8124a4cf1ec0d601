import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { graphql } from "../support/graphql.js";
import { runProgram, runService } from "../support/program.js";
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

  it.each<[string, Record<string, string>, string[], RegExp]>([
    [
      "in production without a database",
      { NODE_ENV: "production" },
      [],
      /infra-failed: DATABASE_URL is missing/,
    ],
    ["on an open address without auth", { HOST: "0.0.0.0" }, ["--ephemeral"], /AUTH_/],
    ["on a port that is none", { PORT: "http" }, ["--ephemeral"], /PORT must be from 0 to 65535/],
    ["with backends that are no JSON", { BACKENDS: "[" }, ["--ephemeral"], /BACKENDS must be JSON/],
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
