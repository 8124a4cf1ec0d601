import type { Locator } from "playwright-core";
import { describe, expect, it } from "vitest";
import { findBarriers, isPageThere, type OpenInbox, poll, shareBrowser } from "../support/inbox-page.js";
import { shareService } from "../support/shared-service.js";
import { createRun, finishRun } from "../support/work.js";

describe.skipIf(!isPageThere)(
  "many sessions at once, in two browsers of one reader",
  { timeout: 300_000 },
  () => {
    const service = shareService();
    const open = shareBrowser(service);

    /** Makes a project of sessions that are done, of which the last named is the newest, and opens it twice. */
    async function openTwice(project: string, titles: readonly string[]) {
      for (const title of titles) {
        const session = { sessionId: `${project} ${title}`, metadata: { title } };
        await finishRun(service, await createRun(service, { projectId: project, session }));
      }
      const path = `?project=${project}`;
      const [here, there] = [await open({ path }), await open({ path })];
      for (const { live, row } of [here, there]) {
        await live();
        await row(titles[0] ?? "").waitFor();
      }
      return { here, there };
    }

    const tick = ({ row }: OpenInbox, title: string) => row(title).getByRole("checkbox");
    const selected = ({ page }: OpenInbox) => page.locator(".bulk .tick").textContent();
    const titlesIn = ({ page }: OpenInbox) => page.locator(".list .row-title").allTextContents();
    const labelsOf = (row: Locator) => row.locator(".label-chip").allTextContents();

    it("a click, a range and a key select; what is archived goes from both, and comes back to both", async () => {
      const titles = ["Alpha", "Bravo", "Charlie", "Delta", "Echo"];
      const { here, there } = await openTwice("archived", titles);
      const newestFirst = titles.toReversed();
      expect(await titlesIn(here)).toEqual(newestFirst);

      await tick(here, "Delta").click();
      await tick(here, "Bravo").click({ modifiers: ["Shift"] });
      expect(await selected(here)).toBe("3 selected");
      await here.row("Alpha").locator("a").focus();
      await here.page.keyboard.press("x");
      expect(await selected(here)).toBe("4 selected");
      await here.page.keyboard.press("x");
      expect(await selected(here)).toBe("3 selected");
      expect(await findBarriers(here.page)).toEqual([]);

      await here.page.locator(".bulk").getByRole("button", { name: "Archive" }).click();
      for (const each of [here, there]) {
        await expect.poll(() => titlesIn(each), poll).toEqual(["Echo", "Alpha"]);
        await expect.poll(() => each.tab("Archived").textContent(), poll).toBe("Archived3");
      }
      expect(await here.page.locator(".notice").textContent()).toContain("3 sessions archived");
      await here.page.locator(".notice-undo").click();
      for (const each of [here, there]) {
        await expect.poll(() => titlesIn(each), poll).toEqual(newestFirst);
        await expect.poll(() => each.tab("Archived").textContent(), poll).toBe("Archived0");
      }
      // What has left the list is not selected when it comes back.
      expect(await selected(here)).toBe("Select all");

      await here.page.getByLabel("Select all").check();
      expect(await selected(here)).toBe("5 selected");
      await here.page.keyboard.press("e");
      for (const { page } of [here, there]) await page.locator(".list.empty").waitFor();
      await here.page.keyboard.press("z");
      for (const each of [here, there]) await expect.poll(() => titlesIn(each), poll).toEqual(newestFirst);

      // A range by the keys alone.
      await here.row("Echo").locator("a").focus();
      for (const key of ["x", "j", "j", "X"]) await here.page.keyboard.press(key);
      expect(await selected(here)).toBe("3 selected");
      expect([...here.complaints, ...there.complaints]).toEqual([]);
      await here[Symbol.asyncDispose]();
      await there[Symbol.asyncDispose]();
    });

    it("labels are put on all that are selected, and taken off them", async () => {
      const { here, there } = await openTwice("labelled", ["One", "Two", "Three"]);
      for (const title of ["One", "Three"]) await tick(here, title).click();
      await here.page.locator(".bulk").getByRole("button", { name: "Labels" }).click();
      await here.page.getByLabel("New label for 2 sessions").fill(" Later ");
      expect(await findBarriers(here.page)).toEqual([]);
      await here.page.keyboard.press("Enter");
      for (const title of ["One", "Three"])
        await expect.poll(() => labelsOf(there.row(title)), poll).toEqual(["later"]);
      expect(await labelsOf(there.row("Two"))).toEqual([]);
      // It is offered at once as what the list may be narrowed to.
      const narrow = here.page.getByLabel("Add a label to what the list is narrowed to");
      expect(await narrow.locator("option").allTextContents()).toContain("later");

      await here.page.locator(".bulk").getByRole("button", { name: "Remove label later" }).click();
      for (const title of ["One", "Three"])
        await expect.poll(() => labelsOf(there.row(title)), poll).toEqual([]);
      await here.page.keyboard.press("Escape");
      expect(await selected(here)).toBe("2 selected");
      expect([...here.complaints, ...there.complaints]).toEqual([]);
      await here[Symbol.asyncDispose]();
      await there[Symbol.asyncDispose]();
    });

    it("what is not shown is not selected: while hits of a search stand there, no key archives a session", async () => {
      const { here, there } = await openTwice("hidden", ["First", "Second"]);
      await here.page.getByLabel("Select all").check();
      await here.page.locator(".search-box input").fill("nothing like it");
      await here.page.locator(".results .empty").waitFor();
      expect(await here.page.locator(".bulk").count()).toBe(0);
      await here.page.locator(".search-box input").press("Escape");
      await here.page.keyboard.press("e");
      await here.page.locator(".search-box input").fill("");
      await expect.poll(() => titlesIn(here), poll).toEqual(["Second", "First"]);
      expect(await here.tab("Archived").textContent()).toBe("Archived0");
      await here[Symbol.asyncDispose]();
      await there[Symbol.asyncDispose]();
    });
  },
);
