import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isAlive } from "../support/exec/alive.js";
import { type ExecProcess, nodeScript, startExec } from "../support/exec/process.js";
import { readRecord } from "../support/exec/record.js";
import { createTask, readTask, startWorker } from "../support/exec/tasks.js";
import { found } from "../support/found.js";
import { type TestService, startService } from "../support/start-service.js";
import { cancelRun, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux");

/** Writes numbers by turns to both streams. */
const alternating = [
  "sh",
  "-c",
  "i=0; while [ $i -lt 200 ]; do echo $i; echo $((i+1)) >&2; i=$((i+2)); done",
];
const inOrder = Array.from({ length: 200 }, (_, index) => `${index}\n`).join("");

describe("--stdin none", () => {
  it("gives the process an input that is at its end, though ours is open", async () => {
    const exec = startExec(service.url, ["cat"], ["--stdin", "none"]);
    expect(await exec.exitCode).toBe(0);
    expect(exec.child.stdin.writableEnded).toBe(false);
  });
});

describe("--merge", () => {
  it("keeps one order of both streams", async () => {
    const exec = startExec(service.url, alternating, ["--merge"]);
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(0);
    expect(exec.stdout()).toBe(inOrder);
    expect((await readRecord(service, runId)).text("STDOUT")).toBe(inOrder);
  });

  it("does so for a worker's tasks", async () => {
    const queue = uniqueName("queue");
    const taskId = await createTask(service, queue);
    const worker = startWorker(service.url, queue, alternating, ["--merge"]);
    const state = async () => (await readTask(service, taskId)).state;
    await expect.poll(state).toBe("COMPLETED");
    const { attempts } = await readTask(service, taskId);
    const run = await readRecord(service, found(attempts[0]?.run).id);
    expect(run.text("STDOUT")).toBe(inOrder);
    worker.child.kill("SIGTERM");
    expect(await worker.exitCode).toBe(0);
  });
});

describe.skipIf(!hasScript)("--pty", () => {
  const startInTerminal = (argv: readonly string[], flags: readonly string[] = [], env = {}): ExecProcess =>
    startExec(service.url, argv, ["--pty", ...flags], env);

  it("gives the process a terminal of its own, with one order of both streams", async () => {
    const script = `test -t 0 && test -t 1 && test -t 2 && : >/dev/tty && echo "$SHELL $(stty size)"; exec "$@"`;
    const exec = startInTerminal(["sh", "-c", script, "sh", ...alternating], [], { SHELL: "/bin/it's mine" });
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(0);
    const expected = `/bin/it's mine 24 80\n${inOrder}`.replaceAll("\n", "\r\n");
    expect(exec.stdout()).toBe(expected);
    expect((await readRecord(service, runId)).text("STDOUT")).toBe(expected);
  });

  it("hands our input on, and its end", async () => {
    const exec = startInTerminal(
      nodeScript(`process.stdin.on("data", (text) => console.log("got " + text))`),
    );
    exec.child.stdin.end("word\n");
    expect(await exec.exitCode).toBe(0);
    expect(exec.stdout()).toContain("got word");
    expect(await startInTerminal(["cat"], ["--stdin", "none"]).exitCode).toBe(0);
  });

  it.each([
    { argv: ["sh", "-c", "exit 3"], code: 3 },
    { argv: ["sh", "-c", "kill -9 $$"], code: 137 },
    { argv: ["no-such-program"], code: 127 },
  ])("ends as the process does: $argv is $code", async ({ argv, code }) => {
    const exec = startInTerminal(argv);
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(code);
    expect(await readRecord(service, runId)).toMatchObject({
      status: "FAILED",
      failureMessage: `exit code ${code}`,
    });
  });

  const family = ["sh", "-c", "sleep 400 & echo pid $! pid $$; echo ready; wait"];
  const startFamily = async () => {
    const exec = startInTerminal(family);
    await exec.printed("ready");
    return { exec, pids: [...exec.stdout().matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid)) };
  };
  it.each([
    ["a signal", 130, "CANCELLED"],
    ["the cancelling of the run", 143, "CANCELLED"],
  ])("%s ends the process with all that it started", async (what, code, status) => {
    const { exec, pids } = await startFamily();
    const runId = await exec.runId();
    if (what === "a signal") exec.child.kill("SIGINT");
    else await cancelRun(service, runId);
    expect(await exec.exitCode).toBe(code);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await readRecord(service, runId)).toMatchObject({ status });
  });

  it("kill -9 of exec ends the process with all that it started", async () => {
    const { exec, pids } = await startFamily();
    exec.child.kill("SIGKILL");
    await expect.poll(() => pids.filter(isAlive), { interval: 100 }).toEqual([]);
  });
});

it("--pty is refused in words where script(1) is not there, and nothing is made", async () => {
  const path = mkdtempSync(join(tmpdir(), "agentrun-empty-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const exec = startExec(service.url, ["true"], ["--pty", "--session", "refused"], { PATH: path });
  expect(await exec.exitCode).toBe(1);
  expect(exec.stderr()).toContain("--pty needs script(1) of util-linux");
  expect(exec.stderr()).not.toContain("follow it");
});
