import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import {
  findBarriers,
  hasFocus,
  isPageThere,
  launchBrowser,
  openInbox,
  poll,
} from "../support/inbox-page.js";
import {
  type Asks,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { append, createRun, finishRun, readSession } from "../support/work.js";

describe.skipIf(!isPageThere)("an open session", { timeout: 300_000 }, () => {
  let browser: Browser;
  let service: TestService;
  let token: string;
  let asks: Asks;
  beforeAll(async () => {
    browser = await launchBrowser();
    service = await startService({ config: { auth: tokenAuth } });
    token = await tokenFor("acme");
    asks = asking(callerOf(service.url, token));
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  const createTitled = (title: string) =>
    createRun(asks, { projectId: title, session: { sessionId: title, metadata: { title } } });
  const open = (title: string) =>
    openInbox(browser, service.url, { token, width: 1440, path: `?tab=all&project=${title}` });

  it("is renamed and pinned, and another browser of the reader shows it as it happens", async () => {
    await finishRun(asks, await createTitled("Draft"));
    await using here = await open("Draft");
    await using there = await open("Draft");
    await there.row("Draft").waitFor();
    await here.row("Draft").locator("a").click();
    const { page } = here;
    const title = page.getByRole("button", { name: "Draft", exact: true });
    await title.press("Enter");
    // Leaving it by Escape changes nothing, and leaves the session open.
    await page.getByLabel("Title", { exact: true }).fill("Never");
    await page.keyboard.press("Escape");
    await title.waitFor();
    expect(await hasFocus(title)).toBe(true);

    await title.press("Enter");
    await page.getByLabel("Title", { exact: true }).fill("Mend the cart");
    await page.keyboard.press("Enter");
    await there.row("Mend the cart").waitFor();
    const renamed = page.getByRole("button", { name: "Mend the cart", exact: true });
    await expect.poll(() => hasFocus(renamed), poll).toBe(true);
    expect((await readSession(asks, "Draft")).title).toBe("Mend the cart");

    const pin = page.locator(".session-tools").getByRole("button", { name: "Pin" });
    await pin.press("Enter");
    await there.page.locator(".list-heading", { hasText: "Pinned" }).waitFor();
    await page.locator(".session-tools").getByRole("button", { name: "Unpin" }).press("Enter");
    await expect.poll(() => there.row("Mend the cart").locator("[title=Pinned]").count(), poll).toBe(0);
    expect([...here.complaints, ...there.complaints]).toEqual([]);
  });

  it("keeps a title that another gave while nothing was written", async () => {
    await finishRun(asks, await createTitled("Old name"));
    await using inbox = await open("Old name");
    const { page } = inbox;
    await inbox.row("Old name").locator("a").click();
    await page.getByRole("button", { name: "Old name", exact: true }).click();
    await page.getByLabel("Title", { exact: true }).waitFor();
    const edit = graphql(`
      mutation Rename($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }
    `);
    await asks.ask(edit, { input: { session: { sessionId: "Old name" }, title: "New name" } });
    await inbox.row("New name").waitFor();
    await page.getByLabel("Title", { exact: true }).press("Enter");
    await page.getByRole("button", { name: "New name", exact: true }).waitFor();
    expect((await readSession(asks, "Old name")).title).toBe("New name");
  });

  it("takes labels and gives them up, and shows its links", async () => {
    await finishRun(asks, await createTitled("Labels"));
    const links = [{ url: "https://example.com/pull/7", label: "The pull request", state: "open" }];
    const edit = graphql(`
      mutation GiveLinks($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }
    `);
    await asks.ask(edit, { input: { session: { sessionId: "Labels" }, links } });
    await using here = await open("Labels");
    await using there = await open("Labels");
    await here.row("Labels").locator("a").click();
    const { page } = here;
    const aside = page.locator(".session-aside");
    const link = aside.getByRole("link", { name: "The pull request" });
    expect(await link.getAttribute("href")).toBe("https://example.com/pull/7");
    expect(await link.getAttribute("rel")).toContain("noopener");

    await aside.getByLabel("New label").fill("Urgent");
    await page.keyboard.press("Enter");
    await aside.getByLabel("New label").fill("cart");
    await page.keyboard.press("Enter");
    const seen = () => there.row("Labels").locator(".label-chip").allTextContents();
    await expect.poll(seen, poll).toEqual(["cart", "urgent"]);
    expect(await findBarriers(page)).toEqual([]);
    await aside.getByRole("button", { name: "Remove label cart" }).press("Enter");
    await expect.poll(seen, poll).toEqual(["urgent"]);
    expect([...here.complaints, ...there.complaints]).toEqual([]);
  });

  it("copied as curl it follows what the page shows, and holds no token", async () => {
    const runId = await createTitled("Copied");
    await append(asks, runId, ['It\'s "quoted" once', "and said twice"]);
    await using inbox = await open("Copied");
    await inbox.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await inbox.row("Copied").locator("a").click();
    const { page } = inbox;
    const shown = page.locator(".said .markdown");
    await expect.poll(() => shown.count(), poll).toBe(2);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.locator(".notice", { hasText: "Copied" }).waitFor();
    const line = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(line).not.toContain(token);

    const child = spawn("sh", ["-c", `exec ${line} -s`], { env: { ...process.env, AGENTRUN_TOKEN: token } });
    const ended = once(child, "close");
    const said: string[] = [];
    for await (const text of createInterface({ input: child.stdout })) {
      if (!text.startsWith("data: ")) continue;
      const { caughtUp, events } = JSON.parse(text.slice(6)).data.sessionEvents;
      for (const { type, payload } of events) if (type === "ASSISTANT_MESSAGE") said.push(payload.text);
      if (caughtUp) break;
    }
    child.kill();
    await ended;
    expect(said).toEqual((await shown.allTextContents()).map((text) => text.trim()));
    expect(said).toHaveLength(2);
  });
});
