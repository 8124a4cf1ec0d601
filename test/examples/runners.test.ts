// The runners that docs/runners.md shows: each asks, waits and goes on, and the page shows them as they are.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { answerDocument, openRequest } from "../support/requests.js";
import { type TestService, startService } from "../support/start-service.js";
import { claim, createSession, readEvents, uniqueName } from "../support/work.js";

const folder = mkdtempSync(join(tmpdir(), "agentrun-runner-"));
let service: TestService;
beforeAll(async () => {
  // What a project has that installed the package.
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve("."), join(folder, "node_modules/agentrun-graph"));
  symlinkSync(resolve("node_modules/ws"), join(folder, "node_modules/ws"));
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  service = await startService();
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

function compile(): string {
  const options = [
    "--ignoreConfig",
    "--outDir",
    folder,
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--types",
    "node",
    "--skipLibCheck",
    "--rootDir",
    "test/examples",
  ];
  const done = spawnSync(resolve("node_modules/.bin/tsc"), ["test/examples/runner.ts", ...options], {
    encoding: "utf8",
  });
  expect(done.stdout + done.stderr).toBe("");
  return join(folder, "runner.js");
}

const openDocument = graphql(`
  query AskedByExample($runId: ID!) { inputRequests(filter: { runId: $runId }) { nodes { id prompt choices { id } } } }
`);

/** Another runner takes the turn, asks, and gives the run back. */
async function beginAndLeave(runId: string): Promise<void> {
  const { leaseToken } = await claim(service, runId);
  const { run } = await service.ask(`query ($id: ID!) { run(id: $id) { commands { nodes { id } } } }`, {
    id: runId,
  });
  const requestId: string = run.commands.nodes[0].id;
  const send = (field: string, type: string, input: object) =>
    service.ask(`mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`, { input });
  await send("acknowledgeCommand", "AcknowledgeCommandInput", { commandId: requestId, leaseToken });
  const asked = { requestId, kind: "approval", prompt: "May I deploy?", choices: ["now", "tonight"] };
  await openRequest(service, runId, asked, leaseToken);
  await send("releaseRun", "ReleaseRunInput", { runId, leaseToken });
}

const programs = {
  "runner.ts": () => [process.execPath, compile()],
  "runner.sh": () => ["bash", "test/examples/runner.sh"],
};

it.each([
  ["runner.ts", "of its own", async () => {}],
  ["runner.ts", "that another began", beginAndLeave],
  ["runner.sh", "of its own", async () => {}],
  ["runner.sh", "that another began", beginAndLeave],
] as const)(
  "%s asks in a run %s, waits for the answer, and goes on with it once",
  async (name, _run, begin) => {
    const profile = uniqueName("profile");
    const [program = "", ...args] = programs[name]();
    const turn = { payload: { prompt: "deploy" } };
    const { runId } = await createSession(service, {}, { backendProfile: profile, turn });
    await begin(runId);
    const runner = spawn(
      program,
      [...args, `${service.url}/graphql`.replace(/(\/graphql)+$/, "/graphql"), profile],
      {
        env: { ...process.env, POLL_SECONDS: "0.1" },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let said = "";
    runner.stderr.on("data", (part: Buffer) => (said += part.toString()));
    const ended = once(runner, "exit");
    const asked = async () => (await service.ask(openDocument, { runId })).inputRequests.nodes;
    await expect
      .poll(asked)
      .toMatchObject([{ prompt: "May I deploy?", choices: [{ id: "now" }, { id: "tonight" }] }]);
    const [request] = await asked();
    const input = { id: request?.id ?? "", decision: "APPROVED" as const, choiceIds: ["tonight"] };
    await service.ask(answerDocument, { input });
    expect([...(await ended), said]).toEqual([0, null, ""]);
    const events = await readEvents(service, runId);
    expect(
      events.filter(({ type }) => type === "ASSISTANT_MESSAGE").map(({ payload }) => payload.text),
    ).toEqual(["approved: tonight"]);
    const { run } = await service.ask(graphql(`query EndOfExample($id: ID!) { run(id: $id) { status } }`), {
      id: runId,
    });
    expect(run?.status).toBe("COMPLETED");
  },
);

it("docs/runners.md shows both as they are, each in at most 40 lines", () => {
  const page = readFileSync("docs/runners.md", "utf8");
  for (const name of ["runner.ts", "runner.sh"]) {
    const text = readFileSync(`test/examples/${name}`, "utf8");
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    expect(page).toContain(text.trimEnd());
  }
});
