import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultLimits } from "../../../src/graphql/engine/limits.js";
import { type TestService, startService, tokenAuth, tokenFor } from "../../support/start-service.js";
import { type RawRequest, type Transport, sendBy, transports } from "../../support/transports.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const repeat = (times: number, part: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => part(index)).join(" ");
const alive = "{ viewer { tenantId } }";

/** The service answers the next request, and soon. */
async function expectAlive(): Promise<void> {
  expect((await sendBy("POST", service.url, { query: alive })).data).toEqual({
    viewer: { tenantId: "local" },
  });
}

describe("a document beyond a limit is refused with the limit, what was asked and what is allowed", () => {
  const cases: [keyof typeof defaultLimits, number, string][] = [
    ["tokens", 3_002, `{ ${"a ".repeat(3_000)} }`],
    ["queryBytes", 65_569, `{ viewer { tenantId } } #${"x".repeat(65_544)}`],
    ["depth", 16, `{ ${"node(id: 1) { ".repeat(15)} id ${"} ".repeat(15)} }`],
    ["depth", 99, `{ ${"a { ".repeat(98)} id ${"} ".repeat(98)} }`],
    ["jsonDepth", 300, `{ ${"a { ".repeat(299)} id ${"} ".repeat(299)} }`],
    ["aliases", 51, `{ viewer { ${repeat(51, (n) => `a${n}: tenantId`)} } }`],
    [
      "aliases",
      3_600,
      `{ viewer { ${repeat(60, () => "...f")} } } fragment f on Viewer { ${repeat(60, (n) => `a${n}: tenantId`)} }`,
    ],
    ["rootFields", 21, `{ ${"viewer { tenantId } ".repeat(21)} }`],
    [
      "rootFields",
      21,
      `mutation { ${repeat(21, (n) => `a${n}: registerRunner(input: {}) { runner { id } }`)} }`,
    ],
    ["directives", 51, `{ viewer { tenantId ${"@skip(if: false) ".repeat(51)} } }`],
    ["cost", 505_101, `{ sessions { nodes { runs { nodes { events(first: 100) { nodes { seq } } } } } } }`],
  ];
  it.each(cases)("%s: %d", async (limit, asked, query) => {
    for (const transport of transports) {
      if (transport === "GET" && query.length > 10_000) continue;
      const { status, errors, length } = await sendBy(transport, service.url, { query });
      const allowed = defaultLimits[limit];
      expect(errors).toHaveLength(1);
      expect(errors[0]?.extensions["details"]).toEqual({ limit, asked, allowed });
      expect(errors[0]?.message).toContain(`${asked} `);
      expect(errors[0]?.message).toContain(`at most ${allowed} are allowed`);
      expect([400, null, ...(transport === "SSE" ? [200] : [])]).toContain(status);
      expect(length).toBeLessThan(1_000);
    }
  });

  it("the cost counts the sizes of pages that variables say, and of ids", async () => {
    const query = `query ($n: Int) { sessions(first: $n) { nodes { runs(first: 100) { nodes { commands(first: 100) { nodes { id } } } } } } }`;
    const few = await sendBy("POST", service.url, { query, variables: { n: 1 } });
    expect(few.errors).toEqual([]);
    const many = await sendBy("POST", service.url, { query, variables: { n: 100 } });
    expect(many.errors[0]?.extensions["details"]).toMatchObject({ limit: "cost", allowed: 50_000 });
  });

  it("introspection is counted with what it multiplies; the usual one is well below", async () => {
    const { getIntrospectionQuery } = await import("graphql");
    expect((await sendBy("POST", service.url, { query: getIntrospectionQuery() })).errors).toEqual([]);
    const fields = repeat(6, (n) => `f${n}: fields { name args { name type { name kind } } }`);
    const query = `{ ${repeat(6, (n) => `a${n}: __schema { types { ...T } }`)} } fragment T on __Type { ${fields} }`;
    const { errors } = await sendBy("POST", service.url, { query });
    expect(errors[0]?.extensions["details"]).toMatchObject({ limit: "cost", allowed: 50_000 });
  });

  it("fragments that double sixty times, and one that spreads itself, are refused", async () => {
    const doubling = `{ ...f0 } ${repeat(60, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f60 on Query { viewer { tenantId } }`;
    expect((await sendBy("POST", service.url, { query: doubling })).errors[0]?.extensions["code"]).toBe(
      "QUERY_TOO_COMPLEX",
    );
    const circle = `{ ...f } fragment f on Query { viewer { tenantId } ...f }`;
    expect((await sendBy("POST", service.url, { query: circle })).errors[0]?.extensions["code"]).toBe(
      "GRAPHQL_VALIDATION_FAILED",
    );
  });

  it("limits are what the configuration says", async () => {
    await using narrow = await startService({ config: { limits: { depth: 1, bodyBytes: 2_000 } } });
    const { errors } = await sendBy("POST", narrow.url, { query: alive });
    expect(errors[0]?.extensions["details"]).toEqual({ limit: "depth", asked: 2, allowed: 1 });
    const { status } = await sendBy("POST", narrow.url, {
      query: "{ __typename }",
      variables: { a: "x".repeat(2_000) },
    });
    expect(status).toBe(413);
    const long = await sendBy("WebSocket", narrow.url, {
      query: "{ __typename }",
      variables: { a: "x".repeat(2_000) },
    });
    expect(long.errors[0]?.extensions["code"]).toBe("CLOSED_1009");
  });
});

