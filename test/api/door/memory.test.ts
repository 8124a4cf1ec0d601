import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { localViewer } from "../../../src/auth/viewer.js";
import type { Call } from "../../../src/graphql/compiled/call.js";
import { MadeCalls } from "../../../src/graphql/compiled/made-calls.js";
import { Documents } from "../../../src/graphql/engine/documents.js";
import { defaultLimits } from "../../../src/graphql/engine/limits.js";
import { schema } from "../../../src/graphql/schema.js";
import { type OpenSocket, openSilentSocket, openSocket } from "../../support/following/open-socket.js";
import { lockRun } from "../../support/row-lock.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";
import { type TransportAnswer, sendBy } from "../../support/transports.js";
import { createRun } from "../../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
});
afterAll(() => service.close());

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** How many mebibytes of live objects there are more after some work than before it. */
async function growth(work: () => unknown): Promise<number> {
  collect();
  const before = process.memoryUsage().heapUsed;
  await work();
  collect();
  return (process.memoryUsage().heapUsed - before) / 1_048_576;
}

const large = (turn: number) =>
  `query q${turn} { sessions(filter: { reasons: [${"IDLE ".repeat(1_950)}] }) { totalCount } }`;

it("the documents that are kept are bounded in bytes, however many come", async () => {
  const documents = new Documents(schema, defaultLimits, true);
  const few = await growth(() => {
    for (let turn = 0; turn < 30; turn += 1) documents.read(large(turn), null);
  });
  // Thirty do take something, or this test measures nothing.
  expect(few).toBeGreaterThan(5);
  const many = await growth(() => {
    for (let turn = 30; turn < 200; turn += 1) documents.read(large(turn), null);
  });
  expect(many).toBeLessThan(100);
  documents.read(large(0), null);
});

it("documents of unknown callers, and those that are refused, are not kept", async () => {
  const send = async (headers: Record<string, string>, query: (turn: number) => string) => {
    for (let turn = 0; turn < 60; turn += 1)
      await sendBy("POST", service.url, { query: query(turn) }, headers);
  };
  const authorization = `Bearer ${await tokenFor("acme")}`;
  const invalid = (turn: number) => large(turn).replace("totalCount", "total");
  const tooLong = (turn: number) => `{ ${"a ".repeat(30_000)} x${turn} }`;
  await send({ authorization }, (turn) => invalid(turn + 100));
  expect(await growth(() => send({}, large))).toBeLessThan(8);
  expect(await growth(() => send({ authorization }, invalid))).toBeLessThan(8);
  expect(await growth(() => send({ authorization }, tooLong))).toBeLessThan(8);
});

/** Has so many operations run, each of a document of its own. */
async function runMany(from: number, to: number): Promise<void> {
  const authorization = `Bearer ${await tokenFor("acme")}`;
  const fields =
    "id sessionId title executionState version lastActivityAt attention { state reason } ".repeat(20);
  for (let turn = from; turn < to; turn += 1) {
    const query = `query q${turn} { sessions(first: 2) { nodes { ${fields} } } }`;
    const { errors } = await sendBy("POST", service.url, { query }, { authorization });
    expect(errors).toEqual([]);
  }
}

it("the documents that are compiled are bounded in bytes, however many run", async () => {
  await runMany(0, 30);
  expect(await growth(() => runMany(30, 530))).toBeLessThan(100);
});

it("the calls whose statements are kept are bounded in bytes, however many others come", async () => {
  const calls = new MadeCalls();
  const lasting = { isLasting: true } as Call;
  const keep = (from: number, to: number) => {
    for (let turn = from; turn < to; turn += 1)
      calls.keep(`${turn}`, {
        call: lasting,
        text: Buffer.alloc(8_000, `SELECT ${turn} `).toString("latin1"),
      });
  };
  const few = await growth(() => keep(0, 200));
  expect(few).toBeGreaterThan(1);
  expect(await growth(() => keep(200, 6_000))).toBeLessThan(8);
  expect(calls.get("5999")).toBeDefined();
  expect(calls.keyOf(1, { ids: "x".repeat(3_000) }, localViewer)).toBeNull();
});

