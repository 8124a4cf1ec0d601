import { describe, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { isPageThere, poll, shareBrowser } from "../support/inbox-page.js";
import { openRequest } from "../support/requests.js";
import { shareService } from "../support/shared-service.js";
import { createRun } from "../support/work.js";

const editDocument = graphql(`
  mutation EditAsking($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }
`);

describe.skipIf(!isPageThere)("what needs a person", { timeout: 300_000 }, () => {
  const service = shareService();
  const open = shareBrowser(service);

  /** Begins a session, and gives the run of it. */
  function begin(projectId: string, sessionId: string, parent?: string): Promise<string> {
    const below = parent === undefined ? {} : { parent: { sessionId: parent } };
    return createRun(service, {
      projectId,
      session: { sessionId, metadata: { title: sessionId }, ...below },
    });
  }
  const ask = (runId: string, prompt: string) => openRequest(service, runId, { kind: "question", prompt });

  /** A project in which a session, a sub-agent of another, and a run of no session ask. */
  async function createAsking(project: string) {
    await ask(await begin(project, `${project} plain`), "Of the plain one?");
    await begin(project, `${project} cart`);
    await ask(await begin(project, `${project} below`, `${project} cart`), "Of the sub-agent?");
    await ask(await createRun(service, { projectId: project }), "Of no session?");
    const session = { sessionId: `${project} cart` };
    await service.ask(editDocument, { input: { session, addLabels: ["cart"] } });
  }

  async function openOn(path: string) {
    const inbox = await open({ path });
    const asked = async () => {
      const prompts = await inbox.page.locator(".detail .request .markdown").allTextContents();
      return prompts.map((text) => text.trim()).toSorted();
    };
    const isAsked = async (prompts: string[]) => {
      await expect.poll(asked, poll).toEqual(prompts);
    };
    return { ...inbox, isAsked };
  }

  it("is what the sessions ask that the page is narrowed to, each with what is below it", async () => {
    const project = "narrowed";
    await createAsking(project);
    await using inbox = await openOn(`?project=${project}`);
    await inbox.isAsked(["Of no session?", "Of the plain one?", "Of the sub-agent?"]);
    await inbox.page.getByLabel("Add a label").selectOption("cart");
    await inbox.isAsked(["Of the sub-agent?"]);
    await expect.poll(() => inbox.tab("Needs you").textContent(), poll).toBe("Needs you1");

    // A label comes and goes without anything of the request.
    const label = (input: { addLabels: string[] } | { removeLabels: string[] }) =>
      service.ask(editDocument, { input: { session: { sessionId: `${project} plain` }, ...input } });
    await label({ addLabels: ["cart"] });
    await inbox.isAsked(["Of the plain one?", "Of the sub-agent?"]);
    await label({ removeLabels: ["cart"] });
    await inbox.isAsked(["Of the sub-agent?"]);
    await inbox.page.getByRole("button", { name: "Not only label cart" }).click();
    await inbox.isAsked(["Of no session?", "Of the plain one?", "Of the sub-agent?"]);
    expect(inbox.complaints).toEqual([]);
  });

  it("is nothing of what the reader has archived or snoozed, until it is taken out or asks again", async () => {
    const project = "put away";
    await createAsking(project);
    await using inbox = await openOn(`?project=${encodeURIComponent(project)}`);
    await inbox.isAsked(["Of no session?", "Of the plain one?", "Of the sub-agent?"]);
    await inbox.row("put away cart").locator("a").focus();
    await inbox.page.keyboard.press("e");
    await inbox.isAsked(["Of no session?", "Of the plain one?"]);
    await inbox.row("put away plain").locator("a").focus();
    await inbox.page.keyboard.press("s");
    await inbox.page.locator(".menu-items button", { hasText: "For an hour" }).click();
    await inbox.isAsked(["Of no session?"]);
    await inbox.page.keyboard.press("z");
    await inbox.isAsked(["Of no session?", "Of the plain one?"]);
    await ask(await begin(project, `${project} second`, `${project} cart`), "And now?");
    await inbox.isAsked(["And now?", "Of no session?", "Of the plain one?", "Of the sub-agent?"]);
    expect(inbox.complaints).toEqual([]);
  });

  it("may be narrowed to a project of which no row is shown", async () => {
    const project = "not shown";
    await createAsking(project);
    await begin("elsewhere", "elsewhere plain");
    await using inbox = await openOn("?project=elsewhere");
    await inbox.isAsked([]);
    await inbox.page.getByLabel("Project").selectOption(project);
    await inbox.isAsked(["Of no session?", "Of the plain one?", "Of the sub-agent?"]);
  });

  it("is all of it, of however many sessions", async () => {
    const project = "many";
    for (let index = 0; index < 55; index += 1)
      await ask(await begin(project, `${project} ${index}`), `Question ${index}?`);
    await using inbox = await openOn(`?project=${project}`);
    await inbox.page.getByText("55 questions wait for you").waitFor();
    expect(await inbox.page.locator(".detail .request").count()).toBe(55);
  });
});
