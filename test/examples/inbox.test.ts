import { setImmediate } from "node:timers/promises";
// The examples that README.md and docs/clients.md name: an inbox with hooks, and a runner.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPage } from "../support/browser-page.js";
import { type Project, openProject } from "../support/recipes.js";
import { answerDocument, openRequest } from "../support/requests.js";
import { type TestService, asking, callerOf, startService } from "../support/start-service.js";
import { append, createSession, readEvents, uniqueName } from "../support/work.js";

const patience = { timeout: 60_000 };
let project: Project;
let faults: string;
let service: TestService;
beforeAll(async () => {
  project = openProject("react", "react-dom", "@types", "csstype", "scheduler", "ws");
  for (const file of ["inbox.tsx", "runner-short.ts"])
    project.write(file, readFileSync(`test/examples/${file}`, "utf8"));
  const types = ["--lib", "es2023,dom", "--jsx", "react-jsx"];
  faults = project.compile(["inbox.tsx", "runner-short.ts"], ...types);
  service = await startService();
});
afterAll(async () => {
  await service.close();
  project.close();
});

it("the examples compile", () => {
  expect(faults).toBe("");
});

it("an inbox with hooks in 40 lines shows what is there, what comes and what is asked, and answers it", async () => {
  const asks = asking(callerOf(service.url));
  const { sessionId, runId } = await createSession(asks);
  await using page = openPage("inbox", { url: service.url });
  const { root } = (await import(pathToFileURL(join(project.folder, "inbox.js")).href)) as {
    root: { unmount(): void };
  };
  await expect.poll(page.text, patience).toContain(sessionId);
  page.click(sessionId);
  await append(asks, runId, ["hello there"]);
  await expect.poll(page.text, patience).toContain("hello there");
  await openRequest(asks, runId, { prompt: "Deploy now?", kind: "question", choices: ["Now"] });
  await expect.poll(page.text, patience).toContain("Deploy now?");
  const choices = [
    { id: "go", label: "Approve", decision: "approved" },
    { id: "stop", label: "Decline", decision: "denied" },
  ];
  for (const [prompt, button, given] of [
    ["May I delete it?", "Decline", choices],
    ["May I push?", "No", undefined],
  ] as const) {
    const asked = await openRequest(asks, runId, { prompt, kind: "approval", choices: given });
    await expect.poll(page.text, patience).toContain(prompt);
    page.click(button);
    const answer = async () => {
      const { node } = await asks.ask(
        `query ($id: ID!) { node(id: $id) { ... on InputRequest { answer { decision } } } }`,
        { id: asked },
      );
      return node.answer?.decision;
    };
    await expect.poll(answer, patience).toBe("DENIED");
  }
  const second = await createSession(asks);
  await expect.poll(page.text, patience).toContain(second.sessionId);
  root.unmount();
  // What React still does of it asks for the window: its turns come before these.
  await setImmediate();
  await setImmediate();
  expect(readFileSync("test/examples/inbox.tsx", "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(
    40,
  );
});

it("README.md shows a runner in 25 lines as it is, and it asks, waits and finishes", async () => {
  const text = readFileSync("test/examples/runner-short.ts", "utf8").trimEnd();
  expect(text.split("\n").length).toBeLessThanOrEqual(25);
  expect(readFileSync("README.md", "utf8")).toContain(text);
  const profile = uniqueName("profile");
  const turn = { payload: { prompt: "deploy" } };
  const { runId } = await createSession(service, {}, { backendProfile: profile, turn });
  const runner = project.run(process.execPath, "runner-short.js", service.url, profile);
  const asked = async () => {
    const events = await readEvents(service, runId);
    return events.filter(({ type }) => type === "INPUT_REQUEST").map(({ payload }) => payload["prompt"]);
  };
  await expect.poll(asked, patience).toEqual(["May I deploy?"]);
  const { inputRequests } = await service.ask(
    `query ($runId: ID!) { inputRequests(filter: { runId: $runId }) { nodes { id } } }`,
    { runId },
  );
  const input = {
    id: inputRequests.nodes[0].id as string,
    decision: "APPROVED" as const,
    choiceIds: ["tonight"],
  };
  await service.ask(answerDocument, { input });
  expect([await runner.ended, runner.errors()]).toEqual([0, ""]);
  const events = await readEvents(service, runId);
  expect(
    events.filter(({ type }) => type === "ASSISTANT_MESSAGE").map(({ payload }) => payload.text),
  ).toEqual(["approved: tonight"]);
  expect(events.at(-1)?.type).toBe("TERMINAL_STATUS");
});
