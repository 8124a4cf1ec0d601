import { afterAll, beforeAll, expect, it } from "vitest";
import { clientOf, codeOfError, createTurn, holdNext } from "../../support/held-run.js";
import { type TestService, startService } from "../../support/start-service.js";
import { readEvents } from "../../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

it("an event that is refused takes no other call's events with it, and its error names its own place", async () => {
  const { profile, runId } = await createTurn(service);
  const run = await holdNext(clientOf(service), profile);
  const say = (...texts: string[]) =>
    run.append(...texts.map((text) => ({ type: "ASSISTANT_MESSAGE" as const, payload: { text } })));
  const bad = { type: "TOOL_CALL" as const, payload: { name: "Bash", toolCallId: "t", durationMs: 7.4 } };
  const good = { type: "ASSISTANT_MESSAGE" as const, payload: { text: "with a bad one" } };
  const asked = run.ask({ kind: "approval", prompt: "Go?" }).catch(codeOfError);
  const ends = await Promise.allSettled([
    say("one", "two"),
    run.append(bad),
    run.append(good, bad),
    say("three"),
  ]);
  expect(ends.map((end) => (end.status === "rejected" ? (end.reason as Error).message : "stored"))).toEqual([
    "stored",
    expect.stringMatching(/^input\.events\.0\.payload\.durationMs /),
    expect.stringMatching(/^input\.events\.1\.payload\.durationMs /),
    "stored",
  ]);
  const events = (await readEvents(service, runId)).filter(({ type }) =>
    ["ASSISTANT_MESSAGE", "TOOL_CALL", "INPUT_REQUEST"].includes(type),
  );
  expect(events.map(({ payload }) => payload.text ?? payload["prompt"])).toEqual([
    "Go?",
    "one",
    "two",
    "three",
  ]);
  await run.finish();
  expect(await asked).toBe("RUN_OVER");
});

it("events of one call that are more than one request holds are stored in their order", async () => {
  const { profile, runId } = await createTurn(service);
  const run = await holdNext(clientOf(service), profile);
  const texts = Array.from({ length: 5 }, (_, index) => `${index} ${"so it goes on ".repeat(14_000)}`);
  const events = texts.map((text) => ({ type: "ASSISTANT_MESSAGE" as const, payload: { text } }));
  await Promise.all([run.append(...events), run.append({ type: "DIFF", payload: { diff: "last" } })]);
  const stored = (await readEvents(service, runId)).filter(({ payload }) => payload.text ?? payload["diff"]);
  expect(stored.map(({ payload }) => payload.text?.[0] ?? payload["diff"])).toEqual([
    "0",
    "1",
    "2",
    "3",
    "4",
    "last",
  ]);
  await run.finish();
});
