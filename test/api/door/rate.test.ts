import { describe, expect, it } from "vitest";
import { findRedis, startMortalRedis } from "../../support/redis.js";
import { startService, tokenAuth, tokenFor } from "../../support/start-service.js";
import { type RawRequest, type Transport, sendBy, transports } from "../../support/transports.js";
import { uniqueName } from "../../support/work.js";

const alive = "{ viewer { tenantId } }";

describe("what a caller spends is counted by what its operations ask for", () => {
  it("beyond its points it is refused with 429 and when it may go on, over each transport; another caller is not", async () => {
    await using guarded = await startService({ config: { auth: tokenAuth, ratePoints: 100 } });
    const authorization = `Bearer ${await tokenFor("acme", undefined, "ada")}`;
    const other = `Bearer ${await tokenFor("acme", undefined, "grace")}`;
    const ask = (by: Transport, as: string, query = alive) =>
      sendBy(by, guarded.url, { query }, { authorization: as });
    const answers = [];
    for (let turn = 0; turn < 12; turn += 1) answers.push(await ask("POST", authorization));
    // An operation costs 10 and its 2 fields.
    expect(answers.map(({ status }) => status)).toEqual([...Array(8).fill(200), ...Array(4).fill(429)]);
    for (const by of transports) {
      const { status, errors } = await ask(by, authorization);
      expect(status).toBe(by === "WebSocket" ? null : 429);
      expect(errors[0]?.extensions).toMatchObject({
        code: "RATE_LIMITED",
        retryable: true,
        details: { limit: 100 },
      });
    }
    const unread = await ask("POST", authorization, "{ not even a document");
    expect(unread.status).toBe(429);
    const response = await fetch(guarded.url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify({ query: alive }),
    });
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ask("POST", other)).errors).toEqual([]);
  });

  it("nodes that share a Redis count together", async () => {
    const redis = await findRedis();
    if (redis === undefined) return;
    const config = { auth: tokenAuth, ratePoints: 60, bus: { kind: "redis", url: redis } } as const;
    await using first = await startService({ config });
    await using second = await startService({ config, databaseUrl: first.databaseUrl });
    const authorization = `Bearer ${await tokenFor("acme", undefined, uniqueName("reader"))}`;
    const statuses = [];
    for (const node of [first, second, first, second, first, second, first])
      statuses.push((await sendBy("POST", node.url, { query: alive }, { authorization })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });
});

describe("a refused request costs its caller too", () => {
  const cases: [string, RawRequest][] = [
    ["no document", { query: "{ not a document" }],
    ["a document that does not fit the schema", { query: "{ viwer { tenantId } }" }],
    ["one beyond a limit", { query: `{ ${"viewer { tenantId } ".repeat(21)} }` }],
    [
      "variables that do not fit",
      { query: "query ($n: Int) { sessions(first: $n) { totalCount } }", variables: { n: "x" } },
    ],
    ["JSON beyond a limit", `{"query":"${alive}","variables":{"a":${"[".repeat(200)}${"]".repeat(200)}}}`],
    ["an unknown operation", { query: alive, operationName: "other" }],
    ["a documentId where there are none", { query: "", documentId: "x" }],
  ];
  // A socket is closed for them.
  const byHttp: [string, RawRequest][] = [
    [
      "JSON of too many keys",
      `{"query":"${alive}","variables":{${Array.from({ length: 30_001 }, (_, n) => `"k${n}":1`).join()}}}`,
    ],
    ["no JSON", "{"],
    ["variables that are none", { query: alive, variables: [] }],
    ["no object", "[]"],
    ["nothing", "{}"],
    ["a query that is none", { query: 1 }],
    ["an unknown parameter", { query: alive, other: 1 }],
  ];
  const mutation = { query: "mutation { registerRunner(input: {}) { runner { id } } }" };
  const all: [Transport, string, RawRequest][] = [
    ...cases.flatMap(([what, request]) =>
      transports.map((by): [Transport, string, RawRequest] => [by, what, request]),
    ),
    ...byHttp.map(([what, request]): [Transport, string, RawRequest] => ["POST", what, request]),
    ["GET", "a mutation", mutation],
  ];

  it("100 of a kind at RATE_LIMIT=200 end in 429, over every transport", async () => {
    await using service = await startService({ config: { auth: tokenAuth, ratePoints: 200 } });
    for (const [by, what, request] of all) {
      const authorization = `Bearer ${await tokenFor("acme", undefined, uniqueName("reader"))}`;
      const codes: string[] = [];
      for (let turn = 0; turn < 100 && codes.at(-1) !== "RATE_LIMITED"; turn += 1) {
        const { errors } = await sendBy(by, service.url, request, { authorization });
        codes.push(String(errors[0]?.extensions["code"]));
      }
      // Twenty cost all there is, and the one that finds nothing left is told what is wrong with it.
      expect([by, what, codes.length, codes.at(-1)]).toEqual([by, what, 22, "RATE_LIMITED"]);
    }
  });

  it("callers who are not known spend nothing of anybody", async () => {
    await using service = await startService({ config: { auth: tokenAuth, ratePoints: 20 } });
    for (let turn = 0; turn < 10; turn += 1)
      expect((await sendBy("POST", service.url, { query: "{" })).status).toBe(401);
    const authorization = `Bearer ${await tokenFor("acme")}`;
    expect((await sendBy("POST", service.url, { query: alive }, { authorization })).status).toBe(200);
  });
});

