import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { hasFocus, isPageThere, launchBrowser, openInbox, poll } from "../support/inbox-page.js";
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

const commandsDocument = graphql(`
  query ComposedCommands($sessionId: String!) {
    session(by: { sessionId: $sessionId }) {
      runs(first: 10) { nodes { id commands(first: 10) { nodes { type payload } } } }
    }
  }
`);

describe.skipIf(!isPageThere)("the box to say something in", { timeout: 300_000 }, () => {
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

  /** Makes a session whose work is done, and opens it. */
  async function openDone(title: string, url = service.url) {
    const runId = await createRun(asks, { session: { sessionId: title, metadata: { title } } });
    await finishRun(asks, runId);
    const inbox = await openInbox(browser, url, { token, path: "?tab=all" });
    await inbox.row(title).locator("a").click();
    await inbox.page.locator(".composer textarea").waitFor();
    return inbox;
  }

  /** All that was asked of the session's runs: what, and in which words. */
  async function commandsOf(sessionId: string) {
    const { session } = await asks.ask(commandsDocument, { sessionId });
    return found(session)
      .runs.nodes.flatMap(({ commands }) => commands.nodes)
      .map(({ type, payload }) => [type, (payload as { prompt?: string }).prompt]);
  }

  const said = ({ page }: { page: Page }) => page.locator(".said.by-person .markdown").allTextContents();
  const trimmed = (texts: string[]) => texts.map((text) => text.trim());

  it("sends a turn by a key and steers by a button, each once, and nothing where nothing is written", async () => {
    await using inbox = await openDone("Sent");
    const { page } = inbox;
    const turn = page.getByLabel("Send the agent a turn");
    const send = page.locator(".composer button[type=submit]");
    await turn.fill("  \n ");
    expect(await send.isDisabled()).toBe(true);
    await page.keyboard.press("Control+Enter");
    await turn.fill("Mend the cart");
    await page.keyboard.press("Control+Enter");
    await page.keyboard.press("Control+Enter");
    const steer = page.getByLabel("Steer the agent");
    await steer.waitFor();
    await expect.poll(() => steer.inputValue(), poll).toBe("");
    await expect.poll(async () => trimmed(await said(inbox)), poll).toEqual(["Mend the cart"]);

    await steer.fill("not the basket\nonly the cart");
    await send.press("Enter");
    await expect.poll(async () => (await said(inbox)).length, poll).toBe(2);
    await expect.poll(() => steer.inputValue(), poll).toBe("");
    expect(await page.locator(".said-by", { hasText: "while it worked" }).count()).toBe(1);
    await page.getByRole("button", { name: "Interrupt the agent" }).press("Enter");
    await expect
      .poll(() => commandsOf("Sent"), poll)
      .toEqual([
        ["TURN", "Mend the cart"],
        ["STEER", "not the basket\nonly the cart"],
        ["INTERRUPT", undefined],
      ]);
    expect(inbox.complaints).toEqual([]);
  });

  it("sends again what no answer came to as it was, though the first has changed how the session stands", async () => {
    await using inbox = await openDone("Lost");
    const { page } = inbox;
    let lost = 0;
    // What is sent arrives, and its answer does not.
    await page.route("**/graphql", async (route) => {
      if (lost > 0 || !route.request().postData()?.includes("PageCreate")) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort("connectionreset");
    });
    const box = page.locator(".composer textarea");
    await box.fill("Pay the invoice");
    await box.press("Control+Enter");
    await page.locator(".composer [role=alert]").waitFor();
    await page.getByLabel("Steer the agent").waitFor();
    await box.press("Control+Enter");
    await expect.poll(() => box.inputValue(), poll).toBe("");
    await box.fill("Thanks");
    await box.press("Control+Enter");
    await expect
      .poll(() => commandsOf("Lost"), poll)
      .toEqual([
        ["TURN", "Pay the invoice"],
        ["STEER", "Thanks"],
      ]);
  });

  it("steers and interrupts the run that works, though another was the last", async () => {
    const session = { sessionId: "Two runs", metadata: { title: "Two runs" } };
    const works = await createRun(asks, { session, turn: { payload: { prompt: "Migrate" } } });
    const ended = await createRun(asks, { session, parallel: true, turn: { payload: { prompt: "Look" } } });
    await finishRun(asks, ended);
    await using inbox = await openInbox(browser, service.url, { token, path: "?tab=all" });
    await inbox.row("Two runs").locator("a").click();
    const { page } = inbox;
    await page.getByLabel("Steer the agent").fill("Stop the migration");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "Interrupt the agent" }).click();
    const told = async () => {
      const { session } = await asks.ask(commandsDocument, { sessionId: "Two runs" });
      const run = found(session).runs.nodes.find(({ id }) => id === works);
      return found(run).commands.nodes.map(({ type }) => type);
    };
    await expect.poll(told, poll).toEqual(["TURN", "STEER", "INTERRUPT"]);
  });

  it("leaves by Escape what is written, and the session open", async () => {
    await using inbox = await openDone("Written");
    const turn = inbox.page.getByLabel("Send the agent a turn");
    await turn.fill("half a sentence");
    await turn.press("Escape");
    expect(await turn.inputValue()).toBe("half a sentence");
    expect(await hasFocus(turn)).toBe(false);
  });

  it("says what the service has against it, and keeps the text", async () => {
    const config = { auth: tokenAuth, limits: { bodyBytes: 32_768 } };
    await using strict = await startService({ databaseUrl: service.databaseUrl, config });
    await using inbox = await openDone("Refused", strict.url);
    const { page } = inbox;
    const turn = page.getByLabel("Send the agent a turn");
    const text = "too long ".repeat(4_000).trim();
    await turn.fill(text);
    await page.locator(".composer button[type=submit]").click();
    await page.locator(".composer [role=alert]", { hasText: "bytes" }).waitFor();
    expect(await turn.inputValue()).toBe(text);
    expect(await commandsOf("Refused")).toEqual([]);
    await turn.fill("short");
    await turn.press("Control+Enter");
    await expect.poll(() => commandsOf("Refused"), poll).toEqual([["TURN", "short"]]);
    expect(await page.locator(".composer [role=alert]").count()).toBe(0);
  });

  it("says that it is offline, keeps the text, and sends it once when it is asked again", async () => {
    await using inbox = await openDone("Cut off");
    const { page } = inbox;
    const turn = page.getByLabel("Send the agent a turn");
    await turn.fill("Try again");
    await page.context().setOffline(true);
    await turn.press("Control+Enter");
    await page.locator(".composer [role=alert]").waitFor();
    expect(await turn.inputValue()).toBe("Try again");
    await page.context().setOffline(false);
    await turn.press("Control+Enter");
    await expect.poll(() => commandsOf("Cut off"), poll).toEqual([["TURN", "Try again"]]);
  });
});
