import { describe, expect, it } from "vitest";
import { expireRunLease } from "../../src/actions/expire-run-leases.js";
import { graphql } from "../support/graphql.js";
import { passLease } from "../support/node.js";
import { shareNode, shareService } from "../support/shared-service.js";
import {
  cancelCommand,
  cancelRun,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readSession,
  registerRunner,
} from "../support/work.js";

const service = shareService();
const node = shareNode(service);

const failed = { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" } as const;
const nothing = { activeRun: null, activeCommand: null };
const unended = { terminalStatus: null, failureKind: null };

/** The lease runs out, and somebody finds it. */
async function expire(runId: string): Promise<void> {
  await passLease(node, runId);
  await expireRunLease(node, runId);
}

describe("a session", () => {
  it("is IDLE with its first run, and its run waits", async () => {
    const { sessionId, runId } = await createSession(service);
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: "IDLE",
      active: false,
      lastRun: { id: runId },
      ...nothing,
      ...unended,
    });
  });

  it("turns RUNNING with a turn, and its version rises", async () => {
    const { sessionId, runId } = await createSession(service);
    const { version } = await readSession(service, sessionId);
    const id = await createCommand(service, runId);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "RUNNING", active: true, ...unended });
    expect(after).toMatchObject({ activeRun: { id: runId }, activeCommand: { id }, lastCommand: { id } });
    expect(after.version).toBeGreaterThan(version);
  });

  it("turns RUNNING with a steer, and its version rises; a steer is no active command", async () => {
    const { sessionId, runId } = await createSession(service);
    const { version } = await readSession(service, sessionId);
    const id = await createCommand(service, runId, "STEER");
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "RUNNING", active: true, lastCommand: { id } });
    expect(after).toMatchObject({ activeRun: { id: runId }, activeCommand: null });
    expect(after.version).toBeGreaterThan(version);
  });

  it("stays RUNNING until the last of its turns has ended", async () => {
    const { sessionId, runId } = await createSession(service);
    const first = await createCommand(service, runId);
    const second = await createCommand(service, runId);
    const before = await readSession(service, sessionId);
    expect(before.activeCommand?.id).toBe(first);
    await finishCommand(service, first);
    const between = await readSession(service, sessionId);
    expect(between).toMatchObject({ executionState: "RUNNING", activeCommand: { id: second }, ...unended });
    expect(between.version).toBeGreaterThan(before.version);
    await finishCommand(service, second, failed);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "TERMINAL", active: false, ...failed, ...nothing });
    expect(after.version).toBeGreaterThan(between.version);
  });

  it("turns TERMINAL when its only live command, a steer, ends, and its version rises by it", async () => {
    const { sessionId, runId } = await createSession(service);
    const steer = await createCommand(service, runId, "STEER");
    const before = await readSession(service, sessionId);
    await finishCommand(service, steer, failed);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "TERMINAL", ...failed, ...nothing });
    expect(after.version).toBeGreaterThan(before.version);
  });

  it("stays RUNNING for a steer that outlives its turn", async () => {
    const { sessionId, runId } = await createSession(service);
    const turn = await createCommand(service, runId);
    const steer = await createCommand(service, runId, "STEER");
    await finishCommand(service, turn, failed);
    const between = await readSession(service, sessionId);
    expect(between).toMatchObject({ executionState: "RUNNING", activeCommand: null, ...unended });
    expect(between.activeRun?.id).toBe(runId);
    await finishCommand(service, steer);
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: "TERMINAL",
      terminalStatus: "COMPLETED",
      failureKind: null,
    });
  });

  it.each([
    ["finished", finishCommand],
    ["cancelled", cancelCommand],
  ])("keeps its version where a steer is %s that leaves a turn live", async (_how, end) => {
    const { sessionId, runId } = await createSession(service);
    await createCommand(service, runId);
    const steer = await createCommand(service, runId, "STEER");
    const before = await readSession(service, sessionId);
    await end(service, steer);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ version: before.version, executionState: "RUNNING" });
  });

  it("outlives the end of a run while a turn of another run of it lives", async () => {
    const { sessionId, runId } = await createSession(service);
    const other = await createRun(service, { session: { sessionId } });
    await createCommand(service, runId);
    const turn = await createCommand(service, other);
    await finishRun(service, runId, failed);
    const between = await readSession(service, sessionId);
    expect(between).toMatchObject({ executionState: "RUNNING", activeCommand: { id: turn }, ...unended });
    expect(between.activeRun?.id).toBe(other);
    await cancelRun(service, other);
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: "TERMINAL",
      terminalStatus: "CANCELLED",
      failureKind: "CANCELLED",
    });
  });

  it.each([
    [{ terminalStatus: "COMPLETED", failureKind: null }],
    [{ terminalStatus: "FAILED", failureKind: "PROVIDER_UNAVAILABLE" }],
    [{ terminalStatus: "BLOCKED", failureKind: null }],
    [{ terminalStatus: "CANCELLED", failureKind: null }],
  ] as const)("says of the turn or run that made it TERMINAL how it ended: %j", async (result) => {
    const byTurn = await createSession(service);
    await finishCommand(service, await createCommand(service, byTurn.runId), result);
    expect(await readSession(service, byTurn.sessionId)).toMatchObject(result);
    const byRun = await createSession(service);
    await createCommand(service, byRun.runId);
    await finishRun(service, byRun.runId, result);
    expect(await readSession(service, byRun.sessionId)).toMatchObject({
      executionState: "TERMINAL",
      ...result,
    });
  });

  it("is told by the end of its run nothing new of how it ended, where a turn ended it", async () => {
    const { sessionId, runId } = await createSession(service);
    await finishCommand(service, await createCommand(service, runId), failed);
    const before = await readSession(service, sessionId);
    await finishRun(service, runId);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "TERMINAL", ...failed });
    expect(after.version).toBeGreaterThan(before.version);
  });

  it("runs again with a new turn, which clears how it ended", async () => {
    const { sessionId, runId } = await createSession(service);
    await finishCommand(service, await createCommand(service, runId), { terminalStatus: "BLOCKED" });
    await createCommand(service, runId);
    expect(await readSession(service, sessionId)).toMatchObject({ executionState: "RUNNING", ...unended });
  });
});

