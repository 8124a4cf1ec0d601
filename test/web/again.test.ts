import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { isPageThere, poll, shareBrowser } from "../support/inbox-page.js";
import { searchAll } from "../support/search.js";
import { shareService } from "../support/shared-service.js";
import { append, appendEvents, createRun } from "../support/work.js";

describe.skipIf(!isPageThere)("what the page could not read", { timeout: 300_000 }, () => {
  const service = shareService({ config: { indexMs: 20 } });
  const open = shareBrowser(service);

  /** Cuts off the requests whose body holds these words, until it is called off. */
  async function cutOff(page: Page, ...words: string[]): Promise<() => Promise<void>> {
    await page.route("**/graphql", (route) => {
      const body = route.request().postData() ?? "";
      return words.every((word) => body.includes(word)) ? route.abort("connectionreset") : route.fallback();
    });
    return () => page.unroute("**/graphql");
  }

  const begin = (projectId: string, sessionId: string) =>
    createRun(service, { projectId, session: { sessionId, metadata: { title: sessionId } } });

  it("is told with a button that tries it again: the next sessions, hits, labels and a plan", async () => {
    const project = "again";
    for (let index = 0; index < 60; index += 1) await begin(project, `one ${index}`);
    const entries = [{ text: "Mend the cart", status: "in_progress" }];
    const runId = await begin(project, "planned");
    await appendEvents(service, { runId, events: [{ type: "PLAN", payload: { entries } }] });
    await append(service, runId, ["a bilby came by"]);
    await expect.poll(async () => (await searchAll(service, "bilby", { projectId: project })).length).toBe(1);

    const path = `?project=${project}&tab=all`;
    await using inbox = await open({ path, width: 1440 });
    const { page } = inbox;
    const scrollToEnd = () => page.evaluate(`document.querySelector(".list").scrollTop = 1e9`);
    const failure = page.locator(".failure");
    /** Lets through what was cut off, and tries it again. */
    const tryAgain = async (letThrough: () => Promise<void>) => {
      await letThrough();
      await failure.getByRole("button", { name: "Try again" }).click();
      await failure.waitFor({ state: "detached" });
    };
    await inbox.live();
    const restored = await cutOff(page, "InboxPage", '"after":"');
    await scrollToEnd();
    await failure.waitFor();
    await tryAgain(restored);
    await expect
      .poll(async () => {
        await scrollToEnd();
        return inbox.row("one 0").count();
      }, poll)
      .toBe(1);

    const found = await cutOff(page, "PageSearch");
    await page.locator(".search-box input").fill("bilby");
    await failure.waitFor();
    await tryAgain(found);
    const hit = page.locator(".results .row", { hasText: "planned" });
    await hit.waitFor();

    const planned = await cutOff(page, "PagePlan");
    await hit.locator("a").click();
    await failure.waitFor();
    await tryAgain(planned);
    await page.locator(".session-aside .plan", { hasText: "Mend the cart" }).waitFor();

    const labelled = await cutOff(page, "PageNarrowing");
    await page.getByLabel("Project").selectOption("");
    await failure.waitFor();
    await tryAgain(labelled);
    // Nothing was left to the browser's console but the cut connections.
    expect(inbox.complaints.filter((text) => !text.includes("ERR_CONNECTION_RESET"))).toEqual([]);
  });
});
