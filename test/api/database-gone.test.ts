import pg from "pg";
import { expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { graphql } from "../support/graphql.js";
import { startService } from "../support/start-service.js";
import { createRun } from "../support/work.js";

it("a database that goes away is UNAVAILABLE, health says so, and the service recovers when it is back", async () => {
  const database = await createTestDatabase();
  await using service = await startService({ databaseUrl: database.url });
  const runId = await createRun(service);
  const name = new URL(database.url).pathname.slice(1);
  const server = new pg.Client({ connectionString: process.env["AGENTRUN_TEST_SERVER_URL"] });
  await server.connect();
  await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name]);
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
  await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  await server.end();
  const runAndHealth = graphql(`query RunAndHealth($runId: ID!) { run(id: $runId) { id } health { ready } }`);
  expect(await service.ask(runAndHealth, { runId })).toEqual({
    run: { id: runId },
    health: { ready: true },
  });
  await database.drop();
});
