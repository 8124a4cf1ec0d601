/*
 * What a message of graphql-transport-ws must look like: anything else is a close with 4400, at once. The other rules are in
 * transport-ws-protocol.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSilentSocket, openSocket } from "../support/following/open-socket.js";
import { type TestService, startService } from "../support/start-service.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const query = "{ viewer { tenantId } }";
const errors = [{ message: "no" }];

const invalid: [string, string | object | Buffer][] = [
  ["no JSON", "connection_init"],
  ["half of JSON", '{"type":"ping"'],
  ["nothing", ""],
  ["null", "null"],
  ["a number", "1"],
  ["a text", '"ping"'],
  ["a list", '[{"type":"ping"}]'],
  ["JSON 7,000 levels deep", "[".repeat(7_000)],
  ["no type", {}],
  ["a type that is null", { type: null }],
  ["a type that is a number", { type: 1 }],
  ["a type that is a list", { type: ["ping"] }],
  ["an unknown type", { type: "start", id: "1", payload: { query } }],
  ["a type of JavaScript's own", { type: "constructor" }],
  ["a type in capitals", { type: "PING" }],
  ["bytes", Buffer.from('{"type":"ping"}')],
  ["bytes that are no text", Buffer.from([0xff, 0x00])],
  ["a payload of ping that is a list", { type: "ping", payload: [] }],
  ["a payload of ping that is a text", { type: "ping", payload: "now" }],
  ["a payload of pong that is a number", { type: "pong", payload: 1 }],
  ["a payload of connection_init that is a text", { type: "connection_init", payload: "token" }],
  ["subscribe without an id", { type: "subscribe", payload: { query } }],
  ["subscribe with an id that is a number", { id: 1, type: "subscribe", payload: { query } }],
  ["subscribe with an empty id", { id: "", type: "subscribe", payload: { query } }],
  ["subscribe with an id of 257 characters", { id: "i".repeat(257), type: "subscribe", payload: { query } }],
  ["complete with an id of 257 characters", { id: "i".repeat(257), type: "complete" }],
  ["subscribe without a payload", { id: "1", type: "subscribe" }],
  ["subscribe with a text as payload", { id: "1", type: "subscribe", payload: query }],
  ["subscribe without a query", { id: "1", type: "subscribe", payload: {} }],
  ["a query that is an object", { id: "1", type: "subscribe", payload: { query: {} } }],
  ["variables that are a list", { id: "1", type: "subscribe", payload: { query, variables: [] } }],
  ["variables that are a text", { id: "1", type: "subscribe", payload: { query, variables: "{}" } }],
  [
    "an operation name that is a number",
    { id: "1", type: "subscribe", payload: { query, operationName: 1 } },
  ],
  ["extensions that are a list", { id: "1", type: "subscribe", payload: { query, extensions: [] } }],
  ["complete without an id", { type: "complete" }],
  ["complete with an id that is a number", { id: 1, type: "complete" }],
  ["complete with an empty id", { id: "", type: "complete" }],
  ["connection_ack, which is the service's", { type: "connection_ack" }],
  ["next, which is the service's", { id: "1", type: "next", payload: {} }],
  ["error, which is the service's", { id: "1", type: "error", payload: errors }],
];

describe("a close with 4400 follows", () => {
  it.each(invalid)("%s", async (_what, message) => {
    const given =
      typeof message === "string" || message instanceof Buffer ? message : JSON.stringify(message);
    for (const open of [openSilentSocket, openSocket]) {
      const { socket, closed, frames } = await open(service.url);
      const before = frames.length;
      socket.send(given);
      socket.send('{"type":"ping"}');
      const [code, reason] = await closed;
      expect([code, reason.length > 0, frames.length]).toEqual([4400, true, before]);
    }
  });
});

it("an operation may have an id of 256 characters", async () => {
  const { frames, begin } = await openSocket(service.url);
  const id = "é".repeat(256);
  begin(id, query);
  await expect.poll(() => frames.map((frame) => [frame.type, frame.id])).toContainEqual(["complete", id]);
});

it("nothing that comes after an invalid message is done", async () => {
  const { socket, closed, begin } = await openSocket(service.url);
  socket.send("nonsense");
  begin("1", 'mutation { registerRunner(input: { id: "rnr_unheard" }) { runner { id } } }');
  expect((await closed)[0]).toBe(4400);
  expect(await service.ask('{ runner(id: "rnr_unheard") { id } }')).toEqual({ runner: null });
});

it("further members of a message are passed over", async () => {
  const { frames, socket } = await openSilentSocket(service.url);
  socket.send('{"type":"ping","id":7,"more":[1]}');
  await expect.poll(() => frames).toEqual([{ type: "pong" }]);
});

it.each(["graphql-ws", "other"])(
  "a socket of the subprotocol %s is refused at the handshake",
  async (other) => {
    await expect(openSilentSocket(service.url, other)).rejects.toThrow("subprotocol");
  },
);