/** Asks until it is refused, at most ten times, and gives the statuses; one that takes more than a minute is none. */
async function askUntilRefused(url: string): Promise<(number | null)[]> {
  const authorization = `Bearer ${await tokenFor("acme", undefined, uniqueName("reader"))}`;
  const statuses: (number | null)[] = [];
  while (statuses.length < 10 && statuses.at(-1) !== 429) {
    const patience = AbortSignal.timeout(60_000);
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify({ query: alive }),
      signal: patience,
    }).catch(() => null);
    await response?.body?.cancel();
    statuses.push(response?.status ?? null);
  }
  return statuses;
}

/** What 60 points a minute are enough for, at 12 each. */
const five = [200, 200, 200, 200, 200, 429];

describe("while its Redis does not answer a node answers within seconds, and counts itself", () => {
  it("a Redis that freezes, and goes on", async () => {
    const redis = await startMortalRedis();
    if (redis === undefined) return;
    const config = { auth: tokenAuth, ratePoints: 60, bus: { kind: "redis", url: redis.url } } as const;
    await using service = await startService({ config });
    expect(await askUntilRefused(service.url)).toEqual(five);
    redis.freeze();
    expect(await askUntilRefused(service.url)).toEqual(five);
    // A node that starts then.
    await using second = await startService({ config, databaseUrl: service.databaseUrl });
    expect(await askUntilRefused(second.url)).toEqual(five);
    redis.thaw();
    await expect.poll(() => askUntilRefused(service.url)).toEqual(five);
  });

  it("a Redis that is killed, and comes back", async () => {
    const redis = await startMortalRedis();
    if (redis === undefined) return;
    const config = { auth: tokenAuth, ratePoints: 60, bus: { kind: "redis", url: redis.url } } as const;
    await using service = await startService({ config });
    expect(await askUntilRefused(service.url)).toEqual(five);
    await redis.kill();
    expect(await askUntilRefused(service.url)).toEqual(five);
    await using second = await startService({ config, databaseUrl: service.databaseUrl });
    expect(await askUntilRefused(second.url)).toEqual(five);
    await redis.start();
    // Both count in it again, and so together.
    const authorization = `Bearer ${await tokenFor("acme", undefined, uniqueName("reader"))}`;
    const spend = async (url: string) =>
      (await sendBy("POST", url, { query: alive }, { authorization })).status;
    await expect.poll(async () => [await spend(service.url), await spend(second.url)]).toEqual([429, 429]);
  });
});
