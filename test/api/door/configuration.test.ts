import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Limits } from "../../../src/graphql/engine/limits.js";
import { readConfig } from "../../../src/server/config.js";
import { headOf, openRaw, sendRaw } from "../../support/raw-socket.js";
import { startService, tokenFor } from "../../support/start-service.js";
import { type RawRequest, sendBy, transports } from "../../support/transports.js";

const databaseUrl = "postgres://127.0.0.1/nowhere";

/** Starts a service that reads its door's configuration out of an environment, as the program does. */
function startFrom(env: Record<string, string>) {
  const given = readConfig({ DATABASE_URL: databaseUrl, ...env });
  const { limits, maxConnections, auth, ratePoints, trustedDocuments, introspection, graphiql } = given;
  const config = { limits, maxConnections, auth, ratePoints, trustedDocuments, introspection, graphiql };
  return startService({ config });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agentrun-door-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a file and gives its name. */
async function fileOf(text: string): Promise<string> {
  const file = join(folder, randomUUID());
  await writeFile(file, text);
  return file;
}

const alive = "{ viewer { tenantId } }";
const local = { viewer: { tenantId: "local" } };

/** Requests whose refusals name words of the schema where that may be told. */
const slips: [string, RawRequest][] = [
  ["a field", { query: "{ viwer { tenantId } }" }],
  ["a field of a type", { query: "{ viewer { tenantI } }" }],
  ["an argument", { query: "{ sessions(frist: 1) { totalCount } }" }],
  ["a type", { query: '{ node(id: "x") { ... on Rum { id } } }' }],
  ["a directive's argument", { query: "{ viewer { tenantId @skip(iff: true) } }" }],
  ["a key of an input", { query: "{ sessions(filter: { stat: ALL }) { totalCount } }" }],
  [
    "a key of a variable",
    {
      query: "query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }",
      variables: { f: { stat: "ALL" } },
    },
  ],
  ["a word of an enum", { query: "{ sessions(filter: { state: ALLL }) { totalCount } }" }],
  ["a far word of an enum", { query: "{ sessions(filter: { state: NOTHING }) { totalCount } }" }],
  ["a text for a word", { query: '{ sessions(filter: { state: "ALL" }) { totalCount } }' }],
  [
    "a word in a variable",
    {
      query: "query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }",
      variables: { f: { state: "NOTHING" } },
    },
  ],
  [
    "a number in a variable for a word",
    {
      query: "query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }",
      variables: { f: { state: 1 } },
    },
  ],
  [
    "a word of a subscription",
    {
      query: "subscription ($f: SessionFilter) { sessionAttentionChanged(filter: $f) { cursor } }",
      variables: { f: { reasons: ["NOTHING"] } },
    },
  ],
];
const told = /Did you mean|Allowed: /;
const introspections = [
  "{ __schema { types { name } } }",
  `{ __type(name: "Run") { name } }`,
  "query ($a: Boolean = true) { ... @include(if: $a) { ...f } } fragment f on Query { s: __schema { queryType { name } } }",
];

/** Whether a browser is shown GraphiQL. */
async function hasPage(url: string): Promise<boolean> {
  const headers = { accept: "text/html", "sec-fetch-site": "none" };
  return (await (await fetch(url, { headers })).text()).includes("<html");
}

describe("NODE_ENV=production", () => {
  it("tells nothing of the schema, over any transport, and shows no GraphiQL", async () => {
    await using service = await startFrom({ NODE_ENV: "production" });
    for (const by of transports) {
      for (const [what, request] of slips) {
        const { errors } = await sendBy(by ?? "POST", service.url, request);
        const messages = errors.map(({ message }) => message);
        expect([what, messages.length > 0, messages.filter((message) => told.test(message))]).toEqual([
          what,
          true,
          [],
        ]);
      }
      for (const query of introspections) {
        const { errors, data } = await sendBy(by, service.url, { query });
        expect(errors[0]?.extensions["code"]).toBe("GRAPHQL_VALIDATION_FAILED");
        expect(data ?? null).toBeNull();
      }
    }
    // What clients ask of every object is no introspection.
    const named = await sendBy("POST", service.url, { query: "{ __typename viewer { __typename } }" });
    expect(named.data).toEqual({ __typename: "Query", viewer: { __typename: "Viewer" } });
    expect(await hasPage(service.url)).toBe(false);
  });

  it("tells all with INTROSPECTION=1 and GRAPHIQL=1, as without NODE_ENV", async () => {
    for (const env of [{ NODE_ENV: "production", INTROSPECTION: "1", GRAPHIQL: "1" }, { NODE_ENV: "" }]) {
      await using service = await startFrom(env as unknown as Record<string, string>);
      for (const [what, request] of slips) {
        const { errors } = await sendBy("POST", service.url, request);
        expect([what, told.test(errors[0]?.message ?? "")]).toEqual([what, true]);
      }
      for (const query of introspections)
        expect((await sendBy("POST", service.url, { query })).errors).toEqual([]);
      expect(await hasPage(service.url)).toBe(true);
    }
  });

  it("each switch is its own; in development each may be off", () => {
    const read = (env: Record<string, string>) => {
      const { introspection, graphiql } = readConfig({ DATABASE_URL: databaseUrl, ...env });
      return { introspection, graphiql };
    };
    const production = { NODE_ENV: "production" };
    expect(read(production)).toEqual({ introspection: false, graphiql: false });
    expect(read({ ...production, INTROSPECTION: "1" })).toEqual({ introspection: true, graphiql: false });
    expect(() => read({ ...production, GRAPHIQL: "1" })).toThrow("GRAPHIQL must be off");
    expect(read({})).toEqual({ introspection: true, graphiql: true });
    expect(read({ INTROSPECTION: "0" })).toEqual({ introspection: false, graphiql: false });
    expect(read({ GRAPHIQL: "0" })).toEqual({ introspection: true, graphiql: false });
    for (const name of ["INTROSPECTION", "GRAPHIQL"]) expect(() => read({ [name]: "perhaps" })).toThrow(name);
  });
});

const viewer = { query: "{ viewer { tenantId } }" };
const withUnused = { query: alive, variables: { unused: [1, 2, 3] } };

/** Each limit that may be set: what it is in the refusal, and a request that asks for 2 or more where 1 is allowed. */
const limits: Record<string, [limit: keyof Limits, request: RawRequest, by?: "SSE"]> = {
  LIMIT_TOKENS: ["tokens", viewer],
  LIMIT_QUERY_BYTES: ["queryBytes", viewer],
  LIMIT_DEPTH: ["depth", viewer],
  LIMIT_ALIASES: ["aliases", { query: "{ a: viewer { b: tenantId } }" }],
  LIMIT_ROOT_FIELDS: ["rootFields", { query: "{ viewer { tenantId } __typename }" }],
  LIMIT_DIRECTIVES: ["directives", { query: "{ viewer @skip(if: false) { tenantId @skip(if: false) } }" }],
  LIMIT_COST: ["cost", viewer],
  LIMIT_JSON_DEPTH: ["jsonDepth", { query: "{ __typename }", variables: { unused: [[1]] } }],
  LIMIT_JSON_KEYS: ["jsonKeys", withUnused],
  LIMIT_JSON_VALUES: ["jsonValues", withUnused],
  LIMIT_ANSWER_BYTES: ["answerBytes", viewer],
  LIMIT_NODES: ["nodes", { query: '{ nodes(ids: ["x", "y"]) { id } }' }],
  LIMIT_STREAM_VARIABLE_BYTES: [
    "streamVariableBytes",
    { query: "subscription { inboxCounts { total } }" },
    "SSE",
  ],
};

describe("a LIMIT_ variable", () => {
  it("is each that the table in the documentation names, with the default there, and no other", () => {
    const docs = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
    const rows = [...docs.matchAll(/^\| `(LIMIT_\w+)` \| (\d+) \|/gm)];
    const { limits: read, maxConnections } = readConfig({});
    const defaults = Object.entries(limits).map(([name, [limit]]) => [name, read[limit]]);
    expect(Object.fromEntries(rows.map(([, name, value]) => [name, Number(value)]))).toEqual({
      ...Object.fromEntries(defaults),
      LIMIT_BODY_BYTES: read.bodyBytes,
      LIMIT_CONNECTIONS: maxConnections,
    });
  });

  it.each(Object.entries(limits))(
    "%s=1 is what a request may ask for",
    async (name, [limit, request, by]) => {
      await using service = await startFrom({ [name]: "1" });
      const { errors } = await sendBy(by ?? "POST", service.url, request);
      expect(errors[0]?.extensions["details"]).toMatchObject({ limit, allowed: 1 });
      expect(errors[0]?.message).toContain("at most 1 are allowed");
    },
  );

  it("LIMIT_JSON_DEPTH may be 1000, and what is as deep is looked at like the rest", async () => {
    await using service = await startFrom({ LIMIT_JSON_DEPTH: "1000", LIMIT_TOKENS: "4000" });
    const deep = "[".repeat(990) + "]".repeat(990);
    const create = (payload: string) =>
      `createQueueTask(input: { projectId: "p", queue: "q", payload: ${payload} }) { replayed }`;
    for (const body of [
      { query: `mutation ($p: JSON!) { ${create("$p")} }`, variables: { p: JSON.parse(deep) as unknown } },
      { query: `mutation { ${create(deep)} }` },
    ]) {
      const { errors } = await sendBy("POST", service.url, body);
      expect(errors[0]?.message).toContain("must nest at most 64 levels deep");
    }
    expect(() => readConfig({ LIMIT_JSON_DEPTH: "1001" })).toThrow(
      'LIMIT_JSON_DEPTH must be a whole number from 1 to 1000, not "1001"',
    );
  });

  it("LIMIT_BODY_BYTES is what a body may have, and a socket's message", async () => {
    await using service = await startFrom({ LIMIT_BODY_BYTES: "300" });
    const within = { query: alive };
    const beyond = { query: alive, variables: { a: "x".repeat(300) } };
    expect((await sendBy("POST", service.url, within)).data).toEqual(local);
    expect((await sendBy("POST", service.url, beyond)).status).toBe(413);
    expect((await sendBy("WebSocket", service.url, within)).data).toEqual(local);
    const { errors } = await sendBy("WebSocket", service.url, beyond);
    expect(errors[0]?.extensions["code"]).toBe("CLOSED_1009");
  });

  it("LIMIT_CONNECTIONS is how many connections there may be", async () => {
    await using service = await startFrom({ LIMIT_CONNECTIONS: "1" });
    const only = await openRaw(service.url);
    expect((await sendRaw(service.url, headOf("GET", {}, "/healthz"))).text()).toBe("");
    only.socket.destroy();
  });

  const names = [...Object.keys(limits), "LIMIT_BODY_BYTES", "LIMIT_CONNECTIONS"];
  it.each(names)("%s is refused by its name unless it is a whole number of 1 or more", (name) => {
    for (const value of ["0", "-1", "1.5", "many", "1e30", "NaN", "Infinity", "10 MB"])
      expect(() => readConfig({ [name]: value })).toThrow(name);
    expect(readConfig({ [name]: " " })).toEqual(readConfig({}));
  });
});

const auth = { AUTH_SECRET: "a secret of the tests that is 32 bytes or more" };

describe("RATE_LIMIT", () => {
  it("is a million points a minute unless said otherwise, 0 none at all, and nothing without auth", () => {
    const read = (env: Record<string, string>) => readConfig(env).ratePoints;
    expect(read(auth)).toBe(1_000_000);
    expect(read({ ...auth, RATE_LIMIT: "200" })).toBe(200);
    expect(read({ ...auth, RATE_LIMIT: "0" })).toBeNull();
    expect(read({ RATE_LIMIT: "200" })).toBeNull();
    for (const value of ["-1", "1.5", "many"])
      expect(() => read({ ...auth, RATE_LIMIT: value })).toThrow("RATE_LIMIT");
  });

  it("is what each caller may spend", async () => {
    await using service = await startFrom({ ...auth, RATE_LIMIT: "30" });
    const authorization = `Bearer ${await tokenFor("acme")}`;
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1)
      statuses.push((await sendBy("POST", service.url, { query: alive }, { authorization })).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

describe("PERSISTED_DOCUMENTS", () => {
  it("is the file of the only documents that run", async () => {
    const file = await fileOf(JSON.stringify({ abc: alive }));
    await using service = await startFrom({ PERSISTED_DOCUMENTS: file });
    expect((await sendBy("POST", service.url, { documentId: "abc" })).data).toEqual(local);
    const { errors } = await sendBy("POST", service.url, { query: "{ __typename }" });
    expect(errors[0]?.extensions["code"]).toBe("FORBIDDEN");
  });

  it("of no documents at all has nothing run", async () => {
    await using service = await startFrom({ PERSISTED_DOCUMENTS: await fileOf("{}") });
    for (const request of [{ query: alive }, { documentId: "constructor" }, { documentId: "__proto__" }])
      expect((await sendBy("POST", service.url, request)).errors).toHaveLength(1);
  });

  it("that is missing, or a folder, is refused by its name", () => {
    for (const file of [join(folder, "nowhere"), folder])
      expect(() => readConfig({ PERSISTED_DOCUMENTS: file })).toThrow("PERSISTED_DOCUMENTS");
  });

  it.each([
    "",
    "{",
    "query { viewer { tenantId } }",
    "null",
    "1",
    '"text"',
    "[]",
    `[{ "id": "abc", "body": "${alive}" }]`,
    `{ "abc": null }`,
    `{ "abc": 1 }`,
    `{ "abc": "${alive}", "def": { "body": "${alive}" } }`,
    `{ "abc": ["${alive}"] }`,
  ])("that holds %s is refused by its name, and nothing of it is told", async (text) => {
    const file = await fileOf(text);
    expect(() => readConfig({ PERSISTED_DOCUMENTS: file })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^(?!.*tenantId).*PERSISTED_DOCUMENTS/s) as string,
      }),
    );
  });
});
