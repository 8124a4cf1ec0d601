import pg from "pg";
import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import type { BusConfig } from "../../src/server/config.js";
import { busPids } from "../support/bus.js";
import { createTestDatabase } from "../support/database.js";
import { type Load, startLoad } from "../support/following/faulty-load.js";
import { graphql } from "../support/graphql.js";
import { startMortalRedis } from "../support/redis.js";
import { type TestService, startService } from "../support/start-service.js";

it("a Redis that is killed and started again under load costs no event", async ({ skip }) => {
  const redis = await startMortalRedis();
  if (!redis) return skip("there is no Redis here");
  const database = await createTestDatabase();
  const fault = { kill: redis.kill, heal: redis.start };
  const { followers } = await breakBus(database.url, { kind: "redis", url: redis.url }, fault);
  for (const { failures } of followers) expect(failures).toEqual([]);
  await database.drop();
});

it("the listening connections that end and are refused for a while under load cost no event", async () => {
  const database = await createTestDatabase();
  const server = new pg.Client({ connectionString: process.env["AGENTRUN_TEST_SERVER_URL"] });
  await server.connect();
  const name = new URL(database.url).pathname.slice(1);
  await breakBus(
    database.url,
    { kind: "postgres" },
    {
      async kill() {
        await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
        const pids = await busPids(server, database.url);
        await server.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", [pids]);
      },
      async heal() {
        await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      },
    },
  );
  await server.end();
  await database.drop();
});

/** Breaks the bus between two nodes twice, while one is written to and clients of both follow. */
async function breakBus(
  databaseUrl: string,
  bus: BusConfig,
  fault: { kill(): Promise<void>; heal(): Promise<void> },
): Promise<Load> {
  await using a = await startService({ databaseUrl, config: { bus } });
  await using b = await startService({ databaseUrl, config: { bus } });
  const expectBus = async (busReady: boolean, busFailures: number) => {
    for (const node of [a, b]) await expect.poll(() => readBus(node)).toEqual({ busReady, busFailures });
  };
  await expectBus(true, 0);
  const clients = [a, b].map(({ url }) => createClient({ url, webSocket: WebSocket }));
  const load = await startLoad(a, { writeTo: [a.url], clients });
  await load.write();
  await load.arrive();
  for (let failures = 1; failures <= 2; failures += 1) {
    await fault.kill();
    await expectBus(false, failures);
    await load.write();
    await fault.heal();
    await expectBus(true, failures);
    await load.arrive();
    await load.write();
    await load.arrive();
  }
  await load.finish();
  return load;
}

async function readBus({ ask }: TestService): Promise<{ busReady: boolean; busFailures: number }> {
  const busHealth = graphql(`query BusHealth { health { busReady busFailures } }`);
  return (await ask(busHealth)).health;
}
