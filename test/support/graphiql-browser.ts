import { existsSync } from "node:fs";
import { type Browser, type Page, chromium } from "playwright-core";

/** Where a Chromium is: CHROMIUM_PATH, else where distributions put it; undefined where there is none. */
export function findChromium(): string | undefined {
  const places = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);
  return process.env["CHROMIUM_PATH"] || places.find((path) => existsSync(path));
}

/** Starts it without a window, and quiet: it asks nobody for updates. */
export function launchChromium(executablePath: string): Promise<Browser> {
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, args });
}

/** GraphiQL as a person has it before them, with storage of its own. */
export interface OpenGraphiQL {
  page: Page;
  /** Every address that the page asked for, sockets included. */
  requested: string[];
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  complaints: string[];
  tabs(): Promise<string[]>;
  /** Opens a tab, and waits for its operation. */
  select(tab: string): Promise<void>;
  /** Presses the button that runs, or stops. */
  press(): Promise<void>;
  /** Resolves once the result holds this. */
  seeResult(text: string | RegExp): Promise<void>;
  ready(): Promise<void>;
  /** What the page keeps beyond this tab, as JSON. */
  kept(): Promise<string>;
}

/** Opens GraphiQL; `await using` closes it. */
export async function openGraphiQL(browser: Browser, url: string): Promise<OpenGraphiQL & AsyncDisposable> {
  // High enough for the whole result: the editor renders only the lines that are seen.
  const context = await browser.newContext({ viewport: { width: 1400, height: 2400 } });
  const page = await context.newPage();
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  page.on("websocket", (socket) => requested.push(socket.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(url);
  return {
    page,
    requested,
    complaints,
    tabs: () => page.locator(".graphiql-tab-button").allTextContents(),
    async select(tab) {
      // By keyboard: tabs that are still sliding into their places are not hit by a pointer.
      await page.locator(".graphiql-tab-button", { hasText: tab }).press("Enter");
      await page.locator("[role=tab][aria-selected=true]", { hasText: tab }).waitFor();
      await page.locator(".graphiql-query-editor", { hasText: tab }).waitFor();
    },
    press: () => page.locator(".graphiql-execute-button").click(),
    seeResult: (text) => page.locator(".result-window", { hasText: text }).waitFor(),
    ready: () => page.locator(".graphiql-query-editor .view-line").first().waitFor(),
    kept: () => page.evaluate<string>("JSON.stringify(localStorage)"),
    [Symbol.asyncDispose]: () => context.close(),
  };
}