/** JSON that nests so deep, as text: no writer of JSON goes so far. */
const nested = (levels: number) => [
  `${"[".repeat(levels)}${"]".repeat(levels)}`,
  `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`,
  `${'[{"a":'.repeat(levels / 2)}1${"}]".repeat(levels / 2)}`,
];

describe("JSON that nests deep harms nothing", () => {
  const operations = [
    "subscription { inboxCounts { total } }",
    "query ($p: JSON) { viewer { tenantId } }",
    'mutation ($p: JSON) { createRun(input: { projectId: "p", backendProfile: "b", metadata: $p }) { run { id } } }',
  ];
  const bodies = [102, 1_000, 5_000, 10_000].flatMap((levels) =>
    nested(levels).flatMap((deep) =>
      operations.flatMap((query) => [
        `{"query":${JSON.stringify(query)},"variables":{"p":${deep}}}`,
        `{"query":${JSON.stringify(query)},"variables":{"unused":{"p":${deep}}}}`,
        `{"query":${JSON.stringify(query)},"extensions":{"p":${deep}}}`,
      ]),
    ),
  );
  it.each<Transport>(["POST", "SSE", "WebSocket"])(
    "over %s: refused, and the service lives",
    async (transport) => {
      for (const body of bodies) {
        const { errors } = await sendBy(transport, service.url, body);
        expect(errors[0]?.extensions["details"]).toMatchObject({ limit: "jsonDepth", allowed: 100 });
      }
      await expectAlive();
    },
  );

  it("over GET, as an image of a page would ask for it", async () => {
    const variables = `{"p":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
    const query = "subscription { inboxCounts { total } }";
    const url = `${service.url}?${new URLSearchParams({ query, variables })}`;
    const response = await fetch(url, { headers: { accept: "image/avif,image/webp,*/*;q=0.8" } });
    expect((await response.text()).length).toBeLessThan(1_000);
    await expectAlive();
  });

  it("in a literal, 10,000 levels deep", async () => {
    for (const query of [
      `{ sessions(filter: ${"[".repeat(10_000)}`,
      `{ sessions(filter: ${"{a:".repeat(10_000)}`,
      `{ ${"a {".repeat(10_000)}`,
      `mutation { createRun(input: { projectId: "p", backendProfile: "b", metadata: { a: ${"[".repeat(900)}${"]".repeat(900)} } }) { run { id } } }`,
    ]) {
      const { errors } = await sendBy("POST", service.url, { query });
      expect(["GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT"]).toContain(errors[0]?.extensions["code"]);
    }
    await expectAlive();
  });
});

it.each([
  ["jsonKeys", `{${Array.from({ length: 30_001 }, (_, n) => `"k${n}":1`).join()}}`, 30_007, 30_000],
  ["jsonValues", `[${"0,".repeat(140_001)}0]`, 140_002, 140_000],
  ["jsonDepth", "[".repeat(1_000_000) + "]".repeat(1_000_000), 1_000_002, 100],
])("JSON beyond %s is refused before it is parsed", async (limit, value, asked, allowed) => {
  const query = `query ($f: JSON) { viewer { tenantId } }`;
  const body = `{"query":${JSON.stringify(query)},"variables":{"f":${value}}}`;
  for (const transport of ["POST", "SSE"] as const) {
    const { errors } = await sendBy(transport, service.url, body);
    expect(errors[0]?.extensions["details"]).toEqual({ limit, asked, allowed });
  }
  const { errors } = await sendBy("WebSocket", service.url, body);
  expect(errors[0]?.extensions["code"]).toBe("CLOSED_4400");
  await expectAlive();
});

it("what stands inside texts of JSON is no key, no value and no level", async () => {
  const text = String.raw`:":",[:\":`.repeat(100_000);
  const words = await sendBy("POST", service.url, { query: alive, extensions: { text } });
  expect(words.errors).toEqual([]);
});

describe("errors stay small and silent about values", () => {
  const secret = "hunter2-correct-horse-battery-staple";
  const append = `mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`;
  const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key${index}`, secret]));
  const filter = `query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }`;
  const page = `query ($n: Int) { sessions(first: $n) { totalCount } }`;
  const cases: [string, RawRequest][] = [
    ["unknown keys of an input", { query: filter, variables: { f: keys } }],
    ["a long text for a number", { query: page, variables: { n: "x".repeat(3_000_000) } }],
    ["a JSON value for a number", { query: page, variables: { n: { password: secret } } }],
    ["a long key", { query: filter, variables: { f: { ["k".repeat(100_000)]: 1 } } }],
    [
      "a list of wrong things",
      {
        query: append,
        variables: {
          input: {
            runId: "x",
            events: Array.from({ length: 500 }, () => ({ type: "SOMETHING", payload: { password: secret } })),
          },
        },
      },
    ],
    [
      "a list of a million",
      {
        query: `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
        variables: { ids: Array(1_000_000).fill(7) },
      },
    ],
    ["a list for an input", { query: append, variables: { input: [{ password: secret }, secret] } }],
    [
      "an enum word",
      { query: append, variables: { input: { runId: "x", events: [{ type: { password: secret } }] } } },
    ],
    ["a literal for a number", { query: `{ sessions(first: { password: "${secret}" }) { totalCount } }` }],
    ["a literal for a text", { query: `{ session(by: { id: { password: "${secret}" } }) { id } }` }],
    [
      "a wrong JSON literal",
      {
        query: `mutation { createRun(input: { projectId: "p", backendProfile: "b", metadata: "${secret}" }) { run { id } } }`,
      },
    ],
    [
      "a wrong JSON variable",
      {
        query: `mutation ($m: JSON) { createRun(input: { projectId: "p", backendProfile: "b", metadata: $m }) { run { id } } }`,
        variables: { m: [secret] },
      },
    ],
    ["a long word in a literal", { query: `{ sessions(first: "${"y".repeat(60_000)}") { totalCount } }` }],
    ["a long name", { query: `{ ${"z".repeat(60_000)} }` }],
    ["many unknown fields", { query: `{ ${repeat(600, (n) => `viewer { f${n} }`)} }` }],
  ];
  it.each(cases)("%s", async (_what, request) => {
    for (const transport of ["POST", "WebSocket"] as const) {
      const { errors, length } = await sendBy(transport, service.url, request);
      expect(errors.length).toBeGreaterThan(0);
      expect(errors.length).toBeLessThanOrEqual(10);
      for (const { message, extensions } of errors) {
        expect(message.length).toBeLessThanOrEqual(300);
        expect(Math.max(...message.split(/\s/).map((word) => word.length))).toBeLessThanOrEqual(83);
        expect(message).not.toContain(secret);
        expect(extensions["code"]).not.toBe("INTERNAL_SERVER_ERROR");
      }
      expect(length).toBeLessThan(16_000);
    }
  });
});

describe("before the caller is known nothing is parsed, validated, kept or suggested", () => {
  const bad = [
    `{ ${repeat(1_400, (n) => `...f${n}`)} } ${repeat(1_400, (n) => `fragment f${n} on Query { viewer { tenantId } }`)}`,
    "{ viwer { tenantId } }",
    "{",
    alive,
  ];
  it.each(bad)("%#", async (query) => {
    await using guarded = await startService({ config: { auth: tokenAuth } });
    for (const transport of ["POST", "SSE"] as const) {
      const { status, errors } = await sendBy(transport, guarded.url, { query });
      expect([status, errors[0]?.extensions["code"]]).toEqual([401, "UNAUTHENTICATED"]);
    }
    const bodies = ["{", "[]", '{"query":1}'];
    for (const body of bodies) {
      expect((await sendBy("POST", guarded.url, body)).status).toBe(401);
    }
    const authorization = `Bearer ${await tokenFor("acme")}`;
    expect((await sendBy("POST", guarded.url, { query: alive }, { authorization })).errors).toEqual([]);
  });
});

it("an id that is a whole number past 2^53 is refused: JavaScript has changed it", async () => {
  const query = `mutation ($m: ID) { createRun(input: { projectId: "p", backendProfile: "b", metadata: { m: $m } }) { run { id } } }`;
  for (const transport of transports.filter((name) => name !== "GET")) {
    const { errors } = await sendBy(
      transport,
      service.url,
      `{"query":${JSON.stringify(query)},"variables":{"m":9007199254740993}}`,
    );
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining("a whole number of at most 53 bits"),
      extensions: { code: "BAD_USER_INPUT" },
    });
  }
});

it("an idempotency key that holds a secret is refused", async () => {
  const key = `ghp_${"a1B2".repeat(9)}`;
  const query = `mutation ($key: String) { createQueueTask(input: { projectId: "p", queue: "q", payload: {}, idempotencyKey: $key }) { replayed } }`;
  const { errors } = await sendBy("POST", service.url, { query, variables: { key } });
  expect(errors[0]).toMatchObject({ message: "input.idempotencyKey must not hold a secret" });
});

it("what the limits refuse is told with what was asked", async () => {
  const deep = `{"query":"{ viewer { tenantId } }","variables":{"p":${"[".repeat(300)}${"]".repeat(300)}}}`;
  for (const transport of ["POST", "WebSocket"] as const) {
    const { errors } = await sendBy(transport, service.url, deep);
    expect(errors[0]?.extensions["details"]).toEqual({ limit: "jsonDepth", asked: 300, allowed: 100 });
  }
});

describe("variables that the operation does not declare are dropped", () => {
  it("a stream keeps none, and streams that differ in nothing else share their readings", async () => {
    const query = "subscription { inboxCounts { total } }";
    const answers = await Promise.all(
      [1, 2, 3].map((unused) =>
        sendBy("SSE", service.url, { query, variables: { unused: [unused, "x".repeat(1_000_000)] } }),
      ),
    );
    for (const { errors, data } of answers)
      expect([errors, data]).toEqual([[], { inboxCounts: { total: expect.any(Number) } }]);
  });

  it("declared ones of a stream are bounded", async () => {
    const query = `subscription ($f: SessionFilter) { sessionAttentionChanged(filter: $f) { cursor } }`;
    const reasons = Array.from({ length: 9_000 }, () => "NEEDS_APPROVAL");
    for (const transport of ["SSE", "WebSocket"] as const) {
      const { errors } = await sendBy(transport, service.url, { query, variables: { f: { reasons } } });
      expect(errors[0]?.extensions["details"]).toMatchObject({
        limit: "streamVariableBytes",
        allowed: 65_536,
      });
    }
  });
});

it.each<[string, RawRequest]>([
  ["variables that are a list", { query: alive, variables: [] }],
  ["variables that are a text", { query: alive, variables: "{" }],
  ["extensions that are a number", { query: alive, extensions: 1 }],
  ["an operation name that is an object", { query: alive, operationName: {} }],
  ["a query that is an object", { query: { a: 1 } }],
  ["no query", {}],
  ["an unknown operation", { query: alive, operationName: "other" }],
])("%s is refused, by no fault of the service", async (_what, request) => {
  for (const transport of transports) {
    const { status, errors } = await sendBy(transport, service.url, request);
    const codes = errors.map(({ extensions }) => extensions["code"]);
    expect(codes).not.toContain("INTERNAL_SERVER_ERROR");
    expect([400, 200, null]).toContain(status);
    expect(codes).toHaveLength(1);
  }
  await expectAlive();
});

describe("whole numbers beyond 2^53 are refused by name, never changed in silence", () => {
  const create = `mutation ($m: JSON) { createRun(input: { projectId: "p", backendProfile: "b", metadata: $m }) { run { metadata } } }`;
  it.each(["9007199254740993", "12345678901234567890", "-9007199254740993", "1e400"])(
    "%s",
    async (digits) => {
      for (const transport of ["POST", "WebSocket"] as const) {
        const body = `{"query":${JSON.stringify(create)},"variables":{"m":{"a":[{"id":${digits}}]}}}`;
        const { errors } = await sendBy(transport, service.url, body);
        expect(errors[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
        expect(errors[0]?.message).toContain(digits === "1e400" ? "finite" : "a.0.id must be a whole number");
      }
      const literal = create.replace("($m: JSON)", "").replace("$m", `{ a: [{ id: ${digits} }] }`);
      const { errors } = await sendBy("POST", service.url, { query: literal });
      expect(errors[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
    },
  );

  it("those that fit are kept exactly", async () => {
    const m = { a: [9007199254740991, -9007199254740991, 0.1, 1e-7] };
    const { data } = await sendBy("POST", service.url, { query: create, variables: { m } });
    expect(data.createRun.run.metadata).toEqual(m);
  });
});

describe("values that Postgres cannot hold are refused, not faults", () => {
  const instants = ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-01:00"];
  it.each([
    ...instants.map((instant) => `{ runs(filter: { createdAfter: "${instant}" }) { totalCount } }`),
    ...instants.map(
      (instant) =>
        `mutation { createRun(input: { projectId: "p", backendProfile: "b", session: { sessionId: "s", expiresAt: "${instant}" } }) { run { id } } }`,
    ),
    `{ node(id: "evt_${"0".repeat(32)}ffffffff") { id } }`,
    `{ nodes(ids: ["evt_${"0".repeat(32)}80000000"]) { id } }`,
    `{ sessions(filter: { search: "\\u0000" }) { totalCount } }`,
    `{ run(id: "run_\\u0000") { id } }`,
  ])("%s", async (query) => {
    const { errors } = await sendBy("POST", service.url, { query });
    expect(errors[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
  });

  it("a cursor that somebody made who knows the code", async () => {
    const { runListing } = await import("../../../src/store/run-listing.js");
    const { scopeOf, wholeTenant } = await import("../../../src/store/listing/listing.js");
    const { encodeCursor } = await import("../../../src/domain/cursor.js");
    const listing = runListing({}, "NEWEST");
    const scope = scopeOf({ tenantId: "local" } as never, listing, wholeTenant);
    const keys = [
      ["nonsense", "x"],
      ["infinity", "x"],
      [1, 2],
      [],
      ["2026-01-01T00:00:00Z"],
      [{ a: 1 }],
      ["\0", "\0"],
    ];
    for (const key of keys) {
      const after = encodeCursor(scope, key as never);
      const { errors } = await sendBy("POST", service.url, {
        query: `query ($after: String) { runs(first: 1, after: $after) { nodes { id } } }`,
        variables: { after },
      });
      for (const { extensions } of errors) expect(extensions["code"]).toBe("BAD_USER_INPUT");
    }
  });
});

describe("with PERSISTED_DOCUMENTS", () => {
  const trustedDocuments = { abc: alive, def: "subscription { inboxCounts { total } }" };
  it.each(transports)("only listed documents run over %s, by id or text", async (by) => {
    await using narrow = await startService({ config: { trustedDocuments } });
    const ask = (request: RawRequest) => sendBy(by, narrow.url, request);
    // A message of a socket must have a query.
    const named = by === "WebSocket" ? { query: "" } : {};
    for (const documentId of ["abc", "sha256:abc"])
      expect((await ask({ ...named, documentId })).data).toEqual({ viewer: { tenantId: "local" } });
    expect((await ask({ query: alive })).errors).toEqual([]);
    expect((await ask({ query: "{ __typename }" })).errors[0]?.extensions["code"]).toBe("FORBIDDEN");
    expect((await ask({ ...named, documentId: "other" })).errors[0]?.extensions["code"]).toBe(
      "BAD_USER_INPUT",
    );
  });

  it("a documentId means nothing without it", async () => {
    const { errors } = await sendBy("POST", service.url, { documentId: "abc" });
    expect(errors[0]?.message).toContain("documentId has no meaning here");
  });
});

it("without introspection nothing of the schema is told, suggestions included", async () => {
  await using closed = await startService({ config: { introspection: false, graphiql: false } });
  for (const query of ["{ __schema { types { name } } }", `{ __type(name: "Run") { name } }`]) {
    const { errors } = await sendBy("POST", closed.url, { query });
    expect(errors[0]?.extensions["code"]).toBe("GRAPHQL_VALIDATION_FAILED");
  }
  for (const request of [
    { query: "{ viwer { tenantId } }" },
    { query: "{ sessions(frist: 1) { totalCount } }" },
    {
      query: "query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }",
      variables: { f: { stat: "ALL" } },
    },
  ]) {
    expect((await sendBy("POST", service.url, request)).errors[0]?.message).toContain("Did you mean");
    expect((await sendBy("POST", closed.url, request)).errors[0]?.message).not.toContain("Did you mean");
  }
  const page = await fetch(closed.url, { headers: { accept: "text/html" } });
  expect(await page.text()).not.toContain("<html");
});
