import pg from "pg";
import { expect, it } from "vitest";
import { createLog } from "../../src/server/log.js";
import { createTestDatabase } from "../support/database.js";
import { graphql } from "../support/graphql.js";
import { nameThisMachine } from "../support/name-server.js";
import { codeOf, startService } from "../support/start-service.js";
import { overTcp } from "../support/tcp-proxy.js";
import { createRun } from "../support/work.js";

/** Ends all connections to a database and lets nobody in. Gives what brings it back. */
async function takeAway(database: { url: string }): Promise<() => Promise<void>> {
  const name = new URL(database.url).pathname.slice(1);
  const server = new pg.Client({ connectionString: process.env["AGENTRUN_TEST_SERVER_URL"] });
  await server.connect();
  await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name]);
  return async () => {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await server.end();
  };
}

it("a database that goes away is UNAVAILABLE, health says so, and the service recovers when it is back", async () => {
  const database = await createTestDatabase();
  await using service = await startService({ databaseUrl: database.url });
  const runId = await createRun(service);
  const bringBack = await takeAway(database);
  // By a statement of its own, and by one of Prisma.
  for (const read of [`run(id: "${runId}")`, `session(by: { sessionId: "any" })`]) {
    const { errors } = await service.call(`{ ${read} { id } }`);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "UNAVAILABLE",
      failureKind: "infra-failed",
      httpStatus: 503,
      retryable: true,
    });
  }
  const healthWithoutDatabase = graphql(`
    query HealthWithoutDatabase { health { ready reachable failureKind message } }
  `);
  const { data } = await service.call(healthWithoutDatabase);
  expect(data?.health).toMatchObject({ ready: false, failureKind: "INFRA_FAILED" });
  expect((await fetch(service.url.replace("/graphql", "/readyz"))).status).toBe(503);
  expect((await fetch(service.url.replace("/graphql", "/healthz"))).status).toBe(200);
  await bringBack();
  const runAndHealth = graphql(`query RunAndHealth($runId: ID!) { run(id: $runId) { id } health { ready } }`);
  expect(await service.ask(runAndHealth, { runId })).toEqual({
    run: { id: runId },
    health: { ready: true },
  });
  await database.drop();
});

it.each(["EAI_AGAIN", "ENOTFOUND", "ENETUNREACH", "EADDRNOTAVAIL"])(
  "a database whose name leads nowhere for now (%s) is UNAVAILABLE, for what is read and what is written",
  async (code) => {
    using name = nameThisMachine("db.test");
    const database = await createTestDatabase();
    const url = overTcp(database.url);
    url.hostname = "db.test";
    await using service = await startService({ databaseUrl: url.href });
    const runId = await createRun(service);
    name.failure = code;
    const bringBack = await takeAway(database);
    const cancel = `mutation { cancelRun(input: { runId: "${runId}" }) { run { id } } }`;
    for (const operation of [`{ run(id: "${runId}") { id } }`, cancel]) {
      const unavailable = { code: "UNAVAILABLE", httpStatus: 503, retryable: true };
      // A connection that was lost is heard of first.
      const ask = async () => (await service.call(operation)).errors?.[0]?.extensions;
      expect(await ask()).toMatchObject(unavailable);
      expect(await ask()).toMatchObject(unavailable);
    }
    await bringBack();
    name.failure = null;
    expect(await createRun(service)).toEqual(expect.any(String));
    await service.close();
    await database.drop();
  },
);

it("an outage is a line a second in the log, not one a request", async () => {
  const lines: { msg: string; more?: number }[] = [];
  const log = createLog("info", { write: (line) => void lines.push(JSON.parse(line)) });
  const database = await createTestDatabase();
  await using service = await startService({ databaseUrl: database.url, log });
  // So that there are idle connections to lose.
  await Promise.all(Array.from({ length: 8 }, () => service.call(`{ sessions { totalCount } }`)));
  lines.length = 0;

  const startedAt = performance.now();
  const bringBack = await takeAway(database);
  const codes = await Promise.all(
    Array.from({ length: 500 }, () => codeOf(service.call(`{ sessions { totalCount } }`))),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(new Set(codes)).toEqual(new Set(["UNAVAILABLE"]));
  const faults = lines.filter(({ msg }) => !msg.startsWith("the bus was lost"));
  // Half a second on a quiet machine: two lines.
  expect(faults.length).toBeLessThanOrEqual(2 + seconds);
  await bringBack();
  await service.close();
  const counted = lines.reduce((sum, { more = 0 }) => sum + more, 0);
  expect(counted).toBeGreaterThanOrEqual(499);
  await database.drop();
});
