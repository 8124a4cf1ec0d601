import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPort } from "../support/exec/outage.js";
import { startExec } from "../support/exec/process.js";
import { readRecord } from "../support/exec/record.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { readSession, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

describe("the end of a process", () => {
  it.each([
    { argv: ["true"], code: 0, status: "COMPLETED", message: null },
    { argv: ["sh", "-c", "exit 3"], code: 3, status: "FAILED", message: "exit code 3" },
    { argv: ["sh", "-c", "kill -9 $$"], code: 137, status: "FAILED", message: "killed by SIGKILL" },
    { argv: ["no-such-program"], code: 127, status: "FAILED", message: /could not be started.*ENOENT/ },
    { argv: ["/etc/passwd"], code: 126, status: "FAILED", message: /could not be started.*EACCES/ },
  ])("of $argv is exit code $code and $status", async ({ argv, code, status, message }) => {
    const exec = startExec(service.url, argv);
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(code);
    const run = await readRecord(service, runId);
    expect(run.status).toBe(status);
    expect(run.turn.state).toBe(status);
    expect(run.failureKind).toBe(code === 0 ? null : "BACKEND_FAILED");
    if (message instanceof RegExp) expect(run.failureMessage).toMatch(message);
    else expect(run.failureMessage).toBe(message);
    expect(run.outputs.at(-1)).toMatchObject({ text: "", exitCode: code });
    expect(run.outputs.slice(0, -1).map((output) => output.exitCode)).not.toContain(code);
  });

  it("does not wait for silent processes that were left running", async () => {
    const exec = startExec(service.url, ["sh", "-c", "sleep 600 & echo $!"]);
    expect(await exec.exitCode).toBe(0);
    process.kill(Number(exec.stdout()));
  });

  it("comes by SIGPIPE where nobody reads what it prints", async () => {
    const exec = startExec(service.url, ["yes"]);
    const runId = await exec.runId();
    exec.child.stdout.destroy();
    expect(await exec.exitCode).toBe(141);
    expect(await readRecord(service, runId)).toMatchObject({ failureMessage: "killed by SIGPIPE" });
  });
});

describe("the turn of a process", () => {
  it("is the command line as it was typed", async () => {
    const exec = startExec(service.url, ["echo", "it's", "--", "$HOME", "--quiet"]);
    const runId = await exec.runId();
    await exec.exitCode;
    const { turn } = await readRecord(service, runId);
    expect(turn.payload).toMatchObject({
      prompt: `echo 'it'\\''s' -- '$HOME' --quiet`,
      argv: ["echo", "it's", "--", "$HOME", "--quiet"],
      cwd: process.cwd(),
    });
  });

  it("continues the session that is named", async () => {
    const sessionId = uniqueName("exec");
    for (const word of ["first", "second"]) {
      expect(await startExec(service.url, ["echo", word], ["--session", sessionId]).exitCode).toBe(0);
    }
    const outputsOfSession = graphql(`
      query OutputsOfSession($sessionId: String!) {
        session(by: { sessionId: $sessionId }) {
          runs(orderBy: OLDEST) { nodes { status output { nodes { ... on CommandOutputEvent { text } } } } }
        }
      }
    `);
    const { session } = await service.ask(outputsOfSession, { sessionId });
    expect(session?.runs.nodes.map(({ status, output }) => [status, output.nodes[0]])).toEqual([
      ["COMPLETED", { text: "first\n" }],
      ["COMPLETED", { text: "second\n" }],
    ]);
    expect(await readSession(service, sessionId)).toMatchObject({ title: "echo second", active: false });
  });

  it("says nothing of its own with --quiet", async () => {
    const exec = startExec(service.url, ["echo", "word"], ["--quiet"]);
    expect(await exec.exitCode).toBe(0);
    expect([exec.stdout(), exec.stderr()]).toEqual(["word\n", ""]);
  });
});

describe("a process is not run", () => {
  it("where the service cannot be reached in time", async () => {
    const url = `http://127.0.0.1:${await findPort()}/graphql`;
    const exec = startExec(url, ["echo", "word"], ["--wait", "0.5"]);
    expect(await exec.exitCode).toBe(1);
    expect(exec.stdout()).toBe("");
    expect(exec.stderr()).toContain("the command was not run");
    expect(exec.stderr()).toContain("ECONNREFUSED");
  });

  it.each([
    { why: "the token may not run anything", scopes: ["reader"] as const, message: "runner" },
    { why: "there is no token", scopes: undefined, message: "token" },
  ])("where $why", async ({ scopes, message }) => {
    await using guarded = await startService({ config: { auth: tokenAuth } });
    const env = scopes ? { AGENTRUN_TOKEN: await tokenFor("acme", scopes) } : undefined;
    const exec = startExec(guarded.url, ["echo", "word"], [], env);
    expect(await exec.exitCode).toBe(1);
    expect(exec.stdout()).toBe("");
    expect(exec.stderr()).toContain(message);
  });
});