describe("an interrupt", () => {
  it.each<[string, (runId: string) => Promise<unknown>]>([
    ["IDLE", async () => {}],
    ["RUNNING", (runId) => createCommand(service, runId)],
    ["TERMINAL", async (runId) => finishCommand(service, await createCommand(service, runId), failed)],
  ])("touches no session: one that is %s stays as it is", async (executionState, prepare) => {
    const { sessionId, runId } = await createSession(service);
    await prepare(runId);
    const { lastEventSeq, lastActivityAt: _activity, ...before } = await readSession(service, sessionId);
    expect(before.executionState).toBe(executionState);
    await finishCommand(service, await createCommand(service, runId, "INTERRUPT"), {
      terminalStatus: "COMPLETED",
      threadId: "thread",
      turnId: "turn",
    });
    await cancelCommand(service, await createCommand(service, runId, "INTERRUPT"));
    await createCommand(service, runId, "INTERRUPT");
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject(before);
    expect(after.lastEventSeq).toBe(lastEventSeq + 5);
  });

  it("that lives keeps no session RUNNING", async () => {
    const { sessionId, runId } = await createSession(service);
    await createCommand(service, runId, "INTERRUPT");
    await finishCommand(service, await createCommand(service, runId));
    expect(await readSession(service, sessionId)).toMatchObject({ executionState: "TERMINAL", ...nothing });
  });
});

describe("a claim", () => {
  it("makes a session RUNNING without a new version, and the run's end makes it TERMINAL", async () => {
    const { sessionId, runId } = await createSession(service);
    const before = await readSession(service, sessionId);
    await claim(service, runId);
    const claimed = await readSession(service, sessionId);
    expect(claimed).toMatchObject({ executionState: "RUNNING", active: true, version: before.version });
    expect(claimed).toMatchObject({ activeRun: { id: runId }, activeCommand: null });
    await finishRun(service, runId);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "TERMINAL", terminalStatus: "COMPLETED", ...nothing });
    expect(after.version).toBeGreaterThan(before.version);
  });

  it("by the same holder again does not make it RUNNING again", async () => {
    const { sessionId, runId } = await createSession(service);
    const { runnerId } = await claim(service, runId);
    await finishCommand(service, await createCommand(service, runId));
    await claim(service, runId, { runnerId });
    expect(await readSession(service, sessionId)).toMatchObject({ executionState: "TERMINAL", ...nothing });
  });

  it("by a new holder after the lease ran out does, and clears how it ended", async () => {
    const { sessionId, runId } = await createSession(service);
    const { runnerId } = await claim(service, runId);
    await finishCommand(service, await createCommand(service, runId), failed);
    await passLease(node, runId);
    await claim(service, runId);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "RUNNING", activeRun: { id: runId }, ...unended });
    await finishCommand(service, await createCommand(service, runId));
    await passLease(node, runId);
    await claim(service, runId, { runnerId });
    expect((await readSession(service, sessionId)).executionState).toBe("RUNNING");
  });
});

