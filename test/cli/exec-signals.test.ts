import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { startCuttingProxy, startServiceProcess } from "../support/exec/outage.js";
import { type ExecProcess, endlessLines, nodeScript, sleeper, startExec } from "../support/exec/process.js";
import { readRecord } from "../support/exec/record.js";
import { createTask, readTask, startWorker } from "../support/exec/tasks.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { createCommand } from "../support/work.js";

const statesOfAll = graphql(`
  query StatesOfAll { runs { nodes { id status } } sessions { nodes { active } } }
`);

/** The statuses of all runs; none of their sessions is active. */
async function readStatuses(service: TestService): Promise<string[]> {
  const { runs, sessions } = await service.ask(statesOfAll);
  expect(sessions.nodes.filter(({ active }) => active)).toEqual([]);
  return runs.nodes.map(({ status }) => status);
}

/** Runs exec through a proxy that signals it once an operation is done, before exec has the answer, or in its place. */
async function signalAt(service: TestService, operation: string, isLost: boolean, argv: readonly string[]) {
  let exec: ExecProcess | undefined;
  let signals = 0;
  const proxy = await startCuttingProxy(service.url, (name) => {
    if (name !== operation || signals > 0) return false;
    signals += 1;
    exec?.child.kill("SIGTERM");
    return isLost;
  });
  exec = startExec(proxy.url, argv);
  const code = await exec.exitCode;
  expect(signals).toBe(1);
  return { exec, code };
}

describe("a signal while exec begins", () => {
  const steps = ["RegisterRunner", "CreateRun", "AcknowledgeCommand"];
  it.each(steps.flatMap((step) => [[step, "answered"] as const, [step, "lost"] as const]))(
    "at %s, %s, leaves nothing that waits",
    async (step, how) => {
      await using service = await startService();
      const { code } = await signalAt(service, step, how === "lost", ["sleep", "300"]);
      expect(code).toBe(143);
      const statuses = await readStatuses(service);
      // The signal and the answer may come in either order, so that the next step may be begun.
      if (step !== "RegisterRunner") expect(statuses).toHaveLength(1);
      expect(statuses.filter((status) => status !== "CANCELLED")).toEqual([]);
    },
  );

  it("starts no process", async () => {
    await using service = await startService();
    const { exec } = await signalAt(service, "CreateRun", false, ["echo", "word"]);
    expect(exec.stdout()).toBe("");
    expect(exec.stderr()).toContain("SIGTERM came before the command was run");
  });
});

describe("a signal while exec ends", () => {
  it.each(
    ["AppendEvents", "FinishCommand", "FinishRun"].flatMap((step) => [
      [step, false] as const,
      [step, true] as const,
    ]),
  )("at %s (answer lost: %s) changes nothing of how it ends", async (step, isLost) => {
    await using service = await startService();
    const { code } = await signalAt(service, step, isLost, ["true"]);
    expect(code).toBe(0);
    expect(await readStatuses(service)).toEqual(["COMPLETED"]);
  });
});

/** Signals exec again and again until it ends. Gives its exit code. */
async function interrupt({ child }: ExecProcess): Promise<number | null> {
  const exited = once(child, "exit");
  await expect.poll(() => child.kill("SIGINT") && child.exitCode === null, { timeout: 20_000 }).toBe(false);
  return (await exited)[0] as number | null;
}

/** Waits until a process that prints without end is held up. */
async function heldUp(measure: () => Promise<number> | number): Promise<void> {
  let before = -1;
  const isSame = async () => {
    const now = await measure();
    const same = now > 0 && now === before;
    before = now;
    return same;
  };
  await expect.poll(isSame, { interval: 500, timeout: 20_000 }).toBe(true);
}

