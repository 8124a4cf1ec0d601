import { parse } from "graphql";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import type { Operation, Result, Tab } from "../../src/server/graphiql/browser.js";
import { createExample, exampleSession, examples, newestData } from "../../src/server/graphiql/examples.js";
import { createFetcher } from "../../src/server/graphiql/fetcher.js";
import { arrangeTabs } from "../../src/server/graphiql/tabs.js";
import { findChromium, launchChromium, openGraphiQL } from "../support/graphiql-browser.js";
import {
  type TestService,
  answered,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/service.js";
import { append, createRun } from "../support/work.js";

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
  const running = fetcher.fetch(operation, { documentAST: parse(query) as never });
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
    await createRun(own, { session: { sessionId: exampleSession } });
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

const executablePath = findChromium();

describe.skipIf(!executablePath)(`in Chromium (${executablePath ?? "none found: set CHROMIUM_PATH"})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(executablePath ?? "");
  });
  afterAll(() => browser?.close());

  it("it opens with tabs of the data, and asks no other host", async () => {
    await using own = await startService();
    await createRun(own, { session: { sessionId: "a session" } });
    await using graphiql = await openGraphiQL(browser, own.url);
    await graphiql.ready();
    expect(await graphiql.tabs()).toEqual([
      "WhoAmI",
      "NewestSessions",
      "Timeline",
      "FollowRun",
      "FollowSession",
      "CreateRun",
    ]);
    await graphiql.press();
    await graphiql.seeResult('"tenantId": "local"');
    await graphiql.select("Timeline");
    await graphiql.press();
    await graphiql.seeResult("run-created");
    const { host } = new URL(own.url);
    const addresses = graphiql.requested.map((address) => new URL(address.replace(/^blob:/, "")));
    expect(addresses.filter((address) => address.host !== host)).toEqual([]);
    expect(graphiql.complaints).toEqual([]);
  });

  it("a subscription shows what happens while it is open, until it is stopped", async () => {
    await using own = await startService();
    const runId = await createRun(own, { session: { sessionId: "a session" } });
    await using graphiql = await openGraphiQL(browser, own.url);
    await graphiql.ready();
    await graphiql.select("FollowRun");
    const opening = graphiql.page.waitForEvent("websocket");
    await graphiql.press();
    await graphiql.seeResult("run-created");
    await append(own, runId, ["said while it was open"]);
    await graphiql.seeResult("said while it was open");
    const closing = (await opening).waitForEvent("close");
    await graphiql.press();
    await closing;
    expect(graphiql.complaints).toEqual([]);
  });

  it("on an empty service the first tab creates data, and tabs nobody changed then follow it", async () => {
    await using own = await startService();
    await using graphiql = await openGraphiQL(browser, own.url);
    await graphiql.ready();
    expect((await graphiql.tabs())[0]).toBe("CreateRun");
    await graphiql.press();
    await graphiql.seeResult("run_");
    await graphiql.select("WhoAmI");
    await graphiql.page.reload();
    await graphiql.ready();
    expect(await graphiql.tabs()).toEqual(
      expect.arrayContaining(["FollowRun", "CreateTurn", "AppendEvents"]),
    );
    await graphiql.select("CreateTurn");
    await graphiql.press();
    await graphiql.seeResult('"state": "PENDING"');
  });

  it("tabs that a person changed stay as they are", async () => {
    await using graphiql = await openGraphiQL(browser, service.url);
    await graphiql.ready();
    await graphiql.page.locator(".graphiql-query-editor .monaco-editor").click();
    await graphiql.page.keyboard.press("Control+A");
    await graphiql.page.keyboard.insertText("query Mine { health { ready }");
    await graphiql.press();
    await graphiql.seeResult('"ready": true');
    await graphiql.page.locator(".graphiql-tab-button", { hasText: "Mine" }).waitFor();
    await graphiql.page.reload();
    await graphiql.ready();
    expect(await graphiql.tabs()).toContain("Mine");
  });

  it("where tokens are wanted it asks for one, for queries and subscriptions alike", async () => {
    await using own = await startService({ config: { auth: tokenAuth } });
    const token = await tokenFor("acme");
    const asks = {
      ask: (query: string, variables?: Record<string, unknown>) =>
        answered(callerOf(own.url, token)(query, variables)),
    };
    const runId = await createRun(asks, { session: { sessionId: "a session of acme" } });
    await using graphiql = await openGraphiQL(browser, own.url);
    const form = graphiql.page.locator("#token");
    await form.locator("input").fill("not a token");
    await form.locator("button").click();
    await form.locator("p", { hasText: "token" }).first().waitFor();
    await form.locator("input").fill(token);
    await form.locator("button").click();
    await graphiql.ready();
    await graphiql.press();
    await graphiql.seeResult('"tenantId": "acme"');
    await graphiql.select("FollowRun");
    await graphiql.press();
    await graphiql.seeResult("run-created");
    await append(asks, runId, ["said to acme"]);
    await graphiql.seeResult("said to acme");
    await graphiql.page.reload();
    await graphiql.ready();
    await graphiql.press();
    await graphiql.seeResult(/acme/);
    const kept = await graphiql.page.evaluate("JSON.stringify(localStorage)");
    expect(kept).not.toContain(token);
  });
});
