import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenInbox, isPageThere, launchBrowser, openInbox, poll } from "../support/inbox-page.js";
import { freePort } from "../support/program.js";
import { openRequest } from "../support/requests.js";
import { createTestDatabase } from "../support/database.js";
import { asking, callerOf, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { append, createRun, createSession, finishRun } from "../support/work.js";

/** How many quick toggles are pressed: PAGE_TOGGLES says another number. */
const toggles = Number(process.env["PAGE_TOGGLES"] ?? 30);

describe.skipIf(!isPageThere)("the inbox in several browsers", { timeout: 300_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const seesUnread = async ({ row }: OpenInbox, title: string) =>
    /is-unread/.test((await row(title).getAttribute("class")) ?? "");

  it("two readers, one on two devices: marks show where they belong, answers show everywhere, as they happen", async () => {
    await using service = await startService({ config: { auth: tokenAuth } });
    const [ann, bob] = await Promise.all(["ann", "bob"].map((reader) => tokenFor("acme", undefined, reader)));
    const asks = asking(callerOf(service.url, ann));
    const titled = async (title: string) => {
      const { runId } = await createSession(asks, { metadata: { title } });
      await append(asks, runId, [`said in ${title}`]);
      return runId;
    };
    for (const title of ["First", "Second", "Third"]) await finishRun(asks, await titled(title));
    const asking4 = await titled("Asking");
    await openRequest(asks, asking4, { kind: "question", prompt: "Red or blue?", choices: ["red", "blue"] });

    await using desk = await openInbox(browser, service.url, { token: ann });
    await using phone = await openInbox(browser, service.url, { token: ann, width: 390 });
    await using other = await openInbox(browser, service.url, { token: bob });
    const all = [desk, phone, other];
    for (const each of all) {
      await each.live();
      await expect.poll(() => each.tab("Unread").textContent(), poll).toBe("Unread4");
    }

    // What is opened is read: on the reader's other device too, and not for another reader.
    await desk.row("First").locator("a").click();
    await desk.page.locator(".said", { hasText: "said in First" }).waitFor();
    await expect.poll(() => phone.tab("Unread").textContent(), poll).toBe("Unread3");
    expect(await seesUnread(other, "First")).toBe(true);
    await desk.page.keyboard.press("Escape");

    // Archived on one device by a key, taken back on it by another.
    await desk.row("Second").locator("a").focus();
    await desk.page.keyboard.press("e");
    await expect.poll(() => phone.row("Second").count(), poll).toBe(0);
    await expect.poll(() => phone.tab("Archived").textContent(), poll).toBe("Archived1");
    await desk.page.keyboard.press("z");
    await phone.row("Second").waitFor();
    expect(await other.row("Second").count()).toBe(1);

    // Snoozed.
    await desk.row("Third").locator("a").focus();
    await desk.page.keyboard.press("s");
    await desk.page.locator(".menu-items button", { hasText: "For an hour" }).click();
    await expect.poll(() => phone.row("Third").count(), poll).toBe(0);
    await expect.poll(() => phone.tab("Snoozed").textContent(), poll).toBe("Snoozed1");

    // Many at once.
    await other.row("First").locator("a").focus();
    await other.page.keyboard.press("x");
    await other.row("Second").locator("a").focus();
    await other.page.keyboard.press("x");
    await other.page.keyboard.press("r");
    await expect.poll(() => other.tab("Unread").textContent(), poll).toBe("Unread2");
    await other.page.keyboard.press("Escape");

    // Answered by one, it is asked of nobody any more.
    for (const { page } of all)
      await expect.poll(() => page.title(), poll).toBe("(1) Inbox · agentrun-graph");
    await other.page.locator(".request button", { hasText: "blue" }).click();
    for (const { page, tab } of all) {
      await expect.poll(() => tab("Needs you").textContent(), poll).toBe("Needs you0");
      await page.locator(".request").waitFor({ state: "detached" });
    }
    expect(all.flatMap(({ complaints }) => complaints)).toEqual([]);
    const { host } = new URL(service.url);
    expect(all.flatMap(({ requested }) => requested).filter((url) => new URL(url).host !== host)).toEqual([]);
  });

  it("cut off, and then with the service restarted under it, it comes back by itself and misses nothing", async () => {
    const database = await createTestDatabase();
    const port = await freePort();
    const { url: databaseUrl } = database;
    const first = await startService({ databaseUrl });
    await using proxy = await openProxy([first.url, `http://127.0.0.1:${port}/graphql`]);
    const runId = await createRun(first, { session: { sessionId: "s", metadata: { title: "Followed" } } });
    await append(first, runId, ["before"]);
    await using inbox = await openInbox(browser, proxy.url, { path: "?tab=all" });
    await inbox.live();
    await inbox.row("Followed").locator("a").click();
    const said = () => inbox.page.locator(".said .markdown").allTextContents();
    const trimmed = async () => (await said()).map((text) => text.trim());
    await expect.poll(trimmed, poll).toEqual(["before"]);

    proxy.cut();
    await inbox.page.locator(".connection.is-reconnecting").waitFor();
    await append(first, runId, ["while it was cut off"]);
    proxy.restore();
    await inbox.live();
    await expect.poll(trimmed, poll).toEqual(["before", "while it was cut off"]);

    await first.close();
    await inbox.page.locator(".connection.is-reconnecting").waitFor();
    const second = await startService({ databaseUrl, config: { port } });
    try {
      await append(second, runId, ["after the restart"]);
      await finishRun(second, runId);
      await expect.poll(trimmed, poll).toEqual(["before", "while it was cut off", "after the restart"]);
      await inbox.page.locator(".run-end", { hasText: "Finished" }).waitFor();
      await expect.poll(() => inbox.row("Followed").textContent(), poll).toContain("Finished");
    } finally {
      await second.close();
      await database.drop();
    }
  });

  it(`${toggles} quick toggles show each at once, and never anything else`, async () => {
    await using service = await startService();
    const runId = await createRun(service, { session: { sessionId: "s", metadata: { title: "Toggled" } } });
    await finishRun(service, runId);
    await using here = await openInbox(browser, service.url, { path: "?tab=all" });
    await using there = await openInbox(browser, service.url, { path: "?tab=all" });
    for (const { live, row } of [here, there]) {
      await live();
      await row("Toggled").waitFor();
    }
    await here.row("Toggled").locator("a").focus();
    await here.page.evaluate(`{
      window.seen = [];
      const look = () => {
        const isUnread = document.querySelector(".list-pane .row").classList.contains("is-unread");
        if (window.seen.at(-1) !== isUnread) window.seen.push(isUnread);
      };
      look();
      new MutationObserver(look).observe(document.querySelector(".list"), { subtree: true, childList: true, attributes: true });
    }`);
    for (let press = 0; press < toggles; press += 1)
      await here.page.keyboard.press(press % 2 === 0 ? "r" : "u");
    const last = toggles % 2 === 0;
    await expect.poll(() => seesUnread(there, "Toggled"), poll).toBe(last);
    // Nothing is under way any more once the other device shows the last and a new mark has come through.
    await here.page.keyboard.press("p");
    await there.row("Toggled").locator("[title=Pinned]").waitFor();
    const seen = await here.page.evaluate<boolean[]>("window.seen");
    expect(seen).toEqual(Array.from({ length: toggles + 1 }, (_, index) => index % 2 === 0));
  });
});
