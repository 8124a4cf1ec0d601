import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { createTestDatabase } from "../support/database.js";
import { startLoad } from "../support/faulty-load.js";
import { recordSockets } from "../support/recorded-socket.js";
import { startService } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { createRun } from "../support/work.js";

it("clients whose connections freeze half-way notice it by their pings, and go on over new ones to either node", async () => {
  const database = await createTestDatabase();
  await using a = await startService({ databaseUrl: database.url });
  await using b = await startService({ databaseUrl: database.url });
  await using proxy = await openProxy(a.url, b.url);
  const recorded = [recordSockets(), recordSockets()];
  const clients = recorded.map(({ webSocket }) => createClient({ url: proxy.url, webSocket, pingMs: 500 }));
  const load = await startLoad(a, { writeTo: [a.url, b.url], clients });
  await load.write();
  await load.arrive();
  for (let freezes = 1; freezes <= 3; freezes += 1) {
    proxy.freezeHalfWay();
    await load.write();
    await load.arrive();
    for (const { sockets } of recorded) expect(sockets).toHaveLength(freezes + 1);
  }
  // What comes late over connections that were given up disturbs nobody.
  proxy.thaw();
  await load.write();
  await load.arrive();
  await load.finish();
  for (const { sockets } of recorded) expect(sockets).toHaveLength(4);
  for (const { failures } of load.followers) {
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(["UNREACHABLE"]));
  }
  await database.drop();
});

it("a connection that is taken and never answered is given up, and tried again until it is answered", async () => {
  await using service = await startService();
  await using proxy = await openProxy(service.url);
  const runId = await createRun(service);
  proxy.freeze();
  const client = createClient({ url: proxy.url, webSocket: WebSocket, timeoutMs: 200 });
  const codes: string[] = [];
  const follower = client.followRun(runId, { onRetry: ({ code }) => void codes.push(code) });
  const batch = follower[Symbol.asyncIterator]().next();
  await expect.poll(() => codes, { timeout: 5_000 }).toEqual(["UNREACHABLE", "UNREACHABLE"]);
  proxy.restore();
  expect((await batch).value.events.map(({ seq }: { seq: number }) => seq)).toEqual([1]);
});
