import WebSocket from "ws";
import { expect, it } from "vitest";
import { createResumingClient } from "../../src/client/client.js";
import { politely, startScriptedServer } from "../support/following/scripted-server.js";

const query = "subscription { inboxCounts { total } }";

it("100 subscriptions share a socket, a further one opens for more, and each is heard of", async () => {
  await using server = await startScriptedServer();
  const client = createResumingClient({ url: server.url.replace("http", "ws"), webSocketImpl: WebSocket });
  let connected = 0;
  const stop = client.on("connected", () => (connected += 1));
  const ends: string[] = [];
  const subscribe = () =>
    client.subscribe(
      { query },
      { next: () => {}, error: (error) => ends.push(String(error)), complete: () => ends.push("complete") },
    );
  const leaves = Array.from({ length: 101 }, subscribe);
  const carried = () =>
    server
      .open()
      .map((served) => served.subscriptions().size)
      .toSorted((one, other) => other - one);
  await expect.poll(carried).toEqual([100, 1]);
  expect(connected).toBe(2);
  leaves[0]?.();
  await expect.poll(carried).toEqual([99, 1]);
  leaves.push(subscribe());
  await expect.poll(carried).toEqual([100, 1]);

  const full = server.open().find((served) => served.subscriptions().size === 100);
  full?.socket.close(1012);
  await server.until(() => server.sockets[2]);
  await expect.poll(carried).toEqual([100, 1]);
  await expect.poll(() => connected).toBe(3);
  expect(ends).toEqual([]);
  stop();
  await client.dispose();
  await server.until(() => server.open().length === 0);
});

it("a refused token is asked for once more for all that were on its socket", async () => {
  let asked = 0;
  await using server = await startScriptedServer((served, frame) => {
    if (frame.type === "connection_init" && asked === 2) served.socket.close(4401);
    else politely(served, frame);
  });
  const client = createResumingClient({
    url: server.url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: `Bearer ${(asked += 1)}` }),
  });
  const ends: unknown[] = [];
  for (let index = 0; index < 2; index += 1)
    client.subscribe(
      { query },
      { next: () => {}, error: (error) => ends.push(error), complete: () => ends.push("complete") },
    );
  const first = await server.until(() => server.open().find((served) => served.subscriptions().size === 2));
  first.socket.close(1012);
  await server.until(() =>
    server.open().find((served) => served.subscriptions().size === 2 && served !== first),
  );
  expect([asked, ends]).toEqual([3, []]);
  await client.dispose();
});
