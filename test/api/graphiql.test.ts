import { Kind, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { type Batches, collectBatches } from "../../src/graphiql/batches.js";
import type { Operation, Result, Sink, Tab } from "../../src/graphiql/browser.js";
import { examples } from "../../src/graphiql/examples/examples.js";
import { newestData } from "../../src/graphiql/examples/newest-data.js";
import { createExample, exampleSession } from "../../src/graphiql/examples/working.js";
import { createFetcher } from "../../src/graphiql/fetcher.js";
import { readOperations } from "../../src/graphiql/operations.js";
import { arrangeTabs } from "../../src/graphiql/tabs.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun } from "../support/work.js";

const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
const source = { examples, createExample, exampleSession };

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const open = (headers: Record<string, string> = {}, method = "GET") =>
  fetch(service.url, { method, headers: { accept: browserAccept, ...headers } });

/** The addresses of what the page loads, workers included. */
async function readAddresses(): Promise<string[]> {
  const response = await open();
  const names = (await response.text()).matchAll(/\?graphiql=[\w-]+/g);
  return [...names].map(([search]) => service.url + search);
}

describe("the page", () => {
  it("and what it loads come compressed as the browser likes it, always the same", async () => {
    const addresses = [service.url, ...(await readAddresses())];
    expect(addresses).toHaveLength(6);
    const encodings = ["br", "gzip", "identity", "gzip;q=0.5, br;q=0"];
    const sums = encodings.map(() => 0);
    for (const address of addresses) {
      const texts = new Set<string>();
      for (const [index, encoding] of encodings.entries()) {
        const response = await fetch(address, {
          headers: { accept: browserAccept, "accept-encoding": encoding },
        });
        expect(response.status).toBe(200);
        expect(response.headers.get("content-encoding")).toBe(["br", "gzip", null, "gzip"][index]);
        sums[index] = (sums[index] ?? 0) + Number(response.headers.get("content-length"));
        texts.add(await response.text());
      }
      expect(texts.size).toBe(1);
    }
    expect(sums[0]).toBeLessThan(2_200_000);
    expect(sums[1]).toBeLessThan(2_600_000);
  });

  it("is small, and what it loads is kept by the browser under a name of its content", async () => {
    const page = await open({ "accept-encoding": "identity" });
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(Buffer.byteLength(await page.text())).toBeLessThan(50_000);
    const types = new Set<string | null>();
    for (const address of await readAddresses()) {
      const { headers, status } = await fetch(address, { method: "HEAD" });
      expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
      expect([headers.get("vary"), headers.get("x-content-type-options")]).toEqual([
        "accept-encoding",
        "nosniff",
      ]);
      types.add(headers.get("content-type"));
    }
    expect(types).toEqual(new Set(["text/css; charset=utf-8", "text/javascript; charset=utf-8"]));
  });

  it("of another version loads nothing of this one", async () => {
    const response = await fetch(`${service.url}?graphiql=script-of-another-version`);
    expect([response.status, response.headers.get("cache-control"), await response.text()]).toEqual([
      404,
      "no-store",
      "",
    ]);
  });

  it("is not sent again to who has it", async () => {
    const first = await open({ "accept-encoding": "br" });
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]+-br"$/);
    expect(first.headers.get("cache-control")).toBe("no-cache");
    expect(first.headers.get("vary")).toBe("accept, accept-encoding");
    await first.body?.cancel();
    const second = await open({ "accept-encoding": "br", "if-none-match": `"other", ${etag}` });
    expect([second.status, await second.text()]).toEqual([304, ""]);
    const gzip = await open({ "accept-encoding": "gzip", "if-none-match": etag });
    expect([gzip.status, gzip.headers.get("etag") === etag]).toEqual([200, false]);
    await gzip.body?.cancel();
  });

  it("answers HEAD with the same headers and no body", async () => {
    const head = await open({ "accept-encoding": "br" }, "HEAD");
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1_000);
    expect(await head.text()).toBe("");
  });

  it("loads nothing from another host, and its policy forbids it", async () => {
    const response = await open({ "accept-encoding": "br" });
    const html = await response.text();
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]*\s(src|href)=["']?(https?:)?\/\//i);
    expect(html).not.toMatch(/url\(["']?(https?:)?\/\//i);
    expect(html).not.toMatch(/@import/);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:|wss?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
    const style = (await readAddresses()).find((address) => address.includes("=style-")) ?? "";
    expect(await (await fetch(style)).text()).not.toMatch(/@import|url\(["']?(https?:)?\/\//i);
  });

  it.each([
    ["any type", { accept: "*/*" }, ""],
    ["JSON", { accept: "application/json" }, ""],
    ["JSON rather than a page", { accept: "text/html;q=0.5, application/json" }, ""],
    ["a stream", { accept: "text/event-stream, text/html;q=0.1" }, ""],
    ["a query in the address", { accept: browserAccept }, "?query=%7Bviewer%7BtenantId%7D%7D"],
  ])("leaves to the API who asks for %s", async (_, headers, search) => {
    const response = await fetch(service.url + search, { headers });
    expect(response.headers.get("content-type")).not.toContain("text/html");
    await response.body?.cancel();
  });

  it("changes nothing for a POST, whatever it accepts", async () => {
    const response = await fetch(service.url, {
      method: "POST",
      headers: { accept: browserAccept, "content-type": "application/json" },
      body: JSON.stringify({ query: "{ viewer { tenantId } }" }),
    });
    expect(await response.json()).toEqual({ data: { viewer: { tenantId: "local" } } });
  });
});

/** What a tab shows first when it is run as the page runs it. */
function runTab(url: string, { query, variables }: Tab, operationName?: string): Promise<Result> {
  const fetcher = createFetcher(
    { location: new URL(url), fetch, WebSocket: WebSocket as never },
    readOperations,
  );
  const operation: Operation = { query, variables: JSON.parse(variables ?? "{}"), operationName };
  const running = fetcher.fetch(operation);
  if (running instanceof Promise) return running;
  return new Promise((resolve, reject) => {
    const following = running.subscribe({
      next(result) {
        following.unsubscribe();
        resolve(result);
      },
      error: reject,
      complete: () => reject(new Error("it completed without a result")),
    });
  });
}

describe("the examples", () => {
  it("run as they are against the data that is there", async () => {
    await using own = await startService();
    await runTab(own.url, { query: createExample.query, variables: createExample.variables ?? null });
    await createRun(own, { session: { sessionId: "a session" } });
    const tabs = arrangeTabs(source, await own.call(newestData));
    expect(tabs).toHaveLength(examples.length);
    for (const tab of tabs) expect(await runTab(own.url, tab)).not.toHaveProperty("errors");
  });

  it("run though GraphiQL still gives the name of the tab before", async () => {
    await using own = await startService();
    const [first] = arrangeTabs(source, await own.call(newestData));
    if (!first) throw new Error("there is no tab");
    expect(await runTab(own.url, first, "TabBefore")).not.toHaveProperty("errors");
  });

  it("run on an empty service from the first to the last", async () => {
    await using own = await startService();
    const tabs = arrangeTabs(source, await own.call(newestData));
    expect(tabs[0]?.query).toBe(createExample.query);
    for (const tab of tabs) expect(await runTab(own.url, tab)).not.toHaveProperty("errors");
  });
});

describe("the batches of a subscription", () => {
  /** What GraphiQL is given of a subscription that brings these results, one after the other. */
  function collect(results: readonly Result[], bounds = { batches: 50, characters: 500_000 }) {
    const shown: Batches[] = [];
    let source: Sink | undefined;
    let completed = 0;
    const subscribe = (sink: Sink) => {
      source = sink;
      return { unsubscribe() {} };
    };
    const running = collectBatches(() => ({ subscribe }), bounds)({ query: "" });
    if (running instanceof Promise) throw new Error("it is no subscription");
    running.subscribe({
      next: (result) => shown.push(result as Batches),
      error: (error) => {
        throw error;
      },
      complete: () => (completed += 1),
    });
    for (const result of results) source?.next(result);
    return { shown, source, completed: () => completed };
  }
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ data: index + 1 }));

  it("stay in the result, the newest first", () => {
    const { shown } = collect(numbered(3));
    expect(shown).toEqual([
      { batches: 1, newestFirst: [{ data: 1 }] },
      { batches: 2, newestFirst: [{ data: 2 }, { data: 1 }] },
      { batches: 3, newestFirst: [{ data: 3 }, { data: 2 }, { data: 1 }] },
    ]);
  });

  it("are kept up to a number, and up to a length, but for the newest", () => {
    const many = collect(numbered(120)).shown.at(-1);
    expect(many?.batches).toBe(120);
    expect(many?.newestFirst).toEqual(numbered(120).toReversed().slice(0, 50));
    const long = [..."abc"].map((letter) => ({ data: letter.repeat(400) }));
    const { shown } = collect(long, { batches: 50, characters: 900 });
    expect(shown.at(-1)?.newestFirst).toEqual([long[2], long[1]]);
    expect(collect(long, { batches: 50, characters: 10 }).shown.at(-1)?.newestFirst).toEqual([long[2]]);
  });

  it("stay when an error ends it, which comes first among them", () => {
    const { shown, source, completed } = collect(numbered(1));
    source?.error(new Error("the socket closed with 1006"));
    expect(shown.at(-1)).toEqual({
      batches: 2,
      newestFirst: [{ errors: [{ message: "the socket closed with 1006" }] }, { data: 1 }],
    });
    expect(completed()).toBe(1);
  });
});

describe("the operations of a document", () => {
  it.each([
    ...examples.map(({ query }) => query),
    "{ a }",
    "query { a } # mutation B { c }",
    `subscription @live(if: true) { a(b: "} query C {") }`,
    "mutation A($a: [In!] = [{ b: 1 }]) @c(d: {}) { query { mutation } } fragment query on B { c } query D { d }",
    `query A { a(b: """ } \\""" query B { """) } subscription C { d }`,
  ])("are what a parser finds: %s", (document) => {
    const parsed = parse(document).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? [{ kind: definition.operation, name: definition.name?.value }]
        : [],
    );
    expect(readOperations(document)).toEqual(parsed);
  });
});
