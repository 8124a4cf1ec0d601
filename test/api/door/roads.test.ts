import { type IncomingMessage, Agent, request as send } from "node:http";
import { once } from "node:events";
import { expect, it } from "vitest";
import { schema } from "../../../src/graphql/schema.js";
import { breakRequest } from "../../fuzz/breakage.js";
import { createRequest } from "../../fuzz/document.js";
import { prepare } from "../../fuzz/run.js";
import { type Random, createRandom } from "../../support/random.js";
import {
  type TestConfig,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";

/** Another one in each run, so that in time more is seen; `FUZZ_SEED` does one again. */
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);

/** How many random requests are sent. */
const requests = 100;

interface Sent {
  method: string;
  search: string;
  headers: Record<string, string>;
  body: string;
}

/** Two nodes on one database: one has the short road, the other has Yoga answer everything. */
async function openRoads(config: TestConfig) {
  const short = await startService({ config: { auth: tokenAuth, ...config } });
  const { databaseUrl } = short;
  const long = await startService({ config: { auth: tokenAuth, ...config, shortRoad: false }, databaseUrl });
  const agent = new Agent({ keepAlive: true });
  return {
    url: short.url,
    short: (sent: Sent) => exchange(short.url, agent, sent),
    long: (sent: Sent) => exchange(long.url, agent, sent),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await long.close();
      await short.close();
    },
  };
}

/** All that a client sees of an answer, but for its moment; of a stream the beginning. */
async function exchange(url: string, agent: Agent, { method, search, headers, body }: Sent) {
  const outgoing = send(url + search, { agent, method, headers: { ...headers, host: "127.0.0.1" } });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  for await (const part of response.setEncoding("latin1")) {
    text += part;
    if (response.headers["content-type"]?.startsWith("text/event-stream") && text.includes("\n\n")) break;
  }
  const { statusCode, statusMessage, rawHeaders } = response;
  const head = rawHeaders.map((value, index) => (rawHeaders[index - 1] === "Date" ? "now" : value));
  return [`${statusCode} ${statusMessage}`, head.join(" "), text].map(withoutSeconds);
}

