import { describe, expect, it } from "vitest";
import { mark, readAttention } from "../support/attention.js";
import { isPageThere, poll, shareBrowser } from "../support/inbox-page.js";
import { shareService } from "../support/shared-service.js";
import { createRun, finishRun } from "../support/work.js";

describe.skipIf(!isPageThere)("what is taken back", { timeout: 300_000 }, () => {
  const service = shareService();
  const open = shareBrowser(service);

  it("of a snooze, or of its end, leaves each session snoozed as it was", async () => {
    const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();
    const snoozes = { early: hours(30), late: hours(60) };
    for (const [title, until] of Object.entries(snoozes)) {
      const session = { sessionId: title, metadata: { title } };
      await finishRun(service, await createRun(service, { projectId: "undone", session }));
      await mark(service, "snoozeSession", title, { until });
    }
    const stand = async () => {
      const [early, late] = await Promise.all(
        ["early", "late"].map((name) => readAttention(service, name).then((one) => one.snoozedUntil)),
      );
      return { early: early && new Date(early).toISOString(), late: late && new Date(late).toISOString() };
    };
    expect(await stand()).toEqual(snoozes);
    await using inbox = await open({ path: "?project=undone&tab=snoozed" });
    const { page } = inbox;
    const snooze = async (choice: string) => {
      await inbox.row("early").waitFor();
      await inbox.row("late").waitFor();
      await page.getByLabel("Select all").check();
      await page.locator(".bulk").getByRole("button", { name: "Snooze" }).click();
      await page.locator(".menu-items button", { hasText: choice }).click();
    };
    await snooze("Wake now");
    await expect.poll(stand, poll).toEqual({ early: null, late: null });
    await page.keyboard.press("z");
    await expect.poll(stand, poll).toEqual(snoozes);

    await snooze("For an hour");
    await expect.poll(async () => (await stand()).late !== snoozes.late, poll).toBe(true);
    await page.keyboard.press("z");
    await expect.poll(stand, poll).toEqual(snoozes);
    expect(inbox.complaints).toEqual([]);
  });
});
