import { existsSync } from "node:fs";
import axe from "axe-core";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { findChromium, launchChromium } from "./graphiql-browser.js";
import type { TestService } from "./start-service.js";

const executablePath = findChromium();

/** Whether the build has made the page. */
export const isPageBuilt = existsSync(new URL("../../dist/web/index.html", import.meta.url));

/** Whether there is a browser as well. */
export const isPageThere = executablePath !== undefined && isPageBuilt;

/** Starts the browser that the page is opened in. */
export function launchBrowser(): Promise<Browser> {
  return launchChromium(executablePath ?? "");
}

/** How long a test waits for the page to show something: more than a busy machine needs. */
export const poll = { timeout: 60_000 };

/** What a person looks at the page with, and as whom. */
interface Viewing {
  /** Kept in the tab before the page opens. Default: none. */
  token?: string;
  /** What comes after the address. Default: nothing. */
  path?: string;
  /** Default: 1280. */
  width?: number;
  /** Default: 800. */
  height?: number;
  /** Default: light. */
  colorScheme?: "light" | "dark";
}

/** The page as one person has it before them, with storage of its own. */
export interface OpenInbox {
  page: Page;
  /** Every address that the page asked for, sockets included. */
  requested: string[];
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  complaints: string[];
  /** A session's row in the list. */
  row(title: string): Locator;
  /** A tab of the list, and how many sessions it says it holds. */
  tab(name: string): Locator;
  /** Resolves once what is shown is followed. */
  live(): Promise<void>;
}

/** Opens the page; `await using` closes it. */
export async function openInbox(
  browser: Browser,
  url: string,
  { token, path = "", width = 1280, height = 800, colorScheme = "light" }: Viewing = {},
): Promise<OpenInbox & AsyncDisposable> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  page.on("websocket", (socket) => requested.push(socket.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  if (token !== undefined)
    await context.addInitScript(`sessionStorage.setItem("agentrun-graph:token", ${JSON.stringify(token)})`);
  await page.goto(new URL(`/${path}`, url).href);
  return {
    page,
    requested,
    complaints,
    row: (title) => page.locator(".list-pane .row", { hasText: title }),
    tab: (name) => page.locator(".tab", { hasText: name }),
    live: () => page.locator(".connection.is-live").waitFor(),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Starts a browser before the first test and closes it after the last. Gives what opens the page of a shared service in it. */
export function shareBrowser(service: TestService): (viewing?: Viewing) => ReturnType<typeof openInbox> {
  let browser: Browser;
  beforeAll(async () => void (browser = await launchBrowser()));
  afterAll(() => browser?.close());
  return (viewing) => openInbox(browser, service.url, viewing);
}

/** Whether an element is where the keys go. */
export async function hasFocus(element: Locator): Promise<boolean> {
  return (await element.and(element.page().locator(":focus")).count()) === 1;
}

/** What axe finds against a page that is serious or critical: each rule with the first places. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(`(async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html, any }) => html.slice(0, 160) + " " + (any[0]?.message ?? "")).join(" | "));
  })()`);
}
