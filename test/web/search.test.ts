import { describe, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { findBarriers, isPageThere, poll, shareBrowser } from "../support/inbox-page.js";
import { searchAll } from "../support/search.js";
import { shareService } from "../support/shared-service.js";
import { append, appendEvents, createRun, finishRun } from "../support/work.js";

const labelDocument = graphql(`
  mutation LabelFound($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }
`);

describe.skipIf(!isPageThere)("a hit of a search", { timeout: 300_000 }, () => {
  const service = shareService({ config: { indexMs: 20 } });
  const open = shareBrowser(service);

  const filler = (count: number, word: string) =>
    Array.from({ length: count }, (_, index) => `${word} ${index + 1}: ${"words of an agent ".repeat(9)}`);

  /** A session with a text that is found, far from both its ends. */
  async function createLong(title: string, event: Parameters<typeof appendEvents>[1]["events"][number]) {
    const runId = await createRun(service, {
      projectId: title,
      session: { sessionId: title, metadata: { title } },
    });
    await append(service, runId, filler(400, "Before"));
    await appendEvents(service, { runId, events: [event] });
    await append(service, runId, filler(400, "After"));
    return runId;
  }

  /** Searches in the project once it is indexed, and opens the hit. */
  async function openHit(title: string, words: string) {
    const filter = { projectId: title };
    await expect.poll(async () => (await searchAll(service, words, filter)).length).toBe(1);
    const inbox = await open({ path: `?project=${title}` });
    await inbox.page.locator(".search-box input").fill(words);
    await inbox.page.locator(".results .row", { hasText: title }).locator("a").click();
    return inbox;
  }

  const isSeen = `(() => {
    const place = document.querySelector(".entry.is-place")?.getBoundingClientRect();
    const box = document.querySelector(".timeline-scroll").getBoundingClientRect();
    return place !== undefined && place.top >= box.top && place.bottom <= box.bottom;
  })()`;

  it("opens the session at its place, from which one reads on in both directions and up to what happens now", async () => {
    const text = "The zanzibar clause is here";
    const runId = await createLong("Long", { type: "ASSISTANT_MESSAGE", payload: { text } });
    await using inbox = await openHit("Long", "zanzibar");
    const { page } = inbox;
    const place = page.locator(".entry.is-place");
    await place.getByText(text).waitFor();
    await expect.poll(() => page.evaluate(isSeen), poll).toBe(true);
    expect(await page.locator(".said", { hasText: "Before 400:" }).count()).toBe(1);
    expect(await page.locator(".said", { hasText: "After 1:" }).count()).toBe(1);
    expect(await findBarriers(page)).toEqual([]);

    // The address tells of the place: it can be sent to somebody else.
    await page.reload();
    await place.getByText(text).waitFor();
    await expect.poll(() => page.evaluate(isSeen), poll).toBe(true);

    const scrollTo = (top: string) =>
      page.evaluate(`document.querySelector(".timeline-scroll").scrollTop = ${top}`);
    const reach = async (words: string, top: string) => {
      await expect
        .poll(async () => {
          await scrollTo(top);
          return page.locator(".said", { hasText: words }).count();
        }, poll)
        .toBe(1);
    };
    await reach("Before 1:", "0");
    await reach("After 400:", "1e9");
    await append(service, runId, ["And it goes on"]);
    await reach("And it goes on", "1e9");
    expect(inbox.complaints).toEqual([]);
  });

  it("opens what a tool printed, and a button leads to the newest", async () => {
    const payload = {
      name: "grep",
      toolCallId: "t1",
      status: "completed",
      output: "found marmalade in a.ts",
    };
    const runId = await createLong("Tool", { type: "TOOL_CALL", payload });
    await finishRun(service, runId);
    await using inbox = await openHit("Tool", "marmalade");
    const { page } = inbox;
    await page.locator(".entry.is-place").getByText("found marmalade in a.ts").waitFor();
    await expect.poll(() => page.evaluate(isSeen), poll).toBe(true);
    await page.getByRole("button", { name: "Newest" }).click();
    await page.locator(".run-end").waitFor();
    expect(await page.locator(".said", { hasText: "After 400:" }).count()).toBe(1);
  });

  it("in a title opens the session at its end, and so does another session", async () => {
    await createLong("Pineapple", { type: "ASSISTANT_MESSAGE", payload: { text: "nothing" } });
    await using inbox = await openHit("Pineapple", "pineapple");
    await inbox.page.locator(".said", { hasText: "After 400:" }).waitFor();
    expect(new URL(inbox.page.url()).searchParams.get("at")).toBeNull();
  });

  it("is of a session with the labels that the list is narrowed to", async () => {
    const project = "Labelled";
    for (const labels of [["cart", "urgent"], ["cart"], []]) {
      const sessionId = ["session", ...labels].join(" ");
      const session = { sessionId, metadata: { title: sessionId } };
      await append(service, await createRun(service, { projectId: project, session }), ["a bilby came by"]);
      await service.ask(labelDocument, { input: { session: { sessionId }, addLabels: labels } });
    }
    await expect.poll(async () => (await searchAll(service, "bilby", { projectId: project })).length).toBe(3);
    const path = `?project=${project}&label=cart&q=bilby`;
    await using inbox = await open({ path });
    const titles = async () => (await inbox.page.locator(".results .row-title").allTextContents()).toSorted();
    await expect.poll(titles, poll).toEqual(["session cart", "session cart urgent"]);
    await inbox.page.getByLabel("Add a label").selectOption("urgent");
    await expect.poll(titles, poll).toEqual(["session cart urgent"]);
  });

  it("is one of many, of which the next are looked for at a click", async () => {
    const title = "Many";
    for (let index = 0; index < 25; index += 1) {
      const runId = await createRun(service, { projectId: title, session: { sessionId: `many-${index}` } });
      await append(service, runId, ["a quokka came by"]);
    }
    const filter = { projectId: title };
    await expect.poll(async () => (await searchAll(service, "quokka", filter)).length).toBe(25);
    await using inbox = await open({ path: `?project=${title}` });
    const { page } = inbox;
    await page.locator(".search-box input").fill("quokka");
    const rows = page.locator(".results .row");
    await expect.poll(() => rows.count(), poll).toBe(20);
    await page.getByRole("button", { name: "Look further" }).click();
    await expect.poll(() => rows.count(), poll).toBe(25);
    expect(await page.getByRole("button", { name: "Look further" }).count()).toBe(0);
    expect(await findBarriers(page)).toEqual([]);
    // Other words begin anew.
    await page.locator(".search-box input").fill("numbat");
    await page.getByText("Nothing was found for").waitFor();
    expect(inbox.complaints).toEqual([]);
  });
});
