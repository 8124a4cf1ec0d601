import { afterAll, beforeAll, expect, it } from "vitest";
import { socketTimes } from "../../../src/server/config.js";
import { headOf, openRaw } from "../../support/raw-socket.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";
import { openProxy } from "../../support/tcp-proxy.js";
import { sendBy } from "../../support/transports.js";
import { append, createRun } from "../../support/work.js";

const stalledMs = 300;

let service: TestService;
let authorization: string;
let query: string;
let script: string;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth, socketTimes: { stalledMs } } });
  authorization = `Bearer ${await tokenFor("acme")}`;
  query = await createLongLog(service.url);
  const page = await (await fetch(service.url, { headers: { accept: "text/html" } })).text();
  script = `/graphql${/\?graphiql=script-[\w-]+/.exec(page)?.[0]}`;
});
afterAll(() => service.close());

/** Makes a log whose answer has some 12 megabytes: more than all buffers on its way hold. Gives its query. */
async function createLongLog(url: string): Promise<string> {
  const asks = asking(callerOf(url, await tokenFor("acme")));
  const runId = await createRun(asks);
  const texts = Array.from({ length: 10 }, () => "x".repeat(200_000));
  for (let turn = 0; turn < 6; turn += 1) await append(asks, runId, texts);
  return `{ run(id: "${runId}") { events(first: 60) { nodes { payload } } } }`;
}

/** A request for the long answer, as it goes over the wire. */
function asked(method: "GET" | "POST", headers: Record<string, string> = {}): string {
  if (method === "GET")
    return headOf("GET", { authorization, ...headers }, `/graphql?query=${encodeURIComponent(query)}`);
  const body = JSON.stringify({ query });
  const length = { "content-length": `${body.length}`, "content-type": "application/json" };
  return headOf("POST", { authorization, ...length, ...headers }) + body;
}

/** Sends a text and reads nothing of what comes back. */
async function sendUnread(url: string, text: string) {
  const raw = await openRaw(url);
  raw.socket.pause();
  raw.socket.write(text);
  return raw;
}

it("data may wait unread for thirty seconds", () => {
  expect(socketTimes.stalledMs).toBe(30_000);
});

it.each<[string, () => string]>([
  ["an answer", () => asked("POST")],
  ["an answer that Yoga writes", () => asked("GET")],
  ["files of GraphiQL", () => headOf("GET", {}, script).repeat(3)],
])("who takes nothing of %s is cut off", async (_what, text) => {
  const { socket, closed } = await sendUnread(service.url, text());
  // A connection that is paused does not hear of its end: it is reset where it writes again.
  const further = headOf("GET", {}, "/healthz");
  const writes = setInterval(() => socket.write(further), 20);
  await closed;
  clearInterval(writes);
});

it("who reads an answer slowly but steadily has all of it", async () => {
  // What the system takes at once is a part of a second of such a client.
  const patience = { stalledMs: 1_500 };
  const { databaseUrl } = service;
  await using patient = await startService({
    config: { auth: tokenAuth, socketTimes: patience },
    databaseUrl,
  });
  await using proxy = await openProxy(patient.url, { bytesPerSecond: 3_000_000 });
  const startedAt = performance.now();
  const { data } = await sendBy("POST", proxy.url, { query }, { authorization });
  expect(performance.now() - startedAt).toBeGreaterThan(2 * patience.stalledMs);
  expect(JSON.stringify(data).length).toBeGreaterThan(11_000_000);
});

it.each(["POST", "GET"] as const)(
  "answers by %s that wait to be read count as under way: of one viewer 64 MiB at most",
  async (method) => {
    await using patient = await startService({
      config: { auth: tokenAuth },
      databaseUrl: service.databaseUrl,
    });
    const ask = async (name: string) => {
      const headers = { authorization: `Bearer ${await tokenFor(name)}` };
      return (await sendBy("POST", patient.url, { query }, headers)).status;
    };
    const unread: Awaited<ReturnType<typeof sendUnread>>[] = [];
    const askBesideOneMore = async () => {
      unread.push(await sendUnread(patient.url, asked(method)));
      return ask("acme");
    };
    await expect.poll(askBesideOneMore).toBe(429);
    // Four of them fit beside the one that is asked.
    expect(unread.length).toBeGreaterThanOrEqual(5);
    expect(await ask("another")).toBe(200);
    for (const { socket } of unread) socket.destroy();
    await expect.poll(() => ask("acme")).toBe(200);
  },
);
