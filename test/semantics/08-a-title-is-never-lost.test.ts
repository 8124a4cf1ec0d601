import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import { createCommand, createRun, createSession, readSession } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function titleAfter(metadata: object, payloads: object[]): Promise<string | null> {
  const { sessionId, runId } = await createSession(service, { metadata });
  for (const payload of payloads) await createCommand(service, runId, "TURN", payload);
  return (await readSession(service, sessionId)).title;
}

it.each<[string, object[], string | null]>([
  ["no prompt", [{}], null],
  ["a prompt", [{ prompt: "fix it" }], "fix it"],
  ["a prompt with white space", [{ prompt: "  fix \n\t the   build " }], "fix the build"],
  ["a second prompt", [{ prompt: "first" }, { prompt: "second" }], "second"],
  ["a prompt, then none", [{ prompt: "first" }, {}], "first"],
  ["a prompt, then an empty one", [{ prompt: "first" }, { prompt: "" }], "first"],
  ["a prompt, then a blank one", [{ prompt: "first" }, { prompt: " \n " }], "first"],
  ["a prompt, then one that is no text", [{ prompt: "first" }, { prompt: 7 }], "first"],
  ["a prompt of 120 characters", [{ prompt: "x".repeat(120) }], "x".repeat(120)],
  ["a prompt of 121 characters", [{ prompt: "x".repeat(121) }], "x".repeat(120)],
  ["a prompt of 130 astral characters", [{ prompt: "😀".repeat(130) }], "😀".repeat(120)],
  ["one that is cut at an astral character", [{ prompt: `${"x".repeat(119)}😀y` }], `${"x".repeat(119)}😀`],
])("%s: the title by the turns", async (_what, payloads, title) => {
  expect(await titleAfter({}, payloads)).toBe(title);
});

it.each<[string, object, string]>([
  ["a title", { title: "Given" }, "Given"],
  ["a title with space around it", { title: "  Given  name  " }, "Given  name"],
  ["a title of 201 characters", { title: "x".repeat(201) }, "x".repeat(200)],
  ["a title of 201 astral characters", { title: "😀".repeat(201) }, "😀".repeat(200)],
  ["an empty title", { title: "" }, "prompt"],
  ["a blank title", { title: "   " }, "prompt"],
  ["a title that is no text", { title: 7 }, "prompt"],
  ["no title", { other: "x" }, "prompt"],
])("metadata with %s: it wins over a prompt where it says anything", async (_what, metadata, title) => {
  expect(await titleAfter(metadata, [{ prompt: "prompt" }])).toBe(title);
});

it("a steer gives no title, and takes none away", async () => {
  const { sessionId, runId } = await createSession(service);
  await createCommand(service, runId, "STEER", { prompt: "steered" });
  expect((await readSession(service, sessionId)).title).toBeNull();
  await createCommand(service, runId, "TURN", { prompt: "turned" });
  await createCommand(service, runId, "STEER", { prompt: "steered" });
  expect((await readSession(service, sessionId)).title).toBe("turned");
});

it("a later run keeps the title, unless it is the first to give one", async () => {
  const { sessionId, runId } = await createSession(service);
  await createCommand(service, runId, "TURN", { prompt: "by a prompt" });
  const titles: (string | null)[] = [];
  for (const metadata of [undefined, {}, { title: "Given" }, { title: "Another" }]) {
    const later = await createRun(service, { session: { sessionId, metadata } });
    titles.push((await readSession(service, sessionId)).title);
    await createCommand(service, later, "TURN", {});
  }
  expect(titles).toEqual(["by a prompt", "by a prompt", "Given", "Given"]);
});
