import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExec } from "../support/exec/process.js";
import { createTask, startWorker } from "../support/exec/tasks.js";
import { runProgram } from "../support/program.js";
import { asking, callerOf, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { uniqueName } from "../support/work.js";

const folder = mkdtempSync(join(tmpdir(), "agentrun-token-"));
const file = join(folder, "token");
let service: Awaited<ReturnType<typeof startService>>;
let token: string;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  token = await tokenFor("acme");
  writeFileSync(file, `${token}\n`);
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

/** Prints the environment with which the shell was started, as the system knows it. */
const printEnvironment = ["sh", "-c", "tr '\\0' '\\n' </proc/$$/environ; echo ready"];

/** The ways to give the token, which exec itself must be able to use. */
const ways = [
  { way: "AGENTRUN_TOKEN", flags: () => [], env: () => ({ AGENTRUN_TOKEN: token }) },
  { way: "AGENTRUN_TOKEN_FILE", flags: () => [], env: () => ({ AGENTRUN_TOKEN_FILE: file }) },
  {
    way: "--token-file",
    flags: () => ["--token-file", file],
    env: () => ({ AGENTRUN_TOKEN: "not-this-one" }),
  },
];

function assertNoToken(environment: string): void {
  expect(environment).toContain("PATH=");
  expect(environment).not.toMatch(/^AGENTRUN_TOKEN/m);
  expect(environment).not.toContain(token);
}

describe.each(ways)("a token by $way", ({ flags, env }) => {
  it("is not handed to the process of exec", async () => {
    const exec = startExec(service.url, printEnvironment, flags(), env());
    expect(await exec.exitCode).toBe(0);
    assertNoToken(exec.stdout());
  });

  it("is not handed to the process of a worker", async () => {
    const queue = uniqueName("queue");
    await createTask(asking(callerOf(service.url, token)), queue);
    const worker = startWorker(service.url, queue, printEnvironment, flags(), env());
    await worker.printed("ready");
    worker.child.kill("SIGTERM");
    expect(await worker.exitCode).toBe(0);
    assertNoToken(worker.stdout());
    expect(worker.stdout()).toMatch(/^AGENTRUN_RUN_ID=run_/m);
  });

  it("is taken by seed", async () => {
    const program = runProgram(["seed", "--sessions", "1", "--url", service.url, ...flags()], env());
    expect(await program.ended).toBe(0);
    expect(program.stdout()).toMatch(/sessions +1 new|1 were there already/);
  });
});

describe("a token on the command line", () => {
  it.each([
    ["exec", ["exec", "--token", "do-not-print", "--", "echo", "ran"]],
    ["exec, in one word", ["exec", "--token=do-not-print", "--", "echo", "ran"]],
    ["exec --queue", ["exec", "--queue", "q", "--token", "do-not-print", "--", "echo", "ran"]],
    ["seed", ["seed", "--token", "do-not-print"]],
  ])("is refused by %s, which says where to put it and does not repeat it", async (_command, args) => {
    const program = runProgram([...args], { AGENTRUN_URL: service.url });
    expect([await program.ended, program.stdout()]).toEqual([1, ""]);
    expect(program.stderr()).toMatch(/--token is refused.*AGENTRUN_TOKEN.*--token-file/);
    expect(program.stderr()).not.toContain("do-not-print");
  });

  it("is the process's own after --", async () => {
    const exec = startExec(service.url, ["echo", "--token", "its own"], [], { AGENTRUN_TOKEN: token });
    expect([await exec.exitCode, exec.stdout()]).toEqual([0, "--token its own\n"]);
  });
});

it.each([
  ["exec", ["--", "echo", "ran"]],
  ["seed", []],
])("%s says which file has no token", async (command, rest) => {
  const missing = join(folder, "missing");
  const program = runProgram([command, "--url", service.url, "--token-file", missing, ...rest]);
  expect([await program.ended, program.stdout()]).toEqual([1, ""]);
  expect(program.stderr()).toContain(missing);
});
