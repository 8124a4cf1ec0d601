import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPageThere, launchBrowser, openInbox, poll } from "../support/inbox-page.js";
import { openRequest, readRequest } from "../support/requests.js";
import {
  type Asks,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { createRun, finishRun } from "../support/work.js";

describe.skipIf(!isPageThere)("what is written and not sent", { timeout: 300_000 }, () => {
  let browser: Browser;
  let service: TestService;
  let asks: Asks;
  const tokens = { ann: "", bob: "" };
  beforeAll(async () => {
    browser = await launchBrowser();
    service = await startService({ config: { auth: tokenAuth } });
    for (const reader of ["ann", "bob"] as const) tokens[reader] = await tokenFor("acme", undefined, reader);
    asks = asking(callerOf(service.url, tokens.ann));
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  const begin = (projectId: string, title: string) =>
    createRun(asks, { projectId, session: { sessionId: title, metadata: { title } } });
  const open = (project: string) =>
    openInbox(browser, service.url, { token: tokens.ann, path: `?tab=all&project=${project}` });

  it("to a session is there when a person comes back to it, and gone once it is sent", async () => {
    for (const title of ["Cart", "Basket"]) await finishRun(asks, await begin("said", title));
    await using inbox = await open("said");
    const box = inbox.page.locator(".composer textarea");
    const go = async (title: string) => {
      await inbox.row(title).locator("a").click();
      await inbox.page.locator(".session-names", { hasText: title }).waitFor();
    };
    await go("Cart");
    await box.fill("Mend the");
    await go("Basket");
    expect(await box.inputValue()).toBe("");
    await box.fill("Weave");
    await go("Cart");
    expect(await box.inputValue()).toBe("Mend the");
    await box.pressSequentially(" cart");
    await box.press("Control+Enter");
    await expect.poll(() => box.inputValue(), poll).toBe("");
    await go("Basket");
    expect(await box.inputValue()).toBe("Weave");
    await go("Cart");
    expect(await box.inputValue()).toBe("");
    expect(inbox.complaints).toEqual([]);
  });

  it("to a question is there wherever it is shown, and not for another reader of the same tab", async () => {
    const answerSchema = {
      type: "object",
      required: ["version"],
      properties: { version: { type: "string", title: "Version" } },
    };
    const runId = await begin("asked", "Release");
    const id = await openRequest(asks, runId, { kind: "question", prompt: "Which?", answerSchema });
    await openRequest(asks, runId, { kind: "question", prompt: "And where?" });
    await using inbox = await open("asked");
    const { page } = inbox;
    const version = page.locator(".request", { hasText: "Which?" }).getByLabel("Version");
    const where = page.locator(".request", { hasText: "And where?" }).getByLabel("Your answer");
    await version.fill("1.2.3");
    await where.fill("Here");
    await inbox.row("Release").locator("a").click();
    await page.locator(".asking").waitFor();
    expect(await version.inputValue()).toBe("1.2.3");
    expect(await where.inputValue()).toBe("Here");
    await page
      .locator(".asking .request", { hasText: "Which?" })
      .getByRole("button", { name: "Answer" })
      .click();
    await expect
      .poll(() => readRequest(asks, id), poll)
      .toMatchObject({ answer: { value: { version: "1.2.3" } } });
    await page.locator(".session-head .back").dispatchEvent("click");
    await page.getByText("One agent waits for you").waitFor();
    expect(await where.inputValue()).toBe("Here");

    for (const [reader, text] of [
      ["bob", ""],
      ["ann", "Here"],
    ] as const) {
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").fill(tokens[reader]);
      await page.getByRole("button", { name: "Open the inbox" }).click();
      await where.waitFor();
      expect(await where.inputValue()).toBe(text);
    }
    expect(inbox.complaints).toEqual([]);
  });
});
