import { describe, expect, it } from "vitest";
import { mark } from "../support/attention.js";
import { isPageThere, poll, shareBrowser } from "../support/inbox-page.js";
import { shareService } from "../support/shared-service.js";
import { createRun, finishRun } from "../support/work.js";

describe.skipIf(!isPageThere)("the tree of sub-agents", { timeout: 300_000 }, () => {
  const service = shareService();
  const open = shareBrowser(service);

  /** Begins a session below another, and ends its work. */
  async function createBelow(parent: string | null, title: string) {
    const below = parent === null ? {} : { parent: { sessionId: parent } };
    const session = { sessionId: title, metadata: { title }, ...below };
    await finishRun(service, await createRun(service, { projectId: "tree", session }));
  }

  it("has those whose parent the reader has archived, and puts each below its parent once that is back", async () => {
    await createBelow(null, "root");
    await createBelow("root", "middle");
    await createBelow("middle", "leaf");
    await createBelow("leaf", "tip");
    const archive = (archived: boolean) => mark(service, "archiveSession", "middle", { archived });
    await archive(true);
    await using inbox = await open({ path: "?project=tree&tab=all", width: 1440 });
    await inbox.row("root").locator("a").click();
    const tree = inbox.page.locator(".tree");
    const drawn = () => tree.locator(".tree-title").allTextContents();
    await expect.poll(drawn, poll).toEqual(["leaf", "tip"]);
    expect(await tree.locator("li li .tree-title").allTextContents()).toEqual(["tip"]);
    await archive(false);
    await expect.poll(drawn, poll).toEqual(["middle", "leaf", "tip"]);
    expect(await tree.locator("li li li .tree-title").allTextContents()).toEqual(["tip"]);
    expect(inbox.complaints).toEqual([]);
  });
});
