import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tab } from "../../src/graphiql/browser.js";
import { examples } from "../../src/graphiql/examples/examples.js";
import { newestData } from "../../src/graphiql/examples/newest-data.js";
import { createExample, exampleSession } from "../../src/graphiql/examples/working.js";
import { arrangeTabs } from "../../src/graphiql/tabs.js";
import { findChromium, launchChromium, openGraphiQL } from "../support/graphiql-browser.js";
import { type TestService, startService } from "../support/start-service.js";

const executablePath = findChromium();
const nameOf = ({ query }: Tab) => /(?:query|mutation|subscription) (\w+)/.exec(query)?.[1] ?? "";

/** A service with a run of the examples, so that no example is left out, and the tabs that it makes. */
async function startWithExamples(): Promise<{ service: TestService; tabs: Tab[] }> {
  const service = await startService();
  await service.ask(createExample.query, JSON.parse(createExample.variables ?? "{}"));
  const tabs = arrangeTabs({ examples, createExample, exampleSession }, await service.call(newestData));
  return { service, tabs };
}

// A page of 9 MB on a busy machine: each step may take seconds.
describe.skipIf(!executablePath)(
  `GraphiQL under a pointer (${executablePath ?? "no Chromium: set CHROMIUM_PATH"})`,
  { timeout: 120_000 },
  () => {
    let browser: Browser;
    let service: TestService;
    let tabs: Tab[];
    beforeAll(async () => {
      [browser, { service, tabs }] = await Promise.all([
        launchChromium(executablePath ?? ""),
        startWithExamples(),
      ]);
    });
    afterAll(() => Promise.all([browser?.close(), service?.close()]));

    const desk = { width: 1280, height: 800 };
    const phone = { width: 390, height: 844, touch: true };

    it.each([
      ["click", "light", { ...desk, colorScheme: "light" }],
      ["click", "dark", { ...desk, colorScheme: "dark" }],
      ["tap", "light", { ...phone, colorScheme: "light" }],
      ["tap", "dark", { ...phone, colorScheme: "dark" }],
    ] as const)("one %s opens each example, in a %s room", async (_, __, screen) => {
      await using graphiql = await openGraphiQL(browser, service.url, screen);
      await graphiql.ready();
      expect(await graphiql.tabs()).toEqual(tabs.map(nameOf));
      // The first is open from the beginning.
      for (const tab of [...tabs.slice(1), ...tabs.slice(0, 1)]) {
        await graphiql.select(nameOf(tab));
        expect(await graphiql.text("operation.graphql")).toBe(tab.query);
        expect(await graphiql.text("variables.json")).toBe(tab.variables ?? "");
      }
      expect(graphiql.complaints).toEqual([]);
    });

    it("what is run is what the click opened", async () => {
      await using graphiql = await openGraphiQL(browser, service.url, desk);
      await graphiql.ready();
      for (const tab of [...tabs.slice(1), ...tabs.slice(0, 1)]) {
        await graphiql.select(nameOf(tab));
        await graphiql.press();
        await expect.poll(() => graphiql.sent.at(-1)).toBe(tab.query);
        // A subscription may have nothing to say yet; it is stopped.
        if (tab.query.includes("subscription ")) await graphiql.press();
        else await graphiql.seeResult('"data"');
      }
    });

    it("nothing is marked as an error in any example, though errors are marked", async () => {
      await using graphiql = await openGraphiQL(browser, service.url, desk);
      await graphiql.ready();
      for (const tab of tabs) {
        await graphiql.select(nameOf(tab));
        await expect.poll(() => graphiql.marks(), { message: nameOf(tab) }).toEqual([]);
      }
      await graphiql.select("CreateTask");
      const write = (find: string, replacement: string, editor: "operation.graphql" | "variables.json") =>
        graphiql.write(editor, (text) => text.replace(find, replacement));
      await write(`"examples"`, "1", "variables.json");
      await expect.poll(() => graphiql.marks()).toEqual([expect.stringContaining(`Expected "string"`)]);
      await write("version", "versoin", "operation.graphql");
      await expect.poll(() => graphiql.marks()).toContainEqual(expect.stringContaining("versoin"));
    });

    it("on a phone the editor and the result have its width, one below the other", async () => {
      await using graphiql = await openGraphiQL(browser, service.url, phone);
      await graphiql.ready();
      const boxOf = async (selector: string) => {
        const box = await graphiql.page.locator(selector).boundingBox();
        if (!box) throw new Error(`${selector} is not seen`);
        return { ...box, right: box.x + box.width, bottom: box.y + box.height };
      };
      const query = await boxOf(".graphiql-query-editor .monaco-editor");
      const variables = await boxOf(".graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor");
      const result = await boxOf(".result-window .monaco-editor");
      for (const { width, height, right } of [query, variables, result]) {
        expect(width).toBeGreaterThanOrEqual(300);
        expect(height).toBeGreaterThan(50);
        expect(right).toBeLessThanOrEqual(390);
      }
      expect(variables.y).toBeGreaterThan(query.bottom);
      expect(result.y).toBeGreaterThan(variables.bottom);
      expect(result.bottom).toBeLessThanOrEqual(844);
    });

    it("on a phone a finger strokes the tabs along, and opens none", async () => {
      await using graphiql = await openGraphiQL(browser, service.url, phone);
      await graphiql.ready();
      const touch = await graphiql.page.context().newCDPSession(graphiql.page);
      const at = (x: number) => ({ touchPoints: [{ x, y: 35 }] });
      await touch.send("Input.dispatchTouchEvent", { type: "touchStart", ...at(300) });
      for (let x = 300; x > 50; x -= 10)
        await touch.send("Input.dispatchTouchEvent", { type: "touchMove", ...at(x) });
      await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      const scrolled = () =>
        graphiql.page.evaluate<number>(`document.querySelector(".graphiql-tabs").scrollLeft`);
      await expect.poll(scrolled).toBeGreaterThan(100);
      expect(await graphiql.page.locator("[role=tab][aria-selected=true]").textContent()).toContain("WhoAmI");
    });

    it.each([1280, 1600])("at %d px the title stays in the bar", async (width) => {
      await using graphiql = await openGraphiQL(browser, service.url, { ...desk, width });
      await graphiql.ready();
      const logo = await graphiql.page.locator(".graphiql-logo").boundingBox();
      const bar = await graphiql.page.locator(".graphiql-session-header").boundingBox();
      expect(logo?.height).toBeLessThan(40);
      expect((logo?.x ?? 0) + (logo?.width ?? 0)).toBeLessThanOrEqual((bar?.x ?? 0) + (bar?.width ?? 0));
      expect((logo?.y ?? 0) + (logo?.height ?? 0)).toBeLessThanOrEqual((bar?.y ?? 0) + (bar?.height ?? 0));
      // Two rows of tabs.
      expect(bar?.height).toBeLessThan(80);
    });
  },
);
