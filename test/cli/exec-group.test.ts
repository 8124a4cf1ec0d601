import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isAlive, stateOf } from "../support/exec/alive.js";
import { type ExecProcess, nodeScript, startExec } from "../support/exec/process.js";
import { readRecord } from "../support/exec/record.js";
import { createTask, readTask, startWorker } from "../support/exec/tasks.js";
import { cancelTask } from "../support/queue.js";
import { type TestService, startService } from "../support/start-service.js";
import { cancelRun, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** The process ids that a program has printed; they are killed with the test. */
async function pidsOf(exec: ExecProcess, last = "ready"): Promise<number[]> {
  await exec.printed(last);
  const pids = [...exec.stdout().matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
  onTestFinished(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  return pids;
}

/** Starts a process that ignores SIGTERM and holds no stream, and goes on until the program is stopped. */
const deaf = `sh -c 'trap "" TERM; exec sleep 400' >/dev/null 2>&1 & echo pid $!; echo ready; `;

async function expectAllGone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { interval: 100 }).toEqual([]);
}

describe("what a program has left running", () => {
  const ticking = `(while :; do echo tick; sleep 0.1; done) & echo pid $!; echo ready; exit 7`;

  it("and prints on does not hold exec: the program's exit counts, and that the rest is cut is told", async () => {
    const exec = startExec(service.url, ["sh", "-c", ticking]);
    await pidsOf(exec);
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(7);
    expect(exec.stderr()).toContain("left something running that holds its output");
    const run = await readRecord(service, runId);
    expect(run).toMatchObject({ status: "FAILED", failureMessage: "exit code 7" });
    expect(run.text("STDOUT")).toBe(exec.stdout());
  });

  it("and prints on does not hold a worker", async () => {
    const queue = uniqueName("queue");
    const ids = [await createTask(service, queue), await createTask(service, queue)];
    const worker = startWorker(service.url, queue, ["sh", "-c", ticking]);
    for (const id of ids) {
      const state = async () => (await readTask(service, id)).state;
      await expect.poll(state, { interval: 100 }).toBe("FAILED");
    }
    await pidsOf(worker);
  });

  it("and is silent lives on, and that it is read no further is told", async () => {
    const exec = startExec(service.url, ["sh", "-c", "sleep 400 & echo pid $!; echo ready"]);
    const [pid = 0] = await pidsOf(exec);
    expect(await exec.exitCode).toBe(0);
    expect(exec.stderr()).toContain("left something running that holds its output");
    expect(isAlive(pid)).toBe(true);
  });

  it("is ended with a program that is stopped, though it ignores SIGTERM and holds no stream", async () => {
    const exec = startExec(service.url, ["sh", "-c", `${deaf}sleep 300`]);
    const pids = await pidsOf(exec);
    await cancelRun(service, await exec.runId());
    expect(await exec.exitCode).toBe(143);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("is ended before a worker takes the next task", async () => {
    const queue = uniqueName("queue");
    const taskId = await createTask(service, queue);
    const script = `read -r payload; case $payload in *short*) exit 0;; esac; ${deaf}sleep 300`;
    const worker = startWorker(service.url, queue, ["sh", "-c", script]);
    const pids = await pidsOf(worker);
    const nextId = await createTask(service, queue, { payload: { how: "short" } });
    await cancelTask(service, taskId);
    const attempts = async () => (await readTask(service, nextId)).attempts.length;
    await expect.poll(attempts, { interval: 50 }).toBe(1);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe("a program whose exec is killed with kill -9", () => {
  it.each([
    ["ends with all that it started", `sleep 400 & echo pid $! pid $$; echo ready; wait`],
    [
      "ends too if it ignores SIGTERM",
      `trap "" TERM; ${deaf}echo pid $$; echo all; while :; do sleep 1; done`,
    ],
  ])("%s", async (_what, script) => {
    const exec = startExec(service.url, ["sh", "-c", script]);
    const pids = await pidsOf(exec, script.includes("echo all") ? "all" : "ready");
    exec.child.kill("SIGKILL");
    expect(pids).toHaveLength(2);
    await expectAllGone(pids);
  });

  it("ends too if it is a worker's", async () => {
    const queue = uniqueName("queue");
    await createTask(service, queue);
    const worker = startWorker(service.url, queue, ["sh", "-c", "echo pid $$; echo ready; sleep 400"]);
    const pids = await pidsOf(worker);
    worker.child.kill("SIGKILL");
    await expectAllGone(pids);
  });
});

describe("Ctrl-Z", () => {
  it("stops the program with exec, and lets it go on with it", async () => {
    const script = `console.log("pid " + process.pid + " ready");
      process.stdin.resume().on("end", () => { console.log("done"); process.exit(0); });`;
    const exec = startExec(service.url, nodeScript(script));
    const [pid = 0] = await pidsOf(exec);
    exec.child.kill("SIGTSTP");
    const states = () => [pid, exec.child.pid ?? 0].map(stateOf).join("");
    await expect.poll(states).toBe("TT");
    exec.child.stdin.end();
    exec.child.kill("SIGCONT");
    expect(await exec.exitCode).toBe(0);
    expect(exec.stdout()).toContain("done");
  });
});
