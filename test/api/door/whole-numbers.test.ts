import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNode, readAllRows } from "../../support/node.js";
import { type TestService, startService } from "../../support/start-service.js";
import { type Transport, type TransportAnswer, sendBy, transports } from "../../support/transports.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** Whole numbers that a double does not hold, as they are written. */
const beyond = [
  "9007199254740992",
  "9007199254740993",
  "-9007199254740993",
  "9007199254740993.0",
  "9.007199254740993e15",
  "18446744073709551615",
  "123456789012345678901234567890",
  "1e30",
];

/** Those at the edge that it does, and others that are none. */
const within = ["9007199254740991", "-9007199254740991", "9007199254740991.0", "1e15", "0.5", "1e-30"];

const create = (metadata: string, variables = "") =>
  `mutation ${variables} { createRun(input: { projectId: "p", backendProfile: "b", metadata: ${metadata} }) { run { metadata } } }`;

/** Places of a number that is sent: each gives the text of a request's JSON. */
const places: Record<string, (digits: string) => string> = {
  "a JSON variable": (digits) => request(create("$m", "($m: JSON)"), `{"m":{"a":${digits}}}`),
  "a JSON variable, deep": (digits) =>
    request(create("$m", "($m: JSON)"), `{"m":{"a":[[{"b":[0,${digits}]}]]}}`),
  "a JSON field of an input": (digits) =>
    request(
      "mutation ($i: CreateRunInput!) { createRun(input: $i) { run { metadata } } }",
      `{"i":{"projectId":"p","backendProfile":"b","metadata":{"a":${digits}}}}`,
    ),
  "a literal": (digits) => request(create(`{ a: ${digits} }`)),
  "a literal, deep": (digits) => request(create(`{ a: [[{ b: [0, ${digits}] }]] }`)),
  "the default of a JSON variable": (digits) => request(create("$m", `($m: JSON = { a: ${digits} })`)),
  "the default, deep": (digits) => request(create("$m", `($m: JSON = { a: [[{ b: [0, ${digits}] }]] })`)),
  "the default of an input": (digits) =>
    request(
      `mutation ($i: CreateRunInput! = { projectId: "p", backendProfile: "b", metadata: { a: ${digits} } }) { createRun(input: $i) { run { metadata } } }`,
    ),
  "a variable inside a literal": (digits) => request(create("{ a: $n }", "($n: Float)"), `{"n":${digits}}`),
  "the default of a variable inside a literal": (digits) =>
    request(create("{ a: $n }", `($n: Float = ${digits})`)),
};

function request(query: string, variables = "{}"): string {
  return `{"query":${JSON.stringify(query)},"variables":${variables}}`;
}

/** GET carries the text of the variables as it is, which no object could. */
async function send(by: Transport, body: string) {
  if (by !== "GET") return sendBy(by, service.url, body);
  const [, query = "", variables = ""] = /^\{"query":(".*"),"variables":(.*)\}$/s.exec(body) ?? [];
  const url = `${service.url}?${new URLSearchParams({ query: JSON.parse(query) as string, variables })}`;
  const answer = await fetch(url, { headers: { accept: "application/graphql-response+json" } });
  const { errors, data } = (await answer.json()) as Partial<TransportAnswer>;
  return { errors: errors ?? [], data };
}

describe.each(Object.entries(places))("in %s", (place, bodyWith) => {
  it.each(transports)("a whole number beyond 2^53 is refused over %s", async (by) => {
    for (const digits of beyond) {
      const { errors, data } = await send(by, bodyWith(digits));
      const [error] = errors;
      expect({ digits, code: error?.extensions["code"], data: data ?? null }).toEqual({
        digits,
        code: "BAD_USER_INPUT",
        data: null,
      });
      expect(error?.message).toMatch(/53 bits/);
    }
  });

  it.each(transports)("one that fits is kept as it is over %s", async (by) => {
    for (const digits of within) {
      const { errors, data } = await send(by, bodyWith(digits));
      // A mutation needs a POST: it is refused as such, and not for its number.
      if (by === "GET") expect(errors[0]?.message).toBe("a mutation needs a POST request");
      else {
        expect([digits, errors]).toEqual([digits, []]);
        const kept = place.includes("deep") ? { a: [[{ b: [0, Number(digits)] }]] } : { a: Number(digits) };
        expect(data.createRun.run.metadata).toEqual(kept);
      }
    }
  });
});

describe("a number where an id, a version or another number belongs", () => {
  const cases: Record<string, (digits: string) => string> = {
    "an id": (digits) => request("query ($id: ID!) { node(id: $id) { id } }", `{"id":${digits}}`),
    "an id in a list": (digits) =>
      request("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", `{"ids":["x",${digits}]}`),
    "the size of a page": (digits) =>
      request("query ($n: Int) { sessions(first: $n) { totalCount } }", `{"n":${digits}}`),
    "the size of a page, by default": (digits) =>
      request(`query ($n: Int = ${digits}) { sessions(first: $n) { totalCount } }`),
    "the size of a page, as a literal": (digits) =>
      request(`query { sessions(first: ${digits}) { totalCount } }`),
    "the id of a subscription": (digits) =>
      request("subscription ($id: ID!) { runEvents(runId: $id) { cursor } }", `{"id":${digits}}`),
  };
  it.each(Object.entries(cases))("as %s is refused over every transport", async (_place, bodyWith) => {
    for (const by of transports) {
      for (const digits of ["9007199254740993", "18446744073709551615"]) {
        const { errors } = await send(by, bodyWith(digits));
        // As the size of a page it is first of all too many.
        const { code } = errors[0]?.extensions ?? {};
        expect([by, code === "BAD_USER_INPUT" || code === "QUERY_TOO_COMPLEX"]).toEqual([by, true]);
      }
    }
  });
});

it("of all that was sent here nothing was stored as another number", async () => {
  const node = openNode(service);
  const rows = await readAllRows(node);
  await node.pool.end();
  expect(rows).not.toMatch(/900719925474099[2-9]|1844674407370955|12345678901234567/);
});
