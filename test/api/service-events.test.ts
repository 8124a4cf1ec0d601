import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  acknowledgeCommand,
  cancelCommand,
  cancelRun,
  claim,
  createCommand,
  createRun,
  finishCommand,
  readEvents,
  readSession,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function payloadsOf(runId: string): Promise<Record<string, unknown>[]> {
  return (await readEvents(service, runId)).map(({ type, payload }) => ({ type, ...payload }));
}

describe("the service writes itself", () => {
  it("at createRun: what the run was created with, as a summary without values", async () => {
    const sessionId = uniqueName("session");
    const runId = await createRun(service, {
      session: { sessionId, threadId: "t", metadata: { b: "value-b", a: 1 } },
      resourceBundle: {
        kind: "git",
        repoUrl: "https://user:hunter22secret@example.com/repo.git",
        commitId: "abc",
        sparsePaths: ["a", "b"],
        skillRefs: [{ name: "s1", required: true }, { name: "s2" }],
        credentialRef: { name: "deploy-key", keys: ["ssh"] },
      },
    });
    const [created] = await payloadsOf(runId);
    expect(created).toMatchObject({
      type: "BACKEND_STATUS",
      phase: "run-created",
      backendProfile: "codex",
      sessionRef: {
        sessionId,
        conversationId: null,
        threadId: "t",
        expiresAt: null,
        metadataKeys: ["a", "b"],
        valuesPrinted: false,
      },
      resourceBundleRef: {
        kind: "git",
        sparsePathCount: 2,
        skillRefs: { count: 2, names: ["s1", "s2"], required: ["s1"], valuesPrinted: false },
        credentialRef: { name: "deploy-key", namespace: null, keys: ["ssh"], valuesPrinted: false },
      },
    });
    expect(JSON.stringify(created)).not.toContain("hunter22secret");
    expect(JSON.stringify(created)).not.toContain("value-b");
  });

  it("at cancelRun: the end of each live command, the request, and the end", async () => {
    const runId = await createRun(service);
    const commandId = await createCommand(service, runId);
    await cancelRun(service, runId);
    expect((await payloadsOf(runId)).slice(2)).toEqual([
      {
        type: "BACKEND_STATUS",
        phase: "command-terminal",
        commandId,
        state: "cancelled",
        terminalStatus: "cancelled",
        failureKind: "cancelled",
      },
      { type: "BACKEND_STATUS", phase: "cancel-requested", reason: "cancel requested" },
      {
        type: "TERMINAL_STATUS",
        terminalStatus: "cancelled",
        failureKind: "cancelled",
        message: "cancel requested",
      },
    ]);
  });

  it("at finishCommand and cancelCommand: how the command ended, nulls kept", async () => {
    const runId = await createRun(service);
    const blocked = await createCommand(service, runId);
    await finishCommand(service, blocked, { terminalStatus: "BLOCKED" });
    const cancelled = await createCommand(service, runId);
    await cancelCommand(service, cancelled, "no");
    const payloads = await payloadsOf(runId);
    expect(payloads[2]).toEqual({
      type: "BACKEND_STATUS",
      phase: "command-terminal",
      commandId: blocked,
      state: "failed",
      terminalStatus: "blocked",
      failureKind: null,
      message: null,
      threadId: null,
      turnId: null,
    });
    expect(payloads[4]).toMatchObject({ phase: "command-terminal", state: "cancelled", message: "no" });
  });

  it("at a result that names a thread: the thread, and the turn among the metadata", async () => {
    const sessionId = uniqueName("session");
    const runId = await createRun(service, { session: { sessionId, threadId: "old", metadata: { a: 1 } } });
    const result = { terminalStatus: "COMPLETED", threadId: "new", turnId: "turn-7" } as const;
    await finishCommand(service, await createCommand(service, runId), result);
    expect(await readSession(service, sessionId)).toMatchObject({
      threadId: "new",
      metadata: { a: 1, lastTurnId: "turn-7" },
    });
    expect((await payloadsOf(runId)).slice(2)).toMatchObject([
      {
        phase: "session-updated",
        sessionRef: { threadId: "new", metadataKeys: ["a", "lastTurnId"] },
        turnId: "turn-7",
      },
      { phase: "command-terminal", state: "completed", threadId: "new", turnId: "turn-7" },
    ]);
  });

  it("nothing for heartbeats and acknowledgements", async () => {
    const runId = await createRun(service);
    const held = await claim(service, runId);
    const commandId = await createCommand(service, runId);
    const heartbeatCancelled = graphql(`
      mutation HeartbeatCancelled($input: HeartbeatRunInput!) {
        heartbeatRun(input: $input) { cancelRequested }
      }
    `);
    await service.ask(heartbeatCancelled, { input: { runId, ...held } });
    await acknowledgeCommand(service, commandId);
    expect((await payloadsOf(runId)).map(({ phase }) => phase)).toEqual([
      "run-created",
      "run-claimed",
      "command-created",
    ]);
  });
});
