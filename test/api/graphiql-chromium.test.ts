import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, launchChromium, openGraphiQL } from "../support/graphiql-browser.js";
import { asking, callerOf, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { append, createRun } from "../support/work.js";

const executablePath = findChromium();

// A page of 9 MB on a busy machine: each step may take seconds.
describe.skipIf(!executablePath)(
  `in Chromium (${executablePath ?? "none found: set CHROMIUM_PATH"})`,
  { timeout: 120_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium(executablePath ?? "");
    });
    afterAll(() => browser?.close());

    it("opens with tabs of the data, and asks no other host", async () => {
      await using own = await startService();
      await createRun(own, { session: { sessionId: "a session" } });
      await using graphiql = await openGraphiQL(browser, own.url);
      await graphiql.ready();
      expect(await graphiql.tabs()).toEqual([
        "WhoAmI",
        "Inbox",
        "Search",
        "FollowInbox",
        "MarkRead",
        "Asked",
        "FollowAsked",
        "BeginRun",
        "Timeline",
        "FollowRun",
        "FollowSession",
        "CreateRun",
        "CreateTask",
        "Queues",
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
      const [socket] = await Promise.all([graphiql.page.waitForEvent("websocket"), graphiql.press()]);
      await graphiql.seeResult("run-created");
      await append(own, runId, ["said while it was open"]);
      await graphiql.seeResult("said while it was open");
      const { newestFirst } = JSON.parse(await graphiql.text("response.json"));
      expect(newestFirst).toHaveLength(2);
      expect(JSON.stringify(newestFirst[0])).toContain("said while it was open");
      expect(JSON.stringify(newestFirst[1])).toContain("run-created");
      await Promise.all([socket.waitForEvent("close"), graphiql.press()]);
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
      await expect.poll(() => graphiql.kept()).toContain(`activeTabIndex\\":1`);
      await graphiql.page.reload();
      await graphiql.ready();
      expect(await graphiql.tabs()).toEqual(
        expect.arrayContaining(["FollowRun", "CreateTurn", "AppendEvents"]),
      );
      await graphiql.select("CreateTurn");
      await graphiql.press();
      await graphiql.seeResult('"state": "PENDING"');
    });

    it("opened again it is not sent again, though it has posted to the API", async () => {
      await using own = await startService();
      await using graphiql = await openGraphiQL(browser, own.url);
      await graphiql.ready();
      await graphiql.press();
      await graphiql.seeResult("data");
      await graphiql.page.goto(own.url);
      await graphiql.ready();
      const bytes = await graphiql.page.evaluate(
        `performance.getEntriesByType("navigation")[0].transferSize`,
      );
      expect(bytes).toBeLessThan(2_000);
    });

    it("tabs that a person changed stay as they are", async () => {
      await using own = await startService();
      await using graphiql = await openGraphiQL(browser, own.url);
      await graphiql.ready();
      await graphiql.page.locator(".graphiql-query-editor .monaco-editor").click();
      await graphiql.page.keyboard.press("Control+End");
      await graphiql.page.keyboard.insertText(" # Mine");
      const keptTabs = () => graphiql.page.evaluate<string>(`localStorage.getItem("graphiql:tabState")`);
      await expect.poll(keptTabs).toContain("# Mine");
      await graphiql.page.reload();
      await graphiql.ready();
      await graphiql.page.locator(".graphiql-query-editor", { hasText: "Mine" }).waitFor();
    });

    it("where tokens are wanted it asks for one, for queries and subscriptions alike", async () => {
      await using own = await startService({ config: { auth: tokenAuth } });
      const token = await tokenFor("acme");
      const asks = asking(callerOf(own.url, token));
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
      expect(await graphiql.kept()).not.toContain(token);
    });
  },
);
