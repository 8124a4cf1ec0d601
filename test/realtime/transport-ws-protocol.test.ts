/*
 * The rules of graphql-transport-ws (PROTOCOL.md of graphql-ws) in their order, frame by frame. What a message must look like
 * is in transport-ws-messages.test.ts, how operations end in transport-ws-operations.test.ts. Proved elsewhere:
 *
 * | rule | test |
 * | --- | --- |
 * | the client closes the socket: its operations end | sockets.test.ts: 200 times subscribing and leaving |
 * | 1009, a message that is too long | api/door/door.test.ts: limits are what the configuration says |
 * | 1012, the node closes; what is in flight is answered | drain.test.ts |
 * | 1013, a viewer's socket too many | sockets.test.ts; what waits is not read: slow-readers.test.ts |
 * | 4401, the token of connection_init is not valid | api/tenancy.test.ts, rights.test.ts |
 * | 4403, the token expired or was withdrawn | rights.test.ts |
 * | 4500, a fault of the service | socket-intake.test.ts |
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSilentSocket, openSocket } from "../support/following/open-socket.js";
import { fence, framesOf, typesOf } from "../support/following/socket-frames.js";
import { acknowledged, cancel, follow, tenant } from "../support/following/socket-operations.js";
import { headOf, sendRaw, upgradeHeaders } from "../support/raw-socket.js";
import { countWaiting, lockRun } from "../support/row-lock.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun } from "../support/work.js";

let service: TestService;
let runId: string;
beforeAll(async () => {
  service = await startService();
  runId = await createRun(service);
});
afterAll(() => service.close());

const cancelled = { data: { cancelRun: { run: { status: "CANCELLED" } } } };
const answer = { data: { viewer: { tenantId: "local" } } };

describe("the handshake", () => {
  it.each([[["graphql-transport-ws"]], [["graphql-ws", "graphql-transport-ws", "other"]]])(
    "of %j speaks graphql-transport-ws",
    async (offered) => {
      const { socket } = await openSilentSocket(service.url, ...offered);
      expect(socket.protocol).toBe("graphql-transport-ws");
    },
  );

  it.concurrent.each<[string, string | undefined]>([
    ["no subprotocol", undefined],
    ["an older one", "graphql-ws"],
    ["a foreign one", "mqtt, soap"],
    ["one that looks like it", "graphql-transport-ws2"],
  ])("with %s is a close with 4406, and nothing else", async (_what, offered) => {
    const { "sec-websocket-protocol": _protocol, ...headers } = upgradeHeaders;
    const more: Record<string, string> = offered === undefined ? {} : { "sec-websocket-protocol": offered };
    const raw = await sendRaw(service.url, headOf("GET", { ...headers, ...more }));
    const answer = await raw.closed;
    const [head = "", frames = ""] = answer.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).not.toMatch(/sec-websocket-protocol/i);
    const frame = Buffer.from(frames, "latin1");
    expect([frame[0], frame.readUInt16BE(2), frame.length - 2]).toEqual([0x88, 4406, frame[1]]);
  });
});

describe("connection_init", () => {
  it.each([{}, { payload: null }, { payload: {} }, { payload: { anything: [1] } }])(
    "with %j is acknowledged once, without a payload",
    async (rest) => {
      const socket = await openSilentSocket(service.url);
      socket.send({ type: "connection_init", ...rest });
      await expect.poll(() => socket.frames).toEqual([acknowledged]);
      expect(await typesOf(socket)).toEqual(["connection_ack"]);
    },
  );

  it("that does not come within 3 s is a close with 4408, whatever else came; one that came is none", async () => {
    const silent = await openSilentSocket(service.url);
    const openedAt = performance.now();
    const known = await openSocket(service.url);
    await fence(silent);
    expect(await silent.closed).toEqual([4408, "Connection initialisation timeout"]);
    expect(performance.now() - openedAt).toBeGreaterThan(2_900);
    expect(await typesOf(known)).toEqual(["connection_ack"]);
  });

  it("that comes a second time is a close with 4429, acknowledged or not", async () => {
    const twice = await openSilentSocket(service.url);
    twice.send({ type: "connection_init" });
    twice.send({ type: "connection_init" });
    expect(await twice.closed).toEqual([4429, "Too many initialisation requests"]);
    const again = await openSocket(service.url);
    again.send({ type: "connection_init" });
    expect(await again.closed).toEqual([4429, "Too many initialisation requests"]);
  });
});

describe("ping and pong", () => {
  it("a ping is answered by one pong with the same payload, before the acknowledgement too", async () => {
    const socket = await openSilentSocket(service.url);
    for (const rest of [{}, { payload: null }, { payload: { at: [1, { a: "é" }] } }]) {
      socket.send({ type: "ping", ...rest });
    }
    const pongs = [{ type: "pong" }, { type: "pong" }, { type: "pong", payload: { at: [1, { a: "é" }] } }];
    await expect.poll(() => socket.frames).toEqual(pongs);
    socket.send({ type: "connection_init" });
    socket.send({ type: "ping" });
    await expect.poll(() => socket.frames.length).toBe(5);
    expect(socket.frames.slice(3)).toEqual(expect.arrayContaining([acknowledged, { type: "pong" }]));
  });

  it("a ping is answered while operations are under way", async () => {
    const runId = await createRun(service);
    const lock = await lockRun(service.databaseUrl, runId);
    const socket = await openSocket(service.url);
    socket.begin("1", follow, { runId });
    socket.begin("2", cancel, { runId });
    await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
    await framesOf(socket, "1", "next");
    await fence(socket);
    await lock.release();
  });

  it("a pong that nobody asked for is taken and not answered, at any time", async () => {
    const socket = await openSilentSocket(service.url);
    socket.send({ type: "pong", payload: { a: 1 } });
    socket.send({ type: "connection_init" });
    socket.send({ type: "pong" });
    await expect.poll(() => socket.frames).toEqual([acknowledged]);
    expect(await typesOf(socket)).toEqual(["connection_ack"]);
  });
});

describe("subscribe", () => {
  it("before connection_init is a close with 4401", async () => {
    const socket = await openSilentSocket(service.url);
    socket.begin("1", tenant);
    expect(await socket.closed).toEqual([4401, "Unauthorized"]);
    expect(socket.frames).toEqual([]);
  });

  it("with the id of a subscription that lives is a close with 4409", async () => {
    const socket = await openSocket(service.url);
    socket.begin("one", follow, { runId });
    await framesOf(socket, "one", "next");
    socket.begin("one", tenant);
    expect(await socket.closed).toEqual([4409, "Subscriber for one already exists"]);
  });

  it("with the id of a mutation that is under way is a close with 4409", async () => {
    const held = await createRun(service);
    const lock = await lockRun(service.databaseUrl, held);
    const socket = await openSocket(service.url);
    socket.begin("one", cancel, { runId: held });
    await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
    socket.begin("one", follow, { runId });
    expect(await socket.closed).toEqual([4409, "Subscriber for one already exists"]);
    await lock.release();
  });

  it.each(["x".repeat(256), "é".repeat(60), "\uD800".repeat(60), "🦊".repeat(40)])(
    "is a close with 4409 for an id that no close can name whole: %#",
    async (id) => {
      const socket = await openSocket(service.url);
      socket.begin(id, follow, { runId });
      await framesOf(socket, id, "next");
      socket.begin(id, tenant);
      const [code, reason] = await socket.closed;
      expect([code, reason.startsWith("Subscriber for ")]).toEqual([4409, true]);
    },
  );

  it("takes an id of any text, also of JavaScript's own", async () => {
    const socket = await openSocket(service.url);
    for (const id of ["__proto__", "constructor", "toString", " ", "0", '"', "\0", "x".repeat(256)]) {
      socket.begin(id, tenant);
      expect(await framesOf(socket, id, "complete")).toEqual([["next", answer], ["complete"]]);
    }
  });

  it.each([
    {},
    { operationName: null, variables: null, extensions: null },
    { operationName: "A", variables: {}, extensions: { a: 1 } },
  ])("takes a payload with %j beside the query", async (rest) => {
    const socket = await openSocket(service.url);
    const query = "query A { viewer { tenantId } }";
    socket.send({ id: "1", type: "subscribe", payload: { query, ...rest } });
    expect(await framesOf(socket, "1", "complete")).toEqual([["next", answer], ["complete"]]);
  });

  it("runs queries, mutations and subscriptions beside each other on one socket", async () => {
    const own = await createRun(service);
    const socket = await openSocket(service.url);
    socket.begin("s", follow, { runId: own });
    socket.begin("q", tenant);
    socket.begin("m", cancel, { runId: own });
    expect(await framesOf(socket, "q", "complete")).toEqual([["next", answer], ["complete"]]);
    expect(await framesOf(socket, "m", "complete")).toEqual([["next", cancelled], ["complete"]]);
    expect((await framesOf(socket, "s", "complete"))[0]?.[0]).toBe("next");
  });
});
