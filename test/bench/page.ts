/*
 * The page at / in a headless Chromium, as the build has made it (`npm run build` first): how large its script is, how soon it can be used, how
 * it scrolls over a long timeline, and what it holds while events come. Nothing stands beside it.
 */
import { readFile, readdir } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { CDPSession, Page } from "playwright-core";
import { createClient } from "../../src/client/client.js";
import { findChromium, launchChromium } from "../support/graphiql-browser.js";
import { runService } from "../support/program.js";
import { openBenchDatabase } from "./database.js";
import { median } from "./median.js";

/** How many entries the long timeline has, and for how many minutes events come. */
const entries = Number(process.env["BENCH_ENTRIES"] ?? 100_000);
const minutes = Number(process.env["BENCH_MINUTES"] ?? 3);

/** How many events come in a second. */
const eventsPerSecond = 50;

/** How long the list is scrolled, in milliseconds. */
const scrollMs = 5_000;

type Request = <Data>(text: string, variables?: object) => Promise<Data>;

/** Prints the figures of the page. */
export async function benchPage(): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("there is no Chromium: set CHROMIUM_PATH");
  await printSizes();
  const database = await openBenchDatabase();
  const service = await runService({ DATABASE_URL: database.url });
  const browser = await launchChromium(executablePath);
  try {
    const client = createClient({ url: service.url });
    const request: Request = (text, variables = {}) => client.request(text, variables) as never;
    for (let number = 0; number < 200; number += 1) await createSession(request, `session-${number}`);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await measureOpening(page, service.url);
    await measureScrolling(page, service.url, request);
    await measureMemory(page, service.url, request);
  } finally {
    await browser.close();
    service.child.kill("SIGTERM");
    await service.ended;
    await database.close();
  }
}

function printFigure(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(64)}${figure.padStart(14)}\n`);
}

async function printSizes(): Promise<void> {
  const scripts = (await readdir("dist/web/assets")).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(scripts.map((name) => readFile(`dist/web/assets/${name}`)));
  const sum = (sizes: number[]) => `${Math.round(sizes.reduce((all, size) => all + size, 0) / 1024)} KiB`;
  printFigure("script, gzip", sum(texts.map((text) => gzipSync(text).length)));
  printFigure("script, brotli", sum(texts.map((text) => brotliCompressSync(text).length)));
}

async function createSession(request: Request, sessionId: string): Promise<string> {
  const data = await request<{ createRun: { run: { id: string } } }>(
    "mutation ($input: CreateRunInput!) { createRun(input: $input) { run { id } } }",
    { input: { projectId: "p", backendProfile: "codex", session: { sessionId } } },
  );
  return data.createRun.run.id;
}

async function append(request: Request, runId: string, first: number, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    type: "ASSISTANT_MESSAGE",
    payload: { text: `Entry ${first + index}: ${"words of an agent ".repeat(1 + ((first + index) % 6))}` },
  }));
  const text = "mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }";
  await request(text, { input: { runId, events } });
}

/** How long from the navigation until the list can be used: its first row is there. */
async function measureOpening(page: Page, url: string): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    await page.goto(new URL("/?tab=all", url).href);
    await page.locator(".list .row").first().waitFor();
    times.push(
      await page.evaluate<number>(
        "new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())))",
      ),
    );
  }
  printFigure("usable, first visit", `${Math.round(times[0] ?? 0)} ms`);
  printFigure("usable, warm (median of 6)", `${Math.round(median(times.slice(1)))} ms`);
}

async function openSession(page: Page, url: string, sessionId: string): Promise<void> {
  await page.goto(new URL(`/?tab=all&q=`, url).href);
  await page.locator(".list .row", { hasText: sessionId }).locator("a").click();
  await page.locator(".entry-column").first().waitFor();
}

const scroller = `document.querySelector(".timeline-scroll")`;

/** Loads all entries by scrolling up, then scrolls through them, and counts the frames. */
async function measureScrolling(page: Page, url: string, request: Request): Promise<void> {
  const runId = await createSession(request, "long");
  for (let first = 0; first < entries; first += 500) await append(request, runId, first, 500);
  await openSession(page, url, "long");
  await page.evaluate(`(async () => {
    const box = ${scroller};
    let height = 0;
    for (let quiet = 0; quiet < 100; ) {
      box.scrollTop = 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
      quiet = box.scrollHeight > height ? 0 : quiet + 1;
      height = box.scrollHeight;
    }
  })()`);
  const frames = await page.evaluate<number[]>(`(async () => {
    const box = ${scroller};
    const frames = [];
    const begin = performance.now();
    let last = begin;
    while (last - begin < ${scrollMs}) {
      box.scrollTop += 120;
      const now = await new Promise((resolve) => requestAnimationFrame(resolve));
      frames.push(now - last);
      last = now;
    }
    return frames.slice(1);
  })()`);
  const height = await page.evaluate<number>(`${scroller}.scrollHeight`);
  const sorted = frames.toSorted((a, b) => a - b);
  printFigure("height of the long timeline", `${Math.round(height / 1000)} kpx`);
  printFigure(`frames a second, scrolling over ${entries} entries`, (1000 / median(frames)).toFixed(1));
  const slowest = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  printFigure("the 95th of 100 frames takes", `${slowest.toFixed(1)} ms`);
}

/** What the page holds while it follows a session, at the beginning and after some minutes of events. */
async function measureMemory(page: Page, url: string, request: Request): Promise<void> {
  const runId = await createSession(request, "busy");
  await append(request, runId, 0, 100);
  await openSession(page, url, "busy");
  const session = await page.context().newCDPSession(page);
  const before = await heapOf(session);
  const end = Date.now() + minutes * 60_000;
  let told = 100;
  while (Date.now() < end) {
    const next = Date.now() + 1_000;
    await append(request, runId, told, eventsPerSecond);
    told += eventsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - Date.now())));
  }
  const after = await heapOf(session);
  const elements = await page.evaluate<number>("document.querySelectorAll('*').length");
  printFigure("heap at the beginning", `${(before / 1e6).toFixed(1)} MB`);
  printFigure(`heap after ${told} events in ${minutes} min`, `${(after / 1e6).toFixed(1)} MB`);
  printFigure("for each event", `${Math.round((after - before) / (told - 100))} B`);
  printFigure("elements in the page", String(elements));
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}
