import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { openEmbedded } from "../../src/database/embedded/open.js";
import { findProcess } from "../../src/database/embedded/os-process.js";
import { createTestDatabase } from "../support/database.js";
import { createDataDir } from "../support/embedded/folder.js";
import { query, readPid } from "../support/embedded/server.js";
import { type Load, startLoad } from "../support/following/faulty-load.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";

it("Postgres that is stopped at once and started again costs two nodes and their followers nothing", async () => {
  const dataDir = await createDataDir();
  await using before = closing(await openEmbedded({ dataDir, log: () => {} }));
  await query(before.url("postgres"), "CREATE DATABASE faults");
  const databaseUrl = before.url("faults");
  await using a = await startService({ databaseUrl });
  await using b = await startService({ databaseUrl });
  const load = await startLoadAt([a, b]);
  await load.write();
  await load.arrive();

  const pid = readPid(dataDir);
  process.kill(pid, "SIGQUIT");
  await expect.poll(() => findProcess(pid)).toBe(null);
  for (const node of [a, b]) expect(await isReady(node)).toBe(false);
  await using after = closing(await openEmbedded({ dataDir, log: () => {} }));
  expect(after.url("faults")).toBe(databaseUrl);
  for (const node of [a, b]) await expect.poll(() => isReady(node)).toBe(true);
  await load.write();
  await load.arrive();
  await load.finish();
  expectToldAway(load);
  for (const node of [a, b]) await expect.poll(() => readBus(node)).toEqual([true, 1]);
});

it("connections that are all terminated, again and again, cost two nodes and their followers nothing", async () => {
  const database = await createTestDatabase();
  await using a = await startService({ databaseUrl: database.url });
  await using b = await startService({ databaseUrl: database.url });
  const load = await startLoadAt([a, b]);
  const name = new URL(database.url).pathname.slice(1);
  for (let fault = 1; fault <= 4; fault += 1) {
    await load.write();
    await load.arrive();
    const ended = await query(
      process.env["AGENTRUN_TEST_SERVER_URL"] ?? "",
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    expect(ended.length).toBeGreaterThan(2);
    for (const node of [a, b]) await expect.poll(() => readBus(node)).toEqual([true, fault]);
  }
  await load.write();
  await load.arrive();
  await load.finish();
  expectToldAway(load);
  await database.drop();
});

async function startLoadAt(nodes: readonly [TestService, ...TestService[]]): Promise<Load> {
  const writeTo = nodes.map(({ url }) => url);
  const clients = writeTo.map((url) => createClient({ url, webSocket: WebSocket }));
  return startLoad(nodes[0], { writeTo, clients });
}

async function isReady({ url }: TestService): Promise<boolean> {
  return (await fetch(url.replace("/graphql", "/readyz"))).ok;
}

async function readBus({ ask }: TestService): Promise<[boolean, number]> {
  const busHealth = graphql(`query BusHealth { health { busReady busFailures } }`);
  const { health } = await ask(busHealth);
  return [health.busReady, health.busFailures];
}

/** Callers were told that the database is away, and never of a fault of the service. */
function expectToldAway(load: Load): void {
  expect(load.failures()).toContain("UNAVAILABLE");
  expect(load.failures()).not.toContain("INTERNAL_SERVER_ERROR");
}

function closing<Opened extends { close(): Promise<void> }>(opened: Opened): Opened & AsyncDisposable {
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}
