import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load } from "../../../src/graphql/engine/load.js";
import { openSilentSocket, openSocket } from "../../support/following/open-socket.js";
import { countWaiting, lockRun } from "../../support/row-lock.js";
import { createRandom } from "../../support/random.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";
import { sendBy } from "../../support/transports.js";
import { createRun } from "../../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
});
afterAll(() => service.close());

const longest = 4 * 1024 * 1024;
const tenant = { query: "{ viewer { tenantId } }" };

async function headersFor(name: string) {
  return { authorization: `Bearer ${await tokenFor(name)}`, "content-type": "application/json" };
}

/** A request whose body has so many bytes, of which none but the first comes. */
async function begin(name: string, bytes: number) {
  const headers = { ...(await headersFor(name)), "content-length": bytes };
  const sent: ClientRequest = request(service.url, { method: "POST", headers });
  const answered = once(sent, "response").then(([response]) => response as IncomingMessage);
  sent.on("error", () => {});
  answered.catch(() => {});
  sent.write("{");
  await once(sent, "socket");
  return { answered, abort: () => sent.destroy() };
}

const beginMany = (name: string, many: number) =>
  Promise.all(Array.from({ length: many }, () => begin(name, longest)));

const ask = async (name: string) => sendBy("POST", service.url, tenant, await headersFor(name));

describe("requests under way", () => {
  it("of one viewer are 32 MiB at most; others go on, and so does the viewer once some are done", async () => {
    const begun = await beginMany("greedy", 7);
    await expect.poll(async () => (await ask("greedy")).status).toBe(200);
    const more = await begin("greedy", longest);
    // The one that comes last, whichever it is.
    const { statusCode, headers } = await Promise.any([...begun, more].map(({ answered }) => answered));
    expect({ statusCode, wait: headers["retry-after"] }).toEqual({ statusCode: 429, wait: "1" });
    expect((await ask("modest")).data).toEqual({ viewer: { tenantId: "modest" } });
    for (const { abort } of [...begun, more]) abort();
    await expect.poll(async () => (await ask("greedy")).status).toBe(200);
    const again = await beginMany("greedy", 7);
    expect((await ask("greedy")).status).toBe(200);
    for (const { abort } of again) abort();
  });

  it("of all viewers are 128 MiB at most: then the node says that it has no room, and goes on once it has", async () => {
    const many = (await Promise.all(["a", "b", "c", "d", "e"].map((name) => beginMany(name, 7)))).flat();
    const { statusCode, headers } = await Promise.any(many.map(({ answered }) => answered));
    expect([statusCode, headers["retry-after"]]).toEqual([503, undefined]);
    expect((await ask("f")).status).toBe(200);
    for (const { abort } of many) abort();
    const more = await beginMany("f", 7);
    await expect.poll(async () => (await ask("f")).status).toBe(200);
    for (const { abort } of more) abort();
  });

  it("count while the database makes them wait, over HTTP and WebSocket alike", async () => {
    const token = await tokenFor("acme");
    const runId = await createRun(asking(callerOf(service.url, token)));
    const lock = await lockRun(service.databaseUrl, runId);
    const query = `mutation Append($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`;
    const payload = { text: "line of output ".repeat(500) };
    const events = Array.from({ length: 400 }, () => ({ type: "COMMAND_OUTPUT", payload }));
    const append = { query, variables: { input: { runId, events } } };
    const headers = { authorization: `Bearer ${token}` };
    const waiting = Array.from({ length: 16 }, (_, n) =>
      sendBy(n % 2 === 0 ? "POST" : "WebSocket", service.url, append, headers),
    );
    const refused: unknown[] = [];
    for (const sent of waiting) void sent.then(({ errors }) => refused.push(...errors));
    await expect.poll(() => refused.length).toBeGreaterThanOrEqual(5);
    await expect.poll(() => countWaiting(service.databaseUrl)).toBeGreaterThan(0);
    await lock.release();
    await Promise.all(waiting);
    expect(refused.length).toBeLessThanOrEqual(7);
    // Over WebSocket the connection ends, with the same words.
    const message = expect.stringContaining(`more than ${32 * 1024 * 1024} bytes under way`);
    expect(refused).toEqual(refused.map(() => expect.objectContaining({ message })));
    expect((await sendBy("POST", service.url, append, headers)).errors).toEqual([]);
  });
});

describe("of messages that are not whole", () => {
  it("a viewer's sockets may hold as much as its requests; the one that goes beyond is closed with 1013", async () => {
    const token = await tokenFor("fragments");
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(service.url, token)));
    const part = Buffer.alloc(longest - 100_000, " ");
    for (const { socket } of sockets) socket.send(part, { fin: false, binary: false });
    const [code, reason] = await Promise.race(sockets.map(({ closed }) => closed));
    expect([code, reason]).toEqual([1013, expect.stringContaining("33554432 bytes under way")]);
    await expect
      .poll(() => sockets.filter(({ socket }) => socket.readyState === socket.OPEN).length)
      .toBeLessThanOrEqual(8);
    expect((await ask("others")).status).toBe(200);
    for (const { socket } of sockets) socket.terminate();
    await expect.poll(async () => (await ask("fragments")).status).toBe(200);
  });

  it("one that is longer than 64 KiB closes the socket of a client that is not known yet with 1009", async () => {
    const { socket, closed } = await openSilentSocket(service.url);
    socket.send(Buffer.alloc(200_000, " "), { fin: false, binary: false });
    expect(await closed).toEqual([1009, "the message is too long for a caller who is not known"]);
  });
});

it("whatever is held, grows and is given back, nothing is left of it", () => {
  const random = createRandom(20_261_128);
  const load = new Load();
  const viewers = ["a", "b", "c", "d", "e", "f"].map((tenantId) => ({
    tenantId,
    readerId: null,
    callerId: null,
    scopes: new Set<never>(),
    expiresAt: null,
  }));
  const held: { release(): void; resize(bytes: number): void }[] = [];
  let refused = 0;
  for (let turn = 0; turn < 20_000; turn += 1) {
    try {
      const chosen = held[random.below(held.length + 1)];
      if (chosen === undefined || random.below(3) === 0) {
        held.push(load.hold(random.pick(viewers), random.below(longest)));
      } else if (random.below(2) === 0) chosen.resize(random.below(longest));
      else chosen.release();
    } catch {
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(100);
  for (const each of held) each.release();
  expect(load.bytes).toBe(0);
  expect(load.viewers).toBe(0);
});
