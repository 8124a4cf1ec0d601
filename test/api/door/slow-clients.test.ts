import { afterAll, beforeAll, expect, it } from "vitest";
import { type RawSocket, headOf, openRaw, statusOf, upgradeHeaders } from "../../support/raw-socket.js";
import { type TestService, startService, tokenAuth, tokenFor } from "../../support/start-service.js";
import { sendBy } from "../../support/transports.js";

let local: TestService;
let guarded: TestService;
let authorization: string;
beforeAll(async () => {
  local = await startService();
  guarded = await startService({ config: { auth: tokenAuth } });
  authorization = `Bearer ${await tokenFor("acme")}`;
});
afterAll(async () => {
  await local.close();
  await guarded.close();
});

/** Sends a text a character at a time, for as long as it is heard. Gives all that came, and after how many milliseconds. */
async function drip(raw: RawSocket, text: string): Promise<{ answer: string; afterMs: number }> {
  const startedAt = performance.now();
  let sent = 0;
  const drops = setInterval(() => raw.socket.write(text[sent++ % text.length] ?? ""), 250);
  const answer = await raw.closed;
  clearInterval(drops);
  return { answer, afterMs: performance.now() - startedAt };
}

const json = { "content-type": "application/json", "content-length": "5000" };

const headCases: [string, string][] = [
  ["of a query", headOf("POST", json).slice(0, -2)],
  ["of an upgrade", headOf("GET", upgradeHeaders).slice(0, -2)],
  ["of which not even the path has come", "GET /"],
];

it.concurrent("headers that have not all come after ten seconds end the connection with 408", async () => {
  const cases = headCases.map(async ([what, head]) => {
    const raw = await openRaw(local.url);
    raw.socket.write(head);
    const { answer, afterMs } = await drip(raw, "x");
    return { what, status: statusOf(answer), isDue: afterMs > 9_000 && afterMs < 25_000 };
  });
  const silent = await openRaw(local.url);
  const expected = headCases.map(([what]) => ({ what, status: 408, isDue: true }));
  expect(await Promise.all(cases)).toEqual(expected);
  expect(statusOf(await silent.closed)).toBe(408);
});

const query = "{ viewer { tenantId } }";
const byGet = { "content-length": "5000", accept: "application/json" };
const bodyCases: [string, () => TestService, () => string, number][] = [
  ["without auth", () => local, () => headOf("POST", json), 408],
  ["of a known caller", () => guarded, () => headOf("POST", { ...json, authorization }), 408],
  ["of an unknown caller, after its 401", () => guarded, () => headOf("POST", json), 401],
  [
    "of what is refused unread, after its 415",
    () => local,
    () => headOf("POST", { ...json, "content-type": "text/plain" }),
    415,
  ],
  [
    "of a query by GET, after its answer",
    () => local,
    () => headOf("GET", byGet, `/graphql?query=${encodeURIComponent(query)}`),
    200,
  ],
];

it.concurrent("a body that has not all come after thirty seconds ends the connection, with 408 if nothing was answered", async () => {
  const cases = bodyCases.map(async ([what, service, head, status]) => {
    const raw = await openRaw(service().url);
    raw.socket.write(head());
    const { answer, afterMs } = await drip(raw, " ");
    const leastMs = status === 408 ? 29_000 : 0;
    return [what, statusOf(answer), afterMs > leastMs && afterMs < 50_000];
  });
  expect(await Promise.all(cases)).toEqual(bodyCases.map(([what, , , status]) => [what, status, true]));
  for (const { url } of [local, guarded])
    expect((await sendBy("POST", url, { query }, { authorization })).errors).toEqual([]);
});
