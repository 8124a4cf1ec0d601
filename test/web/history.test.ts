import { describe, expect, it } from "vitest";
import { isPageThere, poll, shareBrowser } from "../support/inbox-page.js";
import { searchAll } from "../support/search.js";
import { shareService } from "../support/shared-service.js";
import { append, appendEvents, createRun } from "../support/work.js";

describe.skipIf(!isPageThere)("what happened before", { timeout: 300_000 }, () => {
  const service = shareService({ config: { indexMs: 20 } });
  const open = shareBrowser(service);

  /** A session that says something, calls a tool that prints so often, and says something again. */
  async function createPrinting(title: string, { pieces, after }: { pieces: number; after: number }) {
    const session = { sessionId: title, metadata: { title } };
    const runId = await createRun(service, { projectId: title, session });
    await append(service, runId, ["Said before"]);
    const call = { name: "bash", toolCallId: "t1", status: "running" };
    await appendEvents(service, { runId, events: [{ type: "TOOL_CALL", payload: call }] });
    const event = { type: "COMMAND_OUTPUT" as const, payload: { text: "line\n", toolCallId: "t1" } };
    for (let left = pieces; left > 0; left -= 500) {
      const events = Array.from({ length: Math.min(left, 500) }, () => event);
      await appendEvents(service, { runId, events });
    }
    const texts = Array.from({ length: after }, (_, index) => `Said after ${index + 1}`);
    if (after > 0) await append(service, runId, texts);
    return open({ path: `?tab=all&project=${title}` });
  }

  it("shows where the newest events are one tool call", async () => {
    await using inbox = await createPrinting("printing", { pieces: 230, after: 0 });
    await inbox.row("printing").locator("a").click();
    await inbox.page.locator(".said", { hasText: "Said before" }).waitFor();
    await inbox.page.locator(".tool-name", { hasText: "bash" }).waitFor();
    expect(inbox.complaints).toEqual([]);
  });

  it("shows on both sides of a hit that a tool printed", async () => {
    await using inbox = await createPrinting("marmot", { pieces: 230, after: 230 });
    await expect.poll(async () => (await searchAll(service, "bash", { projectId: "marmot" })).length).toBe(1);
    const { page } = inbox;
    await page.locator(".search-box input").fill("bash");
    await page.locator(".results .row a").click();
    await page.locator(".said", { hasText: "Said before" }).waitFor();
    await page.locator(".entry.is-place .tool-head").click();
    await page.locator(".said", { hasText: /Said after 1\b/ }).waitFor();
  });

  it("is asked for by a button where it is many pages", async () => {
    await using inbox = await createPrinting("endless", { pieces: 2_500, after: 0 });
    await inbox.row("endless").locator("a").click();
    const { page } = inbox;
    const said = page.locator(".said", { hasText: "Said before" });
    await page.getByRole("button", { name: "Earlier" }).click();
    await said.waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Earlier" }).count(), poll).toBe(0);
  });
});