describe("a second signal once the process has ended", () => {
  it("ends exec though the service is away and its buffer is full", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const service = await startServiceProcess(database.url);
    const exec = startExec(service.url, nodeScript(endlessLines), ["--buffer", "0.1"]);
    await exec.printed("line 100");
    await service.kill();
    await heldUp(exec.stdoutBytes);
    expect(await interrupt(exec)).toBe(1);
    expect(exec.stderr()).toContain("bytes were not stored");
  });

  it("ends exec and its run though nobody reads what it writes", async () => {
    await using service = await startService();
    const exec = startExec(service.url, nodeScript(endlessLines));
    const runId = await exec.runId();
    await exec.printed("line 100");
    exec.child.stdout.pause();
    await heldUp(async () => (await readRecord(service, runId)).outputs.length);
    expect(await interrupt(exec)).toBe(130);
    expect(await readRecord(service, runId)).toMatchObject({ status: "CANCELLED" });
  });
});

/** Says when it is interrupted, and goes on until its input ends. */
const survivor = nodeScript(`
process.on("SIGINT", () => console.log("interrupted"));
process.stdin.resume().on("end", () => process.exit(0));
console.log("ready");`);

describe("an end that was asked for", () => {
  const trapping = (code: number) => [
    "sh",
    "-c",
    `trap 'exit ${code}' INT TERM; echo ready; while :; do sleep 0.05; done`,
  ];
  it.each([
    { how: "SIGINT", argv: sleeper, code: 130, message: "asked to end by SIGINT: killed by SIGINT" },
    { how: "SIGTERM", argv: sleeper, code: 143, message: "asked to end by SIGTERM: killed by SIGTERM" },
    { how: "SIGHUP", argv: sleeper, code: 129, message: "asked to end by SIGHUP: killed by SIGHUP" },
    { how: "SIGINT", argv: trapping(130), code: 130, message: "asked to end by SIGINT: exit code 130" },
    { how: "SIGTERM", argv: trapping(2), code: 2, message: "asked to end by SIGTERM: exit code 2" },
    { how: "INTERRUPT", argv: sleeper, code: 130, message: "asked to end by SIGINT: killed by SIGINT" },
  ])("by $how is told as CANCELLED with exit code $code", async ({ how, argv, code, message }) => {
    await using service = await startService();
    const exec = startExec(service.url, argv);
    const runId = await exec.runId();
    await exec.printed("ready");
    if (how === "INTERRUPT") await createCommand(service, runId, "INTERRUPT");
    else exec.child.kill(how as NodeJS.Signals);
    expect(await exec.exitCode).toBe(code);
    expect(await readRecord(service, runId)).toMatchObject({
      status: "CANCELLED",
      failureKind: "CANCELLED",
      failureMessage: message,
      turn: { state: "CANCELLED" },
    });
  });

  it("is told as CANCELLED of a worker's task too", async () => {
    await using service = await startService();
    const taskId = await createTask(service, "interrupted");
    const worker = startWorker(service.url, "interrupted", sleeper);
    await worker.printed("ready");
    const { attempts } = await readTask(service, taskId);
    await createCommand(service, attempts[0]?.run?.id ?? "", "INTERRUPT");
    const state = async () => (await readTask(service, taskId)).state;
    await expect.poll(state).toBe("CANCELLED");
    expect((await readTask(service, taskId)).attempts).toMatchObject([
      { failureMessage: "asked to end by SIGINT: killed by SIGINT", run: { status: "CANCELLED" } },
    ]);
  });

  it("is COMPLETED where the program took the signal and ended well", async () => {
    await using service = await startService();
    const exec = startExec(service.url, survivor);
    const runId = await exec.runId();
    await exec.printed("ready");
    exec.child.kill("SIGINT");
    await exec.printed("interrupted");
    exec.child.stdin.end();
    expect(await exec.exitCode).toBe(0);
    expect(await readRecord(service, runId)).toMatchObject({ status: "COMPLETED", failureKind: null });
  });

  it("is a failure where a signal came that nobody asked exec for", async () => {
    await using service = await startService();
    const exec = startExec(service.url, ["sh", "-c", "kill -INT $$; sleep 300"]);
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(130);
    expect(await readRecord(service, runId)).toMatchObject({
      status: "FAILED",
      failureMessage: "killed by SIGINT",
    });
  });
});
