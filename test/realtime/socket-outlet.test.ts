import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { ServerSocket, SocketOutlet } from "../../src/server/socket/outlet.js";

const head = [
  "GET / HTTP/1.1",
  "host: 127.0.0.1",
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
  "\r\n",
].join("\r\n");

const server = createServer();
const options = { noServer: true, WebSocket: ServerSocket, closeTimeout: 200 };
const sockets = new WebSocketServer(options);
let client: Socket;
let received: Buffer;
let stream: Socket;
let socket: ServerSocket;
let outlet: SocketOutlet;
let taken: number;

/** A client that takes what comes, and says nothing. */
beforeEach(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const upgraded = once(server, "upgrade");
  client = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
  received = Buffer.alloc(0);
  client.on("data", (data) => (received = Buffer.concat([received, data])));
  client.write(head);
  const [request, connection, rest] = await upgraded;
  stream = connection;
  sockets.handleUpgrade(request, stream, rest, (opened) => (socket = opened));
  outlet = new SocketOutlet(stream);
  socket.outlet = outlet;
  taken = 0;
});
afterEach(async () => {
  client.destroy();
  server.close();
  await once(server, "close");
});

const send = (text: string) =>
  outlet.send(`{"id":"1","payload":`, Buffer.from(text), { taken: () => (taken += 1) });

/** The bytes of a text frame that is not masked, of less than 126 bytes. */
const frame = (text: string) => `\x81${String.fromCodePoint(text.length)}${text}`;

const text = () => received.toString("latin1").split("\r\n\r\n")[1];

it("sends each batch as a frame, and after the goodbye nothing", async () => {
  send(`{"a":1}`);
  send(`{"a":2}`);
  expect(taken).toBe(2);
  const sent = [`{"id":"1","payload":{"a":1}}`, `{"id":"1","payload":{"a":2}}`].map(frame).join("");
  await expect.poll(text).toBe(sent);
  socket.close(1012, "later");
  send(`{"a":3}`);
  // The client never answers the goodbye.
  await once(socket, "close");
  await expect.poll(() => client.readableEnded).toBe(true);
  expect(text()).toBe(`${sent}\x88\x07\x03\xf4later`);
  expect(taken).toBe(2);
});

it("writes the next operation of a batch over the last, and no frame that waits", async () => {
  const batch = Buffer.from(`{"a":"${"x".repeat(4_000)}"}`);
  const prefixes = Array.from({ length: 2_000 }, (_, index) => `{"id":"${index}","payload":`);
  client.pause();
  for (const prefix of prefixes) outlet.send(prefix, batch, { taken: () => (taken += 1) });
  // Some went at once, the rest waits here.
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(prefixes.length);
  client.resume();
  await expect.poll(() => taken).toBe(prefixes.length);
  const ids = () => [
    ...received.toString("latin1").matchAll(/\{"id":"(\d+)","payload":\{"a":"x{4000}"\}\}/g),
  ];
  await expect.poll(() => ids().map(([, id]) => Number(id))).toEqual(prefixes.map((_, index) => index));
});

it("writes nothing to a connection that has ended without a goodbye", async () => {
  const faults: Error[] = [];
  stream.on("error", (error) => faults.push(error));
  const sent = new Promise<void>((resolve) => {
    stream.once("end", () => {
      send(`{"a":1}`);
      resolve();
    });
  });
  client.end();
  await sent;
  await once(socket, "close");
  expect(faults).toEqual([]);
  expect(taken).toBe(0);
});

it("sends nothing once the client has said goodbye, or its connection is lost", async () => {
  const closed = once(socket, "close");
  client.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
  await expect.poll(text).toBe("\x88\x00");
  send(`{"a":1}`);
  await closed;
  expect(text()).toBe("\x88\x00");
  send(`{"a":2}`);
  expect(taken).toBe(0);
});
