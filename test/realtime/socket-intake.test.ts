import { once } from "node:events";
import type { AddressInfo } from "node:net";
import WebSocket, { WebSocketServer } from "ws";
import { expect, it } from "vitest";
import { Load } from "../../src/graphql/engine/load.js";
import { SocketIntake } from "../../src/server/socket/intake.js";

it("a message that cannot be handled is logged and closes its socket with 4500, which tells nothing of it", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const accepted = once(server, "connection");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = (await accepted) as [WebSocket];
  const faults: unknown[] = [];
  const logFault = (error: unknown) => faults.push(error);
  const intake = new SocketIntake(socket, { logFault, maxMessageBytes: 1_000, load: new Load() });
  const fault = new Error("something of the service's own");
  intake.handle(10, { type: "ping" }, () => Promise.reject(fault));
  const [code, reason] = (await once(client, "close")) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([4500, "a fault of the service; it has been logged"]);
  expect(faults).toEqual([fault]);
  server.close();
});
