import { mkdir, stat } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedService } from "../../src/cli/seed.js";
import { isPageThere, launchBrowser, openInbox } from "../support/inbox-page.js";
import { createShownSession } from "../support/shown-session.js";
import { startService } from "../support/start-service.js";

/** The most bytes of a picture. */
const mostBytes = 250_000;

// PAGE_PICTURES=1 draws the pictures of the README anew: npx vitest run test/web/screenshots.test.ts
describe.skipIf(!isPageThere || !process.env["PAGE_PICTURES"])(
  "pictures of the inbox",
  { timeout: 600_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    it("are drawn into docs/images, each of modest size", async () => {
      await using service = await startService();
      await seedService({ url: service.url, sessions: 30, seed: 3, concurrency: 4 });
      await createShownSession(service);
      await mkdir("docs/images", { recursive: true });
      const draw = async (
        name: string,
        screen: { width: number; height: number; colorScheme: "light" | "dark" },
        opened: string | null,
      ) => {
        await using inbox = await openInbox(browser, service.url, screen);
        await inbox.live();
        await inbox.row("one cent").or(inbox.row("off by a cent")).first().waitFor();
        if (opened !== null) {
          await inbox.row(opened).locator("a").first().click();
          await inbox.page.locator(".run-end, .asking .request").first().waitFor();
          if (screen.width > 1_000) await inbox.page.locator(".tree-link").nth(1).waitFor();
        }
        await inbox.page.evaluate("document.activeElement.blur()");
        const path = `docs/images/${name}.png`;
        await inbox.page.screenshot({ path, animations: "disabled" });
        expect((await stat(path)).size).toBeLessThan(mostBytes);
      };
      const wide = { width: 1360, height: 850 };
      const title = "off by a cent";
      await draw("session-light", { ...wide, colorScheme: "light" }, title);
      await draw("session-dark", { ...wide, colorScheme: "dark" }, title);
      await draw("requests-light", { ...wide, colorScheme: "light" }, null);
      await draw("phone", { width: 390, height: 780, colorScheme: "dark" }, title);
    });
  },
);
