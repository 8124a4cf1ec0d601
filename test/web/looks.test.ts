import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedService } from "../../src/cli/seed.js";
import { findBarriers, isPageThere, launchBrowser, openInbox } from "../support/inbox-page.js";
import { callerOf, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { append, createRun } from "../support/work.js";

/** The sum of all layout shifts since the page was opened. */
const readShift = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 50);
})`;

/** The colour in the middle of a picture, as red, green and blue. */
async function colourOf(context: BrowserContext, picture: Buffer): Promise<string> {
  const page = await context.newPage();
  const colour = await page.evaluate<string>(`(async () => {
    const answer = await fetch("data:image/png;base64,${picture.toString("base64")}");
    const image = await createImageBitmap(await answer.blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return [...canvas.getImageData(image.width / 2, image.height / 2, 1, 1).data].slice(0, 3).join();
  })()`);
  await page.close();
  return colour;
}

describe.skipIf(!isPageThere)("the inbox as it looks", { timeout: 300_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it("no page has a barrier that is serious, light or dark, wide or narrow, and nothing overflows", async () => {
    await using service = await startService();
    await seedService({ url: service.url, sessions: 14, seed: 1, concurrency: 4 });
    const screens = [
      { width: 1440, height: 900, colorScheme: "light" },
      { width: 360, height: 740, colorScheme: "dark" },
    ] as const;
    for (const screen of screens) {
      await using inbox = await openInbox(browser, service.url, screen);
      const { page } = inbox;
      const check = async (name: string) => {
        expect({ name, found: await findBarriers(page) }).toEqual({ name, found: [] });
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect({ name, overflow }).toEqual({ name, overflow: 0 });
        // What jumps while nobody presses anything; 0.1 is what browsers call good.
        const shift = await page.evaluate<number>(readShift);
        expect({ name, jumps: shift > 0.05 && shift }).toEqual({ name, jumps: false });
      };
      await inbox.live();
      await page.locator(".list .row").first().waitFor();
      await check("inbox");
      await page.keyboard.press("?");
      await page.locator("dialog[open]").waitFor();
      await check("help");
      await page.keyboard.press("Escape");
      await page.locator(".list .row a").first().click();
      await page.locator(".entry-column").first().waitFor();
      await check("session");
      await page.goto(new URL("/?q=timeout", service.url).href);
      await page.locator(".results .row, .results .empty").first().waitFor();
      await check("search");
      for (const name of ["queues", "runners"]) {
        await page.goto(new URL(`/?page=${name}`, service.url).href);
        await page.locator(".card").first().waitFor();
        await check(name);
      }
      expect(inbox.complaints).toEqual([]);
    }
  });

  it("the first frame has the colours that are wanted, before any script of the page has come", async () => {
    await using service = await startService();
    const [light, dark] = ["255,255,255", "19,20,23"];
    const cases = [
      { colorScheme: "light", kept: "dark", wanted: dark },
      { colorScheme: "dark", kept: "light", wanted: light },
      { colorScheme: "dark", kept: null, wanted: dark },
      { colorScheme: "light", kept: null, wanted: light },
    ] as const;
    for (const { colorScheme, kept, wanted } of cases) {
      const context = await browser.newContext({ colorScheme, viewport: { width: 400, height: 300 } });
      if (kept) await context.addInitScript(`localStorage.setItem("agentrun-graph:theme", "${kept}")`);
      const page = await context.newPage();
      const held: Route[] = [];
      await page.route(/assets\/index-.*\.js$/, (route) => void held.push(route));
      await page.goto(new URL("/", service.url).href, { waitUntil: "commit" });
      await expect.poll(() => held.length).toBe(1);
      expect({ colorScheme, kept, colour: await colourOf(context, await page.screenshot()) }).toEqual({
        colorScheme,
        kept,
        colour: wanted,
      });
      // Nor does it change once the page is there.
      for (const route of held) await route.continue();
      await page.locator(".connection.is-live").waitFor();
      const background = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
      expect(String(background).replaceAll(/[^\d,]/g, "")).toBe(wanted);
      await context.close();
    }
  });

  it("what an agent writes is shown as text: no script, no picture, no address that is not of the web", async () => {
    await using service = await startService();
    const runId = await createRun(service, { session: { sessionId: "s", metadata: { title: "Hostile" } } });
    await append(service, runId, [
      '<img src=x onerror="window.harmed = 1"><script>window.harmed = 1</script>',
      "[press](javascript:window.harmed=1) ![a](https://elsewhere.example/pixel.png) **bold**",
    ]);
    await using inbox = await openInbox(browser, service.url);
    await inbox.row("Hostile").locator("a").click();
    await inbox.page.locator(".markdown strong", { hasText: "bold" }).waitFor();
    expect(await inbox.page.locator(".markdown img, .markdown script").count()).toBe(0);
    const links = await inbox.page.evaluate(
      `[...document.querySelectorAll(".markdown a")].map(({ href }) => href)`,
    );
    expect(links).toEqual(["https://elsewhere.example/pixel.png"]);
    expect(await inbox.page.evaluate("window.harmed")).toBeUndefined();
    const { host } = new URL(service.url);
    expect(inbox.requested.filter((url) => new URL(url).host !== host)).toEqual([]);
  });

  it("where tokens are wanted it asks for one and keeps it for the tab; the listed documents are all that it sends", async () => {
    // As in production, and only the documents that the package lists are run.
    const trustedDocuments = JSON.parse(await readFile("dist/web/documents.json", "utf8"));
    await using service = await startService({
      config: { auth: tokenAuth, graphiql: false, introspection: false, trustedDocuments },
    });
    const token = await tokenFor("acme");
    const list = "{ viewer { tenantId } }";
    expect((await callerOf(service.url, token)(list as never)).errors?.[0]?.extensions.code).toBe(
      "FORBIDDEN",
    );
    await using inbox = await openInbox(browser, service.url);
    const { page } = inbox;
    await page.getByLabel("Token").fill("no token");
    await page.keyboard.press("Enter");
    await page.locator(".gate [role=alert]").waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await inbox.live();
    await page.reload();
    await inbox.live();
    for (const name of ["queues", "runners"]) {
      await page.goto(new URL(`/?page=${name}`, service.url).href);
      await page.locator(".card").first().waitFor();
    }
    expect(await page.evaluate("JSON.stringify(localStorage)")).toBe("{}");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
  });
});
