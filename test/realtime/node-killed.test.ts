import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { createTestDatabase } from "../support/database.js";
import { startServiceProcess } from "../support/exec/outage.js";
import { startLoad } from "../support/following/faulty-load.js";
import { asking, callerOf } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";

it("clients of a node that is killed with kill -9 move to another, and miss nothing", async () => {
  const database = await createTestDatabase();
  const start = () => startServiceProcess(database.url);
  const [a, b] = await Promise.all([start(), start()]);
  await using balancer = await openProxy([a.url, b.url]);
  const call = callerOf(a.url);
  const asks = asking(call);
  const clients = Array.from({ length: 4 }, () => createClient({ url: balancer.url, webSocket: WebSocket }));
  const load = await startLoad(asks, { writeTo: [balancer.url], clients });
  const movedClients = () => load.followers.filter(({ failures }) => failures.length > 0).length;

  await load.write();
  await load.arrive();
  await a.kill();
  await load.write();
  await load.arrive();
  expect(movedClients()).toBe(2);
  await a.start();
  await b.kill();
  await load.write();
  await load.arrive();
  expect(movedClients()).toBe(4);
  await load.finish();
  expect(load.failures()).toEqual(new Set(["UNREACHABLE"]));
  for (const node of [a, b]) await node.kill();
  await database.drop();
});