describe("a lease that runs out", () => {
  it("makes a session IDLE that never had a command, and its version stays", async () => {
    const { sessionId, runId } = await createSession(service);
    await claim(service, runId);
    const before = await readSession(service, sessionId);
    await expire(runId);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "IDLE", active: false, ...nothing, ...unended });
    expect(after.version).toBe(before.version);
  });

  it("makes a session TERMINAL again as its last turn left it", async () => {
    const { sessionId, runId } = await createSession(service);
    await finishCommand(service, await createCommand(service, runId), failed);
    await claim(service, runId);
    expect((await readSession(service, sessionId)).executionState).toBe("RUNNING");
    await expire(runId);
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: "TERMINAL",
      ...failed,
      ...nothing,
    });
  });

  it.each(["TURN", "STEER"] as const)("leaves a session RUNNING that has a live %s", async (type) => {
    const { sessionId, runId } = await createSession(service);
    await claim(service, runId);
    await createCommand(service, runId, type);
    const before = await readSession(service, sessionId);
    await expire(runId);
    const { executionState, activeRun, activeCommand, version } = await readSession(service, sessionId);
    expect({ executionState, activeRun, activeCommand, version }).toEqual({
      executionState: "RUNNING",
      activeRun: { id: runId },
      activeCommand: before.activeCommand,
      version: before.version,
    });
  });

  it("leaves a session RUNNING for another run of it that is claimed", async () => {
    const { sessionId, runId } = await createSession(service);
    const other = await createRun(service, { session: { sessionId } });
    await claim(service, other);
    await claim(service, runId);
    expect((await readSession(service, sessionId)).activeRun?.id).toBe(runId);
    await expire(runId);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "RUNNING", activeRun: { id: other } });
  });

  it("for the last time ends its run and the run's commands, and by that the session", async () => {
    const { sessionId, runId } = await createSession(service, {}, { maxAttempts: 1 });
    const command = await createCommand(service, runId);
    await claim(service, runId);
    const before = await readSession(service, sessionId);
    await expire(runId);
    const ended = { terminalStatus: "FAILED", failureKind: "LEASE_EXPIRED" };
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "TERMINAL", ...ended, ...nothing });
    expect(after.version).toBeGreaterThan(before.version);
    const read = graphql(`
      query EndOfCommand($id: ID!) { command(id: $id) { state terminalStatus failureKind } }
    `);
    expect((await service.ask(read, { id: command })).command).toEqual({ state: "FAILED", ...ended });
  });
});

describe("while a session is RUNNING", () => {
  it("its active run is that of the oldest live command, else the one claimed last", async () => {
    const { sessionId, runId } = await createSession(service);
    const secondRun = await createRun(service, { session: { sessionId } });
    const activeRun = async () => (await readSession(service, sessionId)).activeRun?.id;
    const runnerId = await registerRunner(service);
    await claim(service, runId, { runnerId });
    await claim(service, secondRun, { runnerId });
    expect(await activeRun()).toBe(secondRun);
    const steer = await createCommand(service, runId, "STEER");
    expect(await activeRun()).toBe(runId);
    const turn = await createCommand(service, secondRun);
    expect(await readSession(service, sessionId)).toMatchObject({
      activeRun: { id: runId },
      activeCommand: { id: turn },
    });
    await finishCommand(service, steer);
    expect(await activeRun()).toBe(secondRun);
  });

  it("its active command is the oldest live turn of all its runs", async () => {
    const { sessionId, runId } = await createSession(service);
    const secondRun = await createRun(service, { session: { sessionId } });
    const activeCommand = async () => (await readSession(service, sessionId)).activeCommand?.id;
    const turns = [
      await createCommand(service, secondRun),
      await createCommand(service, runId),
      await createCommand(service, secondRun),
    ];
    for (const turn of turns) {
      expect(await activeCommand()).toBe(turn);
      await cancelCommand(service, turn);
    }
    expect(await activeCommand()).toBeUndefined();
  });
});
