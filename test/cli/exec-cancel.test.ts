import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive } from "../support/exec/alive.js";
import { type ExecProcess, nodeScript, startExec } from "../support/exec/process.js";
import { readRecord } from "../support/exec/record.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { cancelCommand, cancelRun, createCommand } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A shell and a program that it started: both say their process id, and go on without end. */
const family = ["sh", "-c", "sleep 600 & echo shell $$ sleep $! ready; wait; exit 9"];

/** A process that says when it is interrupted, and goes on. */
const stubborn = nodeScript(`
process.on("SIGINT", () => console.log("interrupted"));
setInterval(() => {}, 1000);
console.log("pid " + process.pid + " ready");`);

async function startReady(
  argv: readonly string[],
): Promise<{ exec: ExecProcess; runId: string; pids: number[] }> {
  const exec = startExec(service.url, argv);
  const runId = await exec.runId();
  await exec.printed("ready");
  return { exec, runId, pids: exec.stdout().match(/\d+/g)?.map(Number) ?? [] };
}

describe("cancelling", () => {
  it("the run stops the process and all that it started", async () => {
    const { exec, runId, pids } = await startReady(family);
    await cancelRun(service, runId);
    expect(await exec.exitCode).toBe(143);
    expect(exec.stderr()).toContain("the run was cancelled: stopping the process");
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(await readRecord(service, runId)).toMatchObject({
      status: "CANCELLED",
      turn: { state: "CANCELLED" },
    });
  });

  it("the turn stops the process, and its run ends with what it printed last", async () => {
    const { exec, runId } = await startReady(
      nodeScript(`
        process.on("SIGTERM", () => { console.log("last words"); process.exit(5); });
        setInterval(() => {}, 1000);
        console.log("ready");`),
    );
    const { turn } = await readRecord(service, runId);
    await cancelCommand(service, turn.id);
    expect(await exec.exitCode).toBe(5);
    const run = await readRecord(service, runId);
    expect(run).toMatchObject({
      status: "CANCELLED",
      failureKind: "CANCELLED",
      turn: { state: "CANCELLED" },
    });
    expect(run.text("STDOUT")).toBe("ready\nlast words\n");
    expect(run.outputs.at(-1)).toMatchObject({ exitCode: 5 });
  });
});

describe("a message to the run", () => {
  it("interrupts the process where it is an interrupt, and is refused where it is a steer", async () => {
    const { exec, runId } = await startReady(stubborn);
    const steerId = await createCommand(service, runId, "STEER", { text: "go left" });
    const interruptId = await createCommand(service, runId, "INTERRUPT");
    await exec.printed("interrupted");
    process.kill(exec.child.pid!, "SIGTERM");
    expect(await exec.exitCode).toBe(143);
    const endsOfCommands = graphql(`
      query EndsOfCommands($ids: [ID!]!) { nodes(ids: $ids) { ... on Command { state failureMessage } } }
    `);
    const { nodes } = await service.ask(endsOfCommands, { ids: [steerId, interruptId] });
    expect(nodes).toEqual([
      { state: "FAILED", failureMessage: expect.stringContaining("cannot take a steer") },
      { state: "COMPLETED", failureMessage: null },
    ]);
  });
});

describe("a signal to exec", () => {
  it("goes on to the process; a second SIGINT kills it", async () => {
    const { exec, runId } = await startReady(stubborn);
    exec.child.kill("SIGINT");
    await exec.printed("interrupted");
    exec.child.kill("SIGINT");
    expect(await exec.exitCode).toBe(137);
    expect(await readRecord(service, runId)).toMatchObject({
      status: "CANCELLED",
      failureMessage: "asked to end by SIGINT: killed by SIGKILL",
    });
  });
});
