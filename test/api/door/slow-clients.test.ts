import { afterAll, beforeAll, expect, it } from "vitest";
import { requestTimes } from "../../../src/server/config.js";
import { headOf, openRaw, statusOf, upgradeHeaders } from "../../support/raw-socket.js";
import { type TestService, startService, tokenAuth, tokenFor } from "../../support/start-service.js";
import { sendBy } from "../../support/transports.js";

const [headersMs, wholeMs] = [500, 1_000];

/** Where headers have little time, and requests an hour. */
let hurried: TestService;
let local: TestService;
let guarded: TestService;
let authorization: string;
beforeAll(async () => {
  hurried = await startService({ config: { requestTimes: { headersMs, wholeMs: 3_600_000 } } });
  const times = { requestTimes: { headersMs, wholeMs } };
  local = await startService({ config: times });
  guarded = await startService({ config: { ...times, auth: tokenAuth } });
  authorization = `Bearer ${await tokenFor("acme")}`;
});
afterAll(async () => {
  for (const service of [hurried, local, guarded]) await service.close();
});

/** Sends a head, and then a text a character at a time for as long as it is heard. Gives the status, and after how many milliseconds it ended. */
async function drip(
  { url }: TestService,
  head: string,
  text: string,
): Promise<{ status: number | null; afterMs: number }> {
  const startedAt = performance.now();
  const raw = await openRaw(url);
  raw.socket.write(head);
  let sent = 0;
  const drops = setInterval(() => raw.socket.write(text[sent++ % text.length] ?? ""), 50);
  const status = statusOf(await raw.closed);
  clearInterval(drops);
  return { status, afterMs: performance.now() - startedAt };
}

it("headers have ten seconds, and requests thirty", () => {
  expect(requestTimes).toEqual({ headersMs: 10_000, wholeMs: 30_000 });
});

const json = { "content-type": "application/json", "content-length": "5000" };

const headCases: [string, string][] = [
  ["of a query", headOf("POST", json).slice(0, -2)],
  ["of an upgrade", headOf("GET", upgradeHeaders).slice(0, -2)],
  ["of which not even the path has come", "GET /"],
];

it.concurrent("headers that have not all come in their time end the connection with 408", async () => {
  const cases = headCases.map(async ([what, head]) => {
    const { status, afterMs } = await drip(hurried, head, "x");
    return { what, status, isDue: afterMs >= headersMs };
  });
  const silent = await openRaw(hurried.url);
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

it.concurrent("a body that has not all come in its time ends the connection, with 408 if nothing was answered", async () => {
  const cases = bodyCases.map(async ([what, service, head, status]) => {
    const dripped = await drip(service(), head(), " ");
    return [what, dripped.status, dripped.afterMs >= (status === 408 ? wholeMs : 0)];
  });
  expect(await Promise.all(cases)).toEqual(bodyCases.map(([what, , , status]) => [what, status, true]));
  for (const { url } of [local, guarded])
    expect((await sendBy("POST", url, { query }, { authorization })).errors).toEqual([]);
});