const junk = "undeclared ".repeat(90_000);
const reasons = Array.from({ length: 1_000 }, () => "NEEDS_APPROVAL");
const follow = `subscription ($filter: SessionFilter) { sessionAttentionChanged(filter: $filter) { cursor } }`;

// 19 KB of variables each, of requests of a megabyte.
it("of a subscription over a socket its own variables are kept and nothing else of its message", async () => {
  const token = await tokenFor("acme");
  const sockets: OpenSocket[] = [];
  const open = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const socket = await openSocket(service.url, token);
      sockets.push(socket);
      for (const id of ["1", "2"]) socket.begin(id, follow, { filter: { reasons }, junk });
      await expect
        .poll(() => socket.frames.filter(({ type }) => type !== "connection_ack").map(({ type }) => type))
        .toEqual(["next", "next"]);
    }
  };
  await open(2);
  expect(await growth(() => open(30))).toBeLessThan(20);
  for (const { socket } of sockets) socket.terminate();
});

it("of an event stream its own variables are kept and nothing else of its request", async () => {
  const authorization = `Bearer ${await tokenFor("acme")}`;
  const body = JSON.stringify({ query: follow, variables: { filter: { reasons }, junk } });
  const headers = { "content-type": "application/json", accept: "text/event-stream", authorization };
  const streams: ReadableStreamDefaultReader<Uint8Array>[] = [];
  const open = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const response = await fetch(service.url, { method: "POST", headers, body });
      const reader = response.body?.getReader();
      if (!reader) throw new Error("no stream");
      streams.push(reader);
      const { value } = await reader.read();
      expect(Buffer.from(value ?? []).toString()).toMatch(/^id: \S+\nevent: next/);
    }
  };
  await open(2);
  expect(await growth(() => open(30))).toBeLessThan(20);
  for (const reader of streams) await reader.cancel();
});

it("of a connection_init nothing is kept", async () => {
  const payload = {
    authorization: `Bearer ${await tokenFor("acme")}`,
    lists: Array.from({ length: 5_000 }, () => []),
  };
  const sockets: OpenSocket[] = [];
  const open = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const socket = await openSilentSocket(service.url);
      sockets.push(socket);
      socket.send({ type: "connection_init", payload });
      await expect.poll(() => socket.frames.map(({ type }) => type)).toEqual(["connection_ack"]);
    }
  };
  await open(5);
  expect(await growth(() => open(150))).toBeLessThan(20);
  for (const { socket } of sockets) socket.terminate();
});

it("what waits for the database is bounded in bytes, however many send", async () => {
  const token = await tokenFor("acme");
  const asks = asking(callerOf(service.url, token));
  const runId = await createRun(asks);
  const lock = await lockRun(service.databaseUrl, runId);
  const query = `mutation Append($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`;
  const events = Array.from({ length: 400 }, () => ({
    type: "COMMAND_OUTPUT",
    payload: { text: "line ".repeat(1_500) },
  }));
  const body = JSON.stringify({ query, variables: { input: { runId, events } } });
  const headers = { authorization: `Bearer ${token}` };
  const waiting: Promise<TransportAnswer | undefined>[] = [];
  const grown = await growth(async () => {
    for (let turn = 0; turn < 60; turn += 1) {
      // One that is refused before it was read may end while it is being sent: then there is no answer to read.
      waiting.push(sendBy("POST", service.url, body, headers).catch(() => undefined));
      await Promise.race([waiting.at(-1), delay(50)]);
    }
  });
  // As they came there were 180 MB.
  expect(grown).toBeLessThan(100);
  await lock.release();
  const answers = await Promise.all(waiting);
  const stored = answers.filter((answer) => answer?.errors.length === 0);
  expect(stored.length).toBeGreaterThan(0);
});
