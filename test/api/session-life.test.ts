import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import {
  claim,
  createCommand,
  createRun,
  finishCommand,
  finishRun,
  readEvents,
  readSession,
  registerRunner,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function sessionWithRun(session: Record<string, unknown> = {}) {
  const sessionId = uniqueName("session");
  return { sessionId, runId: await createRun(service, { session: { sessionId, ...session } }) };
}

describe("a session", () => {
  it("is IDLE with its first run, and its run waits", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const session = await readSession(service, sessionId);
    expect(session).toMatchObject({
      executionState: "IDLE",
      active: false,
      lastEventSeq: 1,
      terminalStatus: null,
    });
    expect(session.lastRun.id).toBe(runId);
    expect(session.activeRun).toBeNull();
  });

  it("turns RUNNING with a turn, and its version rises", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const before = await readSession(service, sessionId);
    const commandId = await createCommand(service, runId, "TURN", { prompt: "  fix \n the   build " });
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "RUNNING", active: true, title: "fix the build" });
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.activeRun.id).toBe(runId);
    expect(after.activeCommand.id).toBe(commandId);
    expect(after.lastCommand.id).toBe(commandId);
  });

  it("stays RUNNING until the last of its turns has ended", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const first = await createCommand(service, runId);
    const second = await createCommand(service, runId);
    await finishCommand(service, first);
    const between = await readSession(service, sessionId);
    expect(between.executionState).toBe("RUNNING");
    expect(between.activeCommand.id).toBe(second);
    await finishCommand(service, second, { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" });
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({
      executionState: "TERMINAL",
      terminalStatus: "FAILED",
      failureKind: "BACKEND_FAILED",
      activeRun: null,
      activeCommand: null,
    });
    expect(after.version).toBeGreaterThan(between.version);
  });

  it("turns TERMINAL when its only live command, a steer, ends, and not active for ever", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const steer = await createCommand(service, runId, "STEER");
    expect((await readSession(service, sessionId)).activeCommand).toBeNull();
    const before = await readSession(service, sessionId);
    await finishCommand(service, steer);
    const after = await readSession(service, sessionId);
    expect(after.executionState).toBe("TERMINAL");
    expect(after.version).toBeGreaterThan(before.version);
  });

  it("does not rise by the end of a steer that leaves a turn live", async () => {
    const { sessionId, runId } = await sessionWithRun();
    await createCommand(service, runId);
    const steer = await createCommand(service, runId, "STEER");
    const before = await readSession(service, sessionId);
    await finishCommand(service, steer);
    const after = await readSession(service, sessionId);
    expect(after.version).toBe(before.version);
    expect(after.executionState).toBe("RUNNING");
  });

  it("is not touched by an interrupt", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const before = await readSession(service, sessionId);
    const interrupt = await createCommand(service, runId, "INTERRUPT");
    await finishCommand(service, interrupt);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "IDLE", version: before.version, lastCommand: null });
    expect(after.lastEventSeq).toBe(before.lastEventSeq + 2);
  });

  it("turns RUNNING with a claim, without a new version, and TERMINAL with the run's end", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const before = await readSession(service, sessionId);
    await claim(service, runId);
    const claimed = await readSession(service, sessionId);
    expect(claimed).toMatchObject({ executionState: "RUNNING", version: before.version });
    expect(claimed.activeRun.id).toBe(runId);
    await finishRun(service, runId);
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({ executionState: "TERMINAL", terminalStatus: "COMPLETED", activeRun: null });
    expect(after.version).toBeGreaterThan(before.version);
  });

  it("is not made RUNNING again by its holder's second claim", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const { runnerId } = await claim(service, runId);
    await finishCommand(service, await createCommand(service, runId));
    expect((await readSession(service, sessionId)).executionState).toBe("TERMINAL");
    await claim(service, runId, { runnerId });
    expect((await readSession(service, sessionId)).executionState).toBe("TERMINAL");
  });

  it("runs again with a new turn, which clears how it ended", async () => {
    const { sessionId, runId } = await sessionWithRun();
    await finishCommand(service, await createCommand(service, runId), { terminalStatus: "BLOCKED" });
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: "TERMINAL",
      terminalStatus: "BLOCKED",
    });
    await createCommand(service, runId);
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: "RUNNING",
      terminalStatus: null,
    });
  });

  it("keeps what it has stored against a later createRun, and fills what is missing", async () => {
    const { sessionId } = await sessionWithRun({ conversationId: "c1", metadata: { title: "Mine" } });
    const before = await readSession(service, sessionId);
    await createRun(service, {
      session: { sessionId, conversationId: "c2", threadId: "t2", metadata: { title: "Theirs" } },
    });
    const after = await readSession(service, sessionId);
    expect(after).toMatchObject({
      conversationId: "c1",
      threadId: "t2",
      title: "Mine",
      version: before.version,
    });
    expect(after.metadata).toEqual({ title: "Mine" });
  });

  it("stores the thread and turn of a result", async () => {
    const { sessionId, runId } = await sessionWithRun({ threadId: "old", metadata: { a: 1 } });
    await finishCommand(service, await createCommand(service, runId), {
      terminalStatus: "COMPLETED",
      threadId: "new",
      turnId: "turn-7",
    });
    const session = await readSession(service, sessionId);
    expect(session.threadId).toBe("new");
    expect(session.metadata).toEqual({ a: 1, lastTurnId: "turn-7" });
    const phases = (await readEvents(service, runId)).map((event) => event.payload.phase);
    expect(phases).toEqual(["run-created", "command-created", "session-updated", "command-terminal"]);
  });

  it("counts its events over all its runs", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const secondRun = await createRun(service, { session: { sessionId } });
    await createCommand(service, runId);
    await createCommand(service, secondRun);
    expect((await readSession(service, sessionId)).lastEventSeq).toBe(4);
    expect((await readEvents(service, secondRun)).map(({ seq, sessionSeq }) => [seq, sessionSeq])).toEqual([
      [1, 2],
      [2, 4],
    ]);
  });
});

describe("a title", () => {
  it.each([
    ["metadata.title", { title: "  Given  " }, "Given"],
    ["nothing", {}, "prompt"],
    ["an empty one", { title: "   " }, "prompt"],
  ])("given by %s wins over a prompt", async (_what, metadata, title) => {
    const { sessionId, runId } = await sessionWithRun({ metadata });
    await createCommand(service, runId, "TURN", { prompt: "prompt" });
    expect((await readSession(service, sessionId)).title).toBe(title);
  });

  it("stays where a turn has no prompt, and is cut by code point", async () => {
    const { sessionId, runId } = await sessionWithRun();
    await createCommand(service, runId, "TURN", { prompt: "😀".repeat(130) });
    await createCommand(service, runId, "TURN", {});
    expect((await readSession(service, sessionId)).title).toBe("😀".repeat(120));
  });
});

describe("the active run", () => {
  it("is that of the oldest live command, else the one claimed last", async () => {
    const { sessionId, runId } = await sessionWithRun();
    const secondRun = await createRun(service, { session: { sessionId } });
    const runnerId = await registerRunner(service);
    await claim(service, runId, { runnerId });
    await claim(service, secondRun, { runnerId });
    expect((await readSession(service, sessionId)).activeRun.id).toBe(secondRun);
    const command = await createCommand(service, runId);
    expect((await readSession(service, sessionId)).activeRun.id).toBe(runId);
    await createCommand(service, secondRun);
    await finishCommand(service, command);
    expect((await readSession(service, sessionId)).activeRun.id).toBe(secondRun);
  });
});