/** How long a caller is to wait is less by a second when the other node is asked. */
function withoutSeconds(text: string): string {
  return text.replaceAll(/(go on in |[Rr]etry-?[Aa]fter(?:Seconds)?"?[: ])\d+/g, "$1n");
}

const accepts = [
  "application/json",
  "*/*",
  "",
  "application/graphql-response+json",
  "application/graphql-response+json, application/json;q=0.9",
  "application/json;q=0.1, application/graphql-response+json; charset=utf-8",
  "application/json; charset=utf-16, */*;q=0.1",
  "application/json;charset=iso-8859-1",
  "text/html, APPLICATION/* ; q=1",
  "*/json",
  "*",
  ",",
  "text/html",
  "multipart/mixed",
  "multipart/mixed, application/json",
  "text/event-stream",
  "text/event-stream, */*",
  "application/graphql-response+json;charset=UTF-8",
  "*/*, application/graphql-response+json",
];

const bodies = [
  "",
  " ",
  "null",
  "1",
  '"{ __typename }"',
  "[]",
  "{}",
  '{"query":',
  '[{"query":"{ __typename }"}]',
  '{"query":"{ __typename }","query":"{ viewer { tenantId } }"}',
  '{"query":null,"documentId":null}',
  '{"documentId":null}',
  '{"documentId":7}',
  '{"documentId":"x"}',
  '{"query":["{ __typename }"]}',
  '{"query":"","variables":null,"extensions":null,"operationName":null}',
  '{"query":"{ __typename }","operationName":""}',
  '{"query":"{ __typename }","operationName":"nope"}',
  '{"query":"{ __typename }","operationName":{}}',
  '{"query":"{ __typename }","variables":"x"}',
  '{"query":"{ __typename }","variables":[]}',
  '{"query":"{ __typename }","extensions":3}',
  '{"query":"{ __typename }","more":1}',
  '{"query":"{ __typename }","__proto__":{"a":1}}',
  '{"query":"{ __typename @include(if: true) \u00e9 }"}',
  '{"query":"{ viewer { tenantId } } # \\u00e9\\ud83e"}',
  '{"query":"subscription { queueTasks(queue: \\"q0\\") { cursor caughtUp } }"}',
  '{"query":"query a { __typename } query b { viewer { readerId } }","operationName":"b"}',
  '{"query":"query a { __typename } query b { viewer { readerId } }"}',
  '{"query":"{ run(id: \\"x\\") { id } viewer { tenantId } }"}',
  '{"query":"mutation { cancelRun(input: { runId: \\"x\\" }) { run { id } } }"}',
  `{"query":"{ __typename }","variables":${"[".repeat(300)}${"]".repeat(300)}}`,
  `{"query":"{ __typename }","variables":{"a":${"[".repeat(300)}${"]".repeat(300)}}}`,
  "[".repeat(60_000),
  `{"query":"{ __typename }","variables":{"a":[${"1,".repeat(150_000)}1]}}`,
  JSON.stringify({ query: "{ viewer { tenantId } }", variables: { a: "\u00e9".repeat(70_000) } }),
  JSON.stringify({ query: `{ ${"a ".repeat(3_000)} }` }),
  JSON.stringify({ query: `{ viewer { tenantId } } #${"x".repeat(70_000)}` }),
];

const types = ["application/json; charset=utf-8", "application/graphql+json", "text/plain", ""];

/** Builds a request as no sane client and every careless one sends it. */
function compose(random: Random, authorizations: readonly string[], body: string): Sent {
  const headers: Record<string, string> = {
    "content-type": random.chance(0.9) ? "application/json" : random.pick(types),
  };
  if (random.chance(0.8)) headers["accept"] = random.pick(accepts);
  const authorization = random.chance(0.9) ? authorizations[0] : random.pick(authorizations);
  if (authorization) headers["authorization"] = authorization;
  if (random.chance(0.1)) headers["origin"] = random.pick(["https://app.example", "https://evil.example"]);
  if (random.chance(0.05)) headers["last-event-id"] = "x";
  if (random.chance(0.05)) headers["accept-encoding"] = "gzip, br";
  const isGet = random.chance(0.1) && body.length < 5_000 && body.startsWith("{");
  const method = isGet ? "GET" : random.chance(0.98) ? "POST" : random.pick(["PUT", "OPTIONS", "DELETE"]);
  if (method !== "POST") return { method, search: isGet ? searchOf(body) : "", headers, body: "" };
  headers[random.chance(0.02) ? "transfer-encoding" : "content-length"] = `${Buffer.byteLength(body)}`;
  if (headers["transfer-encoding"]) headers["transfer-encoding"] = "chunked";
  return { method, search: "", headers, body };
}

/** A request that all is well with, but for what it would have as its answer. */
function accepting(accept: string, authorization: string): Sent {
  const body = '{"query":"{ viewer { tenantId } }"}';
  const headers = { accept, authorization, "content-type": "application/json" };
  return { method: "POST", search: "", body, headers: { ...headers, "content-length": `${body.length}` } };
}

function searchOf(body: string): string {
  try {
    const parts = Object.entries(JSON.parse(body) as Record<string, unknown>);
    const words = parts.map(([key, value]): [string, string] => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return `?${new URLSearchParams(words)}`;
  } catch {
    return "?query=%7B";
  }
}

it(`whatever is sent, both roads answer with the same status, headers and bytes (FUZZ_SEED=${seed})`, async () => {
  await using roads = await openRoads({ corsOrigins: ["https://app.example"] });
  const token = await tokenFor("acme");
  const authorizations = [
    `Bearer ${token}`,
    "",
    "Bearer nope",
    `Bearer ${await tokenFor("acme", ["reader"])}`,
    `Bearer ${await tokenFor("acme", undefined, null)}`,
  ];
  const known = await prepare(asking(callerOf(roads.url, token)));
  const sent = [
    ...accepts.map((accept) => accepting(accept, `Bearer ${token}`)),
    ...bodies.map((body) => compose(createRandom(seed + body.length), authorizations, body)),
    ...Array.from({ length: requests }, (_, number) => {
      const random = createRandom(seed * 1_000_003 + number);
      const { kind, ...valid } = createRequest(schema, random, known);
      const made = random.chance(0.4) ? breakRequest({ kind, ...valid }, random) : valid;
      return compose(random, authorizations, typeof made === "string" ? made : JSON.stringify(made));
    }),
  ];
  let compared = 0;
  const differ: unknown[] = [];
  for (const each of sent) {
    const first = await roads.short(each);
    const other = await roads.long(each);
    const again = await roads.short(each);
    // What changes from one call to the next says nothing of the roads.
    if (first.join() !== again.join()) continue;
    compared += 1;
    if (other.join() !== first.join()) differ.push({ sent: each, first, other });
  }
  expect(differ).toEqual([]);
  expect(compared).toBeGreaterThan(sent.length * 0.7);
}, 120_000);

it("both roads take listed documents alone, by id or text, and refuse who has spent all alike", async () => {
  const text = "query Who($a: Int) { viewer { tenantId } sessions(first: $a) { totalCount } }";
  const config = { trustedDocuments: { abc: text }, ratePoints: 400, introspection: false };
  await using roads = await openRoads(config);
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${await tokenFor("acme")}`,
  };
  const asked = [
    { documentId: "abc" },
    { documentId: "sha256:abc", variables: { a: 3 } },
    { documentId: "abc", query: "{ x }" },
    { documentId: "abc", query: null },
    { documentId: null, query: text },
    { documentId: null },
    { documentId: 1 },
    { documentId: "nope" },
    { query: text, variables: { a: "x" } },
    { query: "{ viewer { tenantId } }" },
    { query: 1 },
  ];
  const statuses: Record<string, number> = {};
  for (const body of [...asked, ...asked, ...asked, ...asked].map((each) => JSON.stringify(each))) {
    const sent = {
      method: "POST",
      search: "",
      headers: { ...headers, "content-length": `${Buffer.byteLength(body)}` },
      body,
    };
    const first = await roads.short(sent);
    expect([body, ...(await roads.long(sent))]).toEqual([body, ...first]);
    const [status = ""] = first;
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  expect(statuses).toEqual({
    "200 OK": expect.any(Number),
    "400 Bad Request": expect.any(Number),
    "429 Too Many Requests": expect.any(Number),
  });
}, 60_000);
