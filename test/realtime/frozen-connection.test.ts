import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { createTestDatabase } from "../support/database.js";
import { startLoad } from "../support/following/faulty-load.js";
import { recordSockets } from "../support/following/recorded-socket.js";
import { startService } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { createRun } from "../support/work.js";

// S3, S4
it("clients whose connections freeze half-way notice it by their pings, and go on over new ones to either node", async () => {
  const database = await createTestDatabase();
  await using a = await startService({ databaseUrl: database.url });
  await using b = await startService({ databaseUrl: database.url });
  await using proxy = await openProxy([a.url, b.url]);
  const recorded = [recordSockets(), recordSockets()];
  const clients = recorded.map(({ webSocket }) => createClient({ url: proxy.url, webSocket, pingMs: 1_000 }));
  const load = await startLoad(a, { writeTo: [proxy.url], clients });
  await load.write();
  await load.arrive();
  const opened = () => recorded.map(({ sockets }) => sockets.length);
  for (let freezes = 1; freezes <= 2; freezes += 1) {
    proxy.freezeHalfWay();
    await load.write();
    await load.arrive();
    expect(Math.min(...opened())).toBeGreaterThan(freezes);
  }
  const before = opened();
  // What comes late over connections that were given up disturbs nobody.
  proxy.thaw();
  await load.write();
  await load.arrive();
  await load.finish();
  // Of what the writers sent, some was stored while the answer froze.
  expect(load.writers.some((writer) => writer.replayed() > 0)).toBe(true);
  expect(opened()).toEqual(before);
  expect(load.failures()).toEqual(new Set(["UNREACHABLE"]));
  await database.drop();
});

// S4
it("a connection that is taken and never answered is given up, and tried again until it is answered", async () => {
  await using service = await startService();
  await using proxy = await openProxy(service.url);
  const runId = await createRun(service);
  proxy.freeze();
  const client = createClient({ url: proxy.url, webSocket: WebSocket, timeoutMs: 200 });
  const codes: string[] = [];
  const follower = client.followRun(runId, { onRetry: ({ code }) => void codes.push(code) });
  const batch = follower[Symbol.asyncIterator]().next();
  await expect.poll(() => codes).toEqual(["UNREACHABLE", "UNREACHABLE"]);
  proxy.restore();
  expect((await batch).value.events.map(({ seq }: { seq: number }) => seq)).toEqual([1]);
});
