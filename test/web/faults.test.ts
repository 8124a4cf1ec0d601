import { setTimeout as delay } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, createTestDatabase } from "../support/database.js";
import { type OpenInbox, isPageThere, launchBrowser, openInbox, poll } from "../support/inbox-page.js";
import { freePort, runService } from "../support/program.js";
import { openRequest } from "../support/requests.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, finishRun } from "../support/work.js";

/** How long a browser is without a network, in seconds: OFFLINE_SECONDS says another. */
const offlineSeconds = Number(process.env["OFFLINE_SECONDS"] ?? 5);

describe.skipIf(!isPageThere)("the page while what it needs is away", { timeout: 600_000 }, () => {
  let browser: Browser;
  let database: TestDatabase;
  /** Another node on the same database, by which things change meanwhile. */
  let other: TestService;
  beforeAll(async () => {
    browser = await launchBrowser();
    database = await createTestDatabase();
    other = await startService({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await browser?.close();
    await other?.close();
    await database?.drop();
  });

  const createTitled = (project: string, title: string) =>
    createRun(other, {
      projectId: project,
      session: { sessionId: `${project} ${title}`, metadata: { title } },
    });

  /** Opens a session of the project, and notes in the page that it was not loaded again. */
  async function openOn(url: string, project: string, title: string) {
    const inbox = await openInbox(browser, url, { path: `?tab=all&project=${project}` });
    await inbox.live();
    await inbox.row(title).locator("a").click();
    await inbox.page.locator(".said").first().waitFor();
    await inbox.page.evaluate("window.isTheSame = true");
    return inbox;
  }

  /** What the browser shows: each session with its state, what was said in the open one, and what is asked. */
  async function shownBy({ page }: OpenInbox) {
    const texts = async (selector: string) =>
      (await page.locator(selector).allTextContents()).map((text) => text.trim());
    return {
      rows: await texts(".list .row-title"),
      reasons: await texts(".list .reason"),
      said: await texts(".said .markdown"),
      asked: await texts(".asking .request .markdown"),
      isTheSame: await page.evaluate("window.isTheSame === true"),
    };
  }

  /** Changes all that a page shows: a session more, one that ends, texts in the open one, and a question. */
  async function change(project: string, runs: { open: string; ending: string }) {
    await createTitled(project, "New");
    await finishRun(other, runs.ending);
    await append(other, runs.open, ["meanwhile", "and once more"]);
    await openRequest(other, runs.open, { kind: "question", prompt: "Go on?" });
  }

  const changed = {
    rows: ["Open", "Ending", "New"],
    reasons: ["Needs an answer", "Finished", "Idle"],
    said: ["before", "meanwhile", "and once more"],
    asked: ["Go on?"],
    isTheSame: true,
  };

  it("the service killed and started again under two browsers: both miss nothing, and load nothing anew", async () => {
    const port = await freePort();
    const env = { DATABASE_URL: database.url, PORT: String(port) };
    const first = await runService(env);
    const open = await createTitled("killed", "Open");
    const ending = await createTitled("killed", "Ending");
    await append(other, open, ["before"]);
    await using one = await openOn(first.url, "killed", "Open");
    await using two = await openOn(first.url, "killed", "Open");

    first.child.kill("SIGKILL");
    expect(await first.ended).toBe("SIGKILL");
    for (const { page } of [one, two]) await page.locator(".connection.is-reconnecting").waitFor();
    await change("killed", { open, ending });
    const second = await runService(env);
    try {
      expect(new URL(second.url).port).toBe(String(port));
      for (const inbox of [one, two]) {
        await inbox.live();
        await expect.poll(() => shownBy(inbox), poll).toEqual(changed);
      }
      // And goes on from there.
      await append(other, open, ["after"]);
      for (const inbox of [one, two])
        await expect.poll(async () => (await shownBy(inbox)).said.at(-1), poll).toBe("after");
    } finally {
      second.child.kill("SIGTERM");
      await second.ended;
    }
  });

  it(`offline for ${offlineSeconds} s, it says so, and shows all that has happened once it is back`, async () => {
    const open = await createTitled("offline", "Open");
    const ending = await createTitled("offline", "Ending");
    await append(other, open, ["before"]);
    await using inbox = await openOn(other.url, "offline", "Open");
    const begin = Date.now();
    await inbox.page.context().setOffline(true);
    await inbox.page.locator(".connection.is-reconnecting").waitFor();
    await change("offline", { open, ending });
    await delay(Math.max(0, begin + offlineSeconds * 1_000 - Date.now()));
    expect((await shownBy(inbox)).said).toEqual(["before"]);
    await inbox.page.context().setOffline(false);
    await inbox.live();
    await expect.poll(() => shownBy(inbox), poll).toEqual(changed);
  });
});
