import { describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { type ServiceProcess, startCuttingProxy, startServiceProcess } from "../support/exec/outage.js";
import { type ExecProcess, endlessLines, nodeScript, startExec } from "../support/exec/process.js";
import { type RecordedOutput, numberedLines, readRecord } from "../support/exec/record.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { asking, callerOf, startService } from "../support/start-service.js";

const mebibyte = 1024 * 1024;

function askerOf(url: string) {
  return asking(callerOf(url));
}

/** An endless process recorded by a service that can be killed; some of its output is stored. */
async function startEndless(
  flags: string[],
): Promise<{ service: ServiceProcess; exec: ExecProcess; runId: string }> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const service = await startServiceProcess(database.url);
  const exec = startExec(service.url, nodeScript(endlessLines), flags);
  const runId = await exec.runId();
  await expect.poll(() => countEvents(service.url, runId)).toBeGreaterThan(10);
  return { service, exec, runId };
}

async function countEvents(url: string, id: string): Promise<number> {
  const lengthOfRun = graphql(`query LengthOfRun($id: ID!) { run(id: $id) { lastEventSeq } }`);
  const { run } = await askerOf(url).ask(lengthOfRun, { id });
  return found(run).lastEventSeq;
}

/** True once the service has told its time by the answer to a heartbeat. */
async function hasBeaten(url: string, id: string): Promise<boolean> {
  const beatOfRun = graphql(`query BeatOfRun($id: ID!) { run(id: $id) { lease { claimedAt heartbeatAt } } }`);
  const { claimedAt, heartbeatAt } = found((await askerOf(url).ask(beatOfRun, { id })).run?.lease);
  return heartbeatAt > claimedAt;
}

/** Everything that the process says it printed is stored, in order and once: all of its output. */
async function expectWhole(
  service: ServiceProcess,
  exec: ExecProcess,
  runId: string,
): Promise<RecordedOutput[]> {
  exec.child.stdin.end();
  expect(await exec.exitCode).toBe(0);
  const count = Number(/end (\d+)\n$/.exec(exec.stdout())?.[1]);
  const run = await readRecord(askerOf(service.url), runId);
  expect(run.status).toBe("COMPLETED");
  expect(run.text("STDOUT") === `${numberedLines("line", count)}end ${count}\n`).toBe(true);
  return run.outputs;
}

describe("a service that is killed in the middle of output and comes back", () => {
  it("has lost nothing and stored nothing twice, and knows when what it missed was printed", async () => {
    const { service, exec, runId } = await startEndless(["--buffer", "1"]);
    await expect.poll(() => hasBeaten(service.url, runId)).toBe(true);
    for (let outage = 0; outage < 2; outage += 1) {
      await service.kill();
      const awaySince = Date.now();
      await expect.poll(() => Date.now() - awaySince).toBeGreaterThan(1_000);
      await service.start();
      const before = await countEvents(service.url, runId);
      await expect.poll(() => countEvents(service.url, runId)).toBeGreaterThan(before + 5);
    }
    const outputs = await expectWhole(service, exec, runId);
    const times = outputs.map(({ occurredAt, createdAt }) => ({
      at: Date.parse(occurredAt),
      stored: Date.parse(createdAt),
    }));
    expect(times.some(({ at, stored }) => stored - at > 1_000)).toBe(true);
    expect(times.filter(({ at, stored }) => at > stored)).toEqual([]);
  });

  it("tells of what could not be sent at once when it was printed, not when it was stored", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const service = await startServiceProcess(database.url);
    const script = `process.stdin.on("data", (data) => process.stdout.write(data)); console.log("early")`;
    const exec = startExec(service.url, nodeScript(script), []);
    const runId = await exec.runId();
    const outputsNow = async () => (await readRecord(askerOf(service.url), runId)).outputs.length;
    await expect.poll(outputsNow).toBeGreaterThan(0);
    await service.kill();
    exec.child.stdin.write("late\n");
    await exec.printed("late\n");
    const printedAt = Date.now();
    await expect.poll(() => Date.now() - printedAt).toBeGreaterThan(1_000);
    await service.start();
    exec.child.stdin.end();
    expect(await exec.exitCode).toBe(0);
    const { outputs } = await readRecord(askerOf(service.url), runId);
    const late = found(outputs.find(({ text }) => text === "late\n"));
    expect(Date.parse(late.occurredAt)).toBeLessThanOrEqual(printedAt);
    expect(Date.parse(late.createdAt)).toBeGreaterThan(printedAt + 1_000);
  });

  it("has slowed the process once the buffer was full", async () => {
    const { service, exec, runId } = await startEndless(["--buffer", "0.5"]);
    await service.kill();
    const atKill = exec.stdoutBytes();
    const samples: number[] = [];
    const isStill = () => {
      samples.push(exec.stdoutBytes());
      return samples.length >= 10 && samples.at(-10) === samples.at(-1);
    };
    await expect.poll(isStill, { interval: 100 }).toBe(true);
    expect(exec.stdoutBytes() - atKill).toBeLessThan(mebibyte);
    expect(exec.child.exitCode).toBe(null);
    const atStand = exec.stdoutBytes();
    await service.start();
    await expect.poll(() => exec.stdoutBytes()).toBeGreaterThan(atStand + mebibyte);
    await expectWhole(service, exec, runId);
  });
});

describe("a service that stays away", () => {
  it("is waited for after the process has ended, until a signal says otherwise", async () => {
    const { service, exec } = await startEndless([]);
    await service.kill();
    exec.child.stdin.end();
    await exec.printed("\nend ");
    const giveUp = setInterval(() => exec.child.kill("SIGINT"), 100);
    onTestFinished(() => clearInterval(giveUp));
    expect(await exec.exitCode).toBe(0);
    expect(exec.stderr()).toContain("were not stored");
  });
});

describe("an answer that is lost", () => {
  it("makes nothing happen twice", async () => {
    await using service = await startService();
    const lost = new Map<string, number>();
    // The first two answers to each operation, and every third after, never arrive.
    const proxy = await startCuttingProxy(service.url, (operation) => {
      const count = (lost.get(operation) ?? 0) + 1;
      lost.set(operation, count);
      return count <= 2 || count % 3 === 0;
    });
    const script = `for (let i = 0; i < 20000; i++) process.stdout.write("line " + i + "\\n")`;
    const exec = startExec(proxy.url, nodeScript(script));
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(0);
    expect(proxy.cuts()).toBeGreaterThan(10);
    const run = await readRecord(service, runId);
    expect(run.text("STDOUT")).toBe(numberedLines("line", 20_000));
    expect(run.status).toBe("COMPLETED");
    expect(run.outputs.filter(({ exitCode }) => exitCode !== null)).toHaveLength(1);
    const runAndSessionCount = graphql(`
      query RunAndSessionCount { runs { totalCount } sessions { totalCount } }
    `);
    const { runs, sessions } = await service.ask(runAndSessionCount);
    expect([runs.totalCount, sessions.totalCount]).toEqual([1, 1]);
  });
});
