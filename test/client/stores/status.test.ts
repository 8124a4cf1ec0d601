/* How stores say that they stand. */
import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createClient, createCounts } from "../../../src/client/client.js";
import { recordSockets } from "../../support/following/recorded-socket.js";
import { type TestService, startService } from "../../support/start-service.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

it("more stores than one socket carries are all live", async () => {
  const { webSocket, sockets } = recordSockets();
  const client = createClient({ url: service.url, webSocket });
  const stores = Array.from({ length: 101 }, () => createCounts(client));
  const statuses = () => new Set(stores.map(({ getSnapshot }) => getSnapshot().status));
  await expect.poll(statuses).toEqual(new Set(["live"]));
  expect(sockets).toHaveLength(2);
  for (const { close } of stores) close();
  await expect
    .poll(() => sockets.map(({ readyState }) => readyState))
    .toEqual([WebSocket.CLOSED, WebSocket.CLOSED]);
});
