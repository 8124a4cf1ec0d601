import { describe, expect, it } from "vitest";
import { findBarriers, hasFocus, isPageThere, poll, shareBrowser } from "../support/inbox-page.js";
import { openRequest, readRequest } from "../support/requests.js";
import { shareService } from "../support/shared-service.js";
import { createRun } from "../support/work.js";

const answerSchema = {
  type: "object",
  title: "Release",
  required: ["version", "replicas", "ring"],
  properties: {
    version: { type: "string", title: "Version", description: "As in 1.2.3" },
    replicas: { type: "integer", title: "Replicas", minimum: 1, maximum: 5 },
    share: { type: "number", title: "Share", minimum: 0, maximum: 1 },
    ring: { enum: ["canary", "all", 3], title: "Ring" },
    isUrgent: { type: "boolean", title: "Urgent" },
    note: { type: "string", title: "Note", minLength: 3, maxLength: 10 },
  },
};

describe.skipIf(!isPageThere)("what agents ask", { timeout: 300_000 }, () => {
  const service = shareService();
  const open = shareBrowser(service);

  /** Asks in a project of its own, and opens the page on it. */
  async function openAsking(project: string, payload: Record<string, unknown>) {
    const session = { sessionId: project, metadata: { title: project } };
    const id = await openRequest(service, await createRun(service, { projectId: project, session }), payload);
    const inbox = await open({ path: `?project=${project}` });
    const card = inbox.page.locator(".detail .request");
    await card.waitFor();
    return { ...inbox, id, card };
  }

  it("a form is made of a schema: what is missing or wrong is said at its field, and the answer has the shape asked", async () => {
    await using asked = await openAsking("form", {
      kind: "question",
      prompt: "Which release?",
      answerSchema,
    });
    const { card, id, page } = asked;
    const field = (name: string) => card.getByLabel(name, { exact: false });
    const problemOf = async (name: string) => {
      const description = await field(name).getAttribute("aria-describedby");
      expect(await field(name).getAttribute("aria-invalid")).toBe("true");
      const texts = (description ?? "")
        .split(" ")
        .map((part) => page.locator(`[id="${part}"]`).textContent());
      return (await Promise.all(texts)).join(" ");
    };
    const answer = card.getByRole("button", { name: "Answer" });
    expect(await findBarriers(page)).toEqual([]);
    await answer.click();
    for (const name of ["Version", "Replicas", "Ring"]) expect(await problemOf(name)).toMatch(/fill|select/i);
    expect(await hasFocus(field("Version"))).toBe(true);
    expect(await field("Note").getAttribute("aria-invalid")).not.toBe("true");
    expect(await findBarriers(page)).toEqual([]);

    await field("Replicas").fill("9");
    await field("Note").pressSequentially("ab");
    await field("Ring").selectOption({ label: "3" });
    await answer.press("Enter");
    expect(await problemOf("Replicas")).toMatch(/5/);
    expect(await problemOf("Note")).toMatch(/3/);
    expect(await field("Ring").getAttribute("aria-invalid")).not.toBe("true");
    expect((await readRequest(service, id)).state).toBe("OPEN");

    await field("Version").fill("1.2.3");
    expect(await field("Version").getAttribute("aria-invalid")).not.toBe("true");
    await field("Replicas").fill("3");
    await field("Share").fill("0.25");
    await field("Note").fill("");
    await field("Urgent").press("Space");
    await field("Version").press("Enter");
    await card.waitFor({ state: "detached" });
    const value = { version: "1.2.3", replicas: 3, share: 0.25, ring: 3, isUrgent: true };
    await expect
      .poll(() => readRequest(service, id), poll)
      .toMatchObject({ state: "ANSWERED", answer: { decision: "ANSWERED", choiceIds: [], value } });
    expect(asked.complaints).toEqual([]);
  });

  it("what only the service finds wrong is said there too, and what was filled in is kept", async () => {
    const schema = {
      type: "object",
      required: ["from", "to"],
      properties: { from: { type: "string" }, to: { type: "string" } },
      not: { properties: { from: { const: "same" }, to: { const: "same" } } },
    };
    await using asked = await openAsking("refused", {
      kind: "question",
      prompt: "Where?",
      answerSchema: schema,
    });
    const { card, id } = asked;
    const box = card.getByLabel("Answer");
    await box.fill("{");
    await card.getByRole("button", { name: "Answer" }).click();
    await card.locator("[role=alert]", { hasText: "JSON" }).waitFor();
    await box.fill('{"from":"same","to":"same"}');
    await card.getByRole("button", { name: "Answer" }).click();
    await card.locator("[role=alert]", { hasText: "answerSchema" }).waitFor();
    expect(await box.inputValue()).toBe('{"from":"same","to":"same"}');
    expect(await card.locator("[role=alert]").count()).toBe(1);
    await box.fill('{"from":"here","to":"there"}');
    await card.getByRole("button", { name: "Answer" }).click();
    await expect
      .poll(() => readRequest(service, id), poll)
      .toMatchObject({ answer: { value: { from: "here", to: "there" } } });
  });

  it("choices are buttons, which the keys press; several at once are ticked", async () => {
    const choices = [
      { id: "red", label: "Red" },
      { id: "blue", label: "Blue", description: "as the sky" },
    ];
    await using one = await openAsking("one", { kind: "question", prompt: "Which?", choices });
    await one.row("one").locator("a").focus();
    await one.card.getByRole("button", { name: "Blue" }).press("Enter");
    await one.card.waitFor({ state: "detached" });
    // A key that presses a button does nothing else: the session at the cursor is not opened by it.
    expect(new URL(one.page.url()).searchParams.get("session")).toBeNull();
    await expect
      .poll(() => readRequest(service, one.id), poll)
      .toMatchObject({ answer: { decision: "ANSWERED", choiceIds: ["blue"] } });

    await using many = await openAsking("many", {
      kind: "question",
      prompt: "Which?",
      choices,
      multiple: true,
    });
    for (const name of ["Red", "Blue"]) await many.card.getByLabel(name).press("Space");
    await many.card.getByRole("button", { name: "Answer" }).press("Enter");
    await expect
      .poll(() => readRequest(service, many.id), poll)
      .toMatchObject({ answer: { choiceIds: ["red", "blue"] } });
  });

  it("an approval whose choices do not say what they mean is picked by the arrow keys, and sent by a button", async () => {
    const choices = [
      { id: "a", label: "Continue as it is" },
      { id: "b", label: "No-cache rebuild" },
    ];
    for (const [button, decision] of [
      ["Approve", "APPROVED"],
      ["Deny", "DENIED"],
    ] as const) {
      await using asked = await openAsking(button, { kind: "approval", prompt: "Which?", choices });
      const { card, id, page } = asked;
      await card.getByLabel("Continue as it is").press("Space");
      await page.keyboard.press("ArrowDown");
      expect(await card.getByLabel("No-cache rebuild").isChecked()).toBe(true);
      await card.getByRole("button", { name: button }).press("Enter");
      await expect
        .poll(() => readRequest(service, id), poll)
        .toMatchObject({ answer: { decision, choiceIds: ["b"] } });
    }
  });

  it("a choice that means no is sent as no, beside others that say nothing of it and with nothing filled in", async () => {
    const choices = [
      { id: "a", label: "Rebuild" },
      { id: "b", label: "Not now", decision: "denied" },
    ];
    const answerSchema = { type: "object", required: ["tag"], properties: { tag: { type: "string" } } };
    const asks = { kind: "approval", prompt: "Which?", choices, answerSchema };
    await using asked = await openAsking("meant", asks);
    await asked.card.getByLabel("Not now").check();
    await asked.card.getByRole("button", { name: "Deny" }).click();
    await expect
      .poll(() => readRequest(service, asked.id), poll)
      .toMatchObject({ answer: { decision: "DENIED", choiceIds: ["b"] } });
  });

  it("a form of any default is shown, and answered", async () => {
    const tags = { type: "array", items: { enum: ["x", "y"] }, title: "Tags" };
    const schemas = [
      { ...tags, default: null },
      { type: "object", default: {}, properties: { tags } },
      { type: "object", default: null, properties: { tags } },
    ];
    for (const [index, answerSchema] of schemas.entries()) {
      const asks = { kind: "question", prompt: "Which tags?", answerSchema };
      await using asked = await openAsking(`default-${index}`, asks);
      await asked.card.getByLabel("y").check();
      await asked.card.getByRole("button", { name: "Answer" }).click();
      await expect
        .poll(() => readRequest(service, asked.id), poll)
        .toMatchObject({ answer: { value: index === 0 ? ["y"] : { tags: ["y"] } } });
      expect(asked.complaints).toEqual([]);
    }
  });

  it("one that cannot be shown says so, and leaves the others to be answered", async () => {
    const project = "broken";
    const runId = await createRun(service, {
      projectId: project,
      session: { sessionId: project, metadata: { title: project } },
    });
    const choices = ["red", "blue"];
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await openRequest(service, runId, { kind: "question", prompt: "Until when?", expiresAt });
    const id = await openRequest(service, runId, { kind: "question", prompt: "Which?", choices });
    await using inbox = await open({ path: `?project=${project}` });
    const { page } = inbox;
    // A browser that cannot write the instant at which a request expires.
    await page.addInitScript(`{
      const { toLocaleString } = Date.prototype;
      Date.prototype.toLocaleString = function (...how) {
        if (how.length === 0) throw new Error("broken");
        return toLocaleString.apply(this, how);
      };
    }`);
    await page.reload();
    await page.locator(".detail", { hasText: "This request cannot be shown." }).waitFor();
    await inbox.row(project).locator("a").click();
    await page.locator(".asking", { hasText: "This request cannot be shown." }).waitFor();
    await page.locator(".asking").getByRole("button", { name: "blue" }).click();
    await expect
      .poll(() => readRequest(service, id), poll)
      .toMatchObject({ answer: { choiceIds: ["blue"] } });
  });

  it("a form takes all that its schema takes, and says at its field what it does not", async () => {
    const properties = {
      name: { type: "string", title: "Name", maxLength: 3 },
      count: { type: "integer", title: "Count", minimum: 0.5 },
      sure: { type: "boolean", title: "Sure", const: true },
      ring: { enum: ["", "all"], title: "Ring" },
      tags: { type: "array", title: "Tags", minItems: 2, items: { enum: ["x", "y", "z"] } },
      extra: {
        type: "object",
        title: "Extra",
        required: ["n"],
        properties: { n: { type: "integer", title: "Size" } },
      },
    };
    const asks = {
      kind: "question",
      prompt: "What?",
      answerSchema: { type: "object", required: ["name", "count"], properties },
    };
    await using asked = await openAsking("lenient", asks);
    const { card, id } = asked;
    const answer = card.getByRole("button", { name: "Answer" });
    await card.getByLabel("Name").fill("😀😀😀😀");
    await card.getByLabel("Count").fill("2.5");
    await card.getByLabel("x").check();
    await answer.click();
    const problems = card.locator(".field-problem");
    expect(await problems.allTextContents()).toEqual([
      expect.stringContaining("at most 3"),
      expect.stringContaining("whole"),
      expect.stringContaining("at least 2"),
    ]);
    await card.getByLabel("Name").fill("😀😀😀");
    await card.getByLabel("Count").fill("2");
    await card.getByLabel("x").uncheck();
    await answer.click();
    await expect
      .poll(() => readRequest(service, id), poll)
      .toMatchObject({ state: "ANSWERED", answer: { value: { name: "😀😀😀", count: 2 } } });

    await using many = await openAsking("none-ticked", {
      kind: "question",
      prompt: "Which?",
      choices: ["red", "blue"],
      multiple: true,
    });
    await many.card.getByRole("button", { name: "Answer" }).click();
    await many.card.locator(".field-problem", { hasText: "at least one" }).waitFor();
    await many.card.getByLabel("blue").check();
    await many.card.getByRole("button", { name: "Answer" }).click();
    await expect
      .poll(() => readRequest(service, many.id), poll)
      .toMatchObject({ answer: { choiceIds: ["blue"] } });
  });
});
