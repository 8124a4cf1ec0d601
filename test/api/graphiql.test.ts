import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import type { Operation, Result, Tab } from "../../src/graphiql/browser.js";
import { createExample, exampleSession, examples, newestData } from "../../src/graphiql/examples.js";
import { createFetcher } from "../../src/graphiql/fetcher.js";
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

describe("the page", () => {
  it("comes compressed as the browser likes it, always the same page", async () => {
    const pages = await Promise.all(
      ["br", "gzip", "identity", "gzip;q=0.5, br;q=0"].map(async (encoding) => {
        const response = await open({ "accept-encoding": encoding });
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
        const bytes = Number(response.headers.get("content-length"));
        return { bytes, encoding: response.headers.get("content-encoding"), html: await response.text() };
      }),
    );
    expect(pages.map(({ encoding }) => encoding)).toEqual(["br", "gzip", null, "gzip"]);
    expect(new Set(pages.map(({ html }) => html)).size).toBe(1);
    expect(pages[0]?.bytes).toBeLessThan(2_000_000);
    expect(pages[1]?.bytes).toBeLessThan(2_600_000);
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
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1_000_000);
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
    expect(policy).not.toMatch(/https?:|wss?:|\*|unsafe-eval/);
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
function runTab(url: string, { query, variables }: Tab): Promise<Result> {
  const fetcher = createFetcher({ location: new URL(url), fetch, WebSocket: WebSocket as never });
  const operation: Operation = { query, variables: JSON.parse(variables ?? "{}") };
  const running = fetcher.fetch(operation, { documentAST: parse(query) });
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

  it("run on an empty service from the first to the last", async () => {
    await using own = await startService();
    const tabs = arrangeTabs(source, await own.call(newestData));
    expect(tabs[0]?.query).toBe(createExample.query);
    for (const tab of tabs) expect(await runTab(own.url, tab)).not.toHaveProperty("errors");
  });
});
