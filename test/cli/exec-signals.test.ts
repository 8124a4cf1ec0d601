import { describe, expect, it } from "vitest";
import { startCuttingProxy } from "../support/exec/outage.js";
import { type ExecProcess, nodeScript, sleeper, startExec } from "../support/exec/process.js";
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
