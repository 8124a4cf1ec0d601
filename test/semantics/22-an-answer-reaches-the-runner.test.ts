import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { answerDocument, openRequest, readRequest } from "../support/requests.js";
import { type TestService, startService } from "../support/start-service.js";
import { readAttention } from "../support/attention.js";
import {
  acknowledgeCommand,
  cancelCommand,
  claim,
  createCommand,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
  readSession,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function answer(id: string, more: object = {}) {
  const input = { id, decision: "ANSWERED" as const, value: "yes", ...more };
  return (await service.ask(answerDocument, { input })).answerInputRequest;
}

const commandsOf = graphql(`
  query TypesOfCommands($id: ID!) { run(id: $id) { commands { nodes { id type state payload } } } }
`);
async function commands(runId: string) {
  return found((await service.ask(commandsOf, { id: runId })).run).commands.nodes;
}

describe("an ANSWER", () => {
  it("waits at the heartbeat, changes nothing of its session, and is completed by being acknowledged, without an event", async () => {
    const { sessionId, runId } = await createSession(service);
    const { runnerId, leaseToken } = await claim(service, runId);
    const id = await openRequest(service, runId, {}, leaseToken);
    const before = await readSession(service, sessionId);
    const { inputRequest } = await answer(id);
    const commandId = found(inputRequest.answer?.command).id;
    const beat = graphql(`
      mutation BeatOfAnswer($input: HeartbeatRunInput!) { heartbeatRun(input: $input) { pendingCommands { id type } } }
    `);
    const { heartbeatRun } = await service.ask(beat, { input: { runId, runnerId, leaseToken } });
    expect(heartbeatRun.pendingCommands).toEqual([{ id: commandId, type: "ANSWER" }]);
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: before.executionState,
      lastCommand: null,
      activeCommand: null,
    });
    const events = await readEvents(service, runId);
    await acknowledgeCommand(service, commandId);
    expect(await commands(runId)).toMatchObject([{ type: "ANSWER", state: "COMPLETED" }]);
    expect(await readEvents(service, runId)).toHaveLength(events.length);
  });

  it("is the service's alone: no caller creates one, and none is cancelled", async () => {
    const { runId } = await createSession(service);
    await expect(createCommand(service, runId, "ANSWER")).rejects.toThrow("BAD_USER_INPUT");
    const { inputRequest } = await answer(await openRequest(service, runId));
    await expect(cancelCommand(service, found(inputRequest.answer?.command).id)).rejects.toThrow("CONFLICT");
  });

  it("is a new turn where the turn that asked has ended BLOCKED and the run lives", async () => {
    const { runId } = await createSession(service);
    const turn = await createCommand(service, runId);
    const id = await openRequest(service, runId);
    await finishCommand(service, turn, { terminalStatus: "BLOCKED" });
    await answer(id);
    expect((await commands(runId)).at(-1)).toMatchObject({
      type: "TURN",
      state: "PENDING",
      payload: { answers: [{ inputRequestId: id, decision: "answered", value: "yes" }] },
    });
  });
});

describe("a run that ended BLOCKED", () => {
  it("is gone on from by a new one, once all that it asked is closed, with every answer", async () => {
    const { sessionId, runId } = await createSession(service, {}, { metadata: { a: 1 }, maxAttempts: 7 });
    const [first, second] = [
      await openRequest(service, runId),
      await openRequest(service, runId, { kind: "approval" }),
    ];
    await finishRun(service, runId, { terminalStatus: "BLOCKED" });
    expect((await readAttention(service, sessionId)).reason).toBe("NEEDS_APPROVAL");
    expect(await answer(first)).toMatchObject({ run: null, inputRequest: { answer: { command: null } } });
    const { run } = await answer(second, { decision: "DENIED", value: null });
    expect(run).toMatchObject({ status: "PENDING", resumes: { id: runId } });
    const next = found(run).id;
    expect(await commands(next)).toMatchObject([
      {
        type: "TURN",
        payload: {
          answers: [
            { inputRequestId: first, decision: "answered" },
            { inputRequestId: second, decision: "denied" },
          ],
        },
      },
    ]);
    expect((await readRequest(service, first)).answer?.command?.run.id).toBe(next);
    expect(await readSession(service, sessionId)).toMatchObject({
      executionState: "RUNNING",
      lastRun: { id: next },
    });
    const facts = graphql(
      `query FactsOfRun($id: ID!) { run(id: $id) { metadata maxAttempts session { sessionId } } }`,
    );
    expect((await service.ask(facts, { id: next })).run).toEqual({
      metadata: { a: 1 },
      maxAttempts: 7,
      session: { sessionId },
    });
    // No event follows the end of the old run.
    expect((await readEvents(service, runId)).at(-1)?.type).toBe("TERMINAL_STATUS");
  });

  it("by none if no answer asks for it, nor if a turn answered", async () => {
    for (const close of [
      (id: string) => answer(id, { resume: false }),
      async (_id: string, sessionRun: string) => createCommand(service, sessionRun),
    ]) {
      const { sessionId, runId } = await createSession(service);
      const other = await createSession(service, { sessionId });
      const id = await openRequest(service, runId);
      await finishRun(service, runId, { terminalStatus: "BLOCKED" });
      await close(id, other.runId);
      const runs = graphql(
        `query RunsOfSession($s: String!) { session(by: { sessionId: $s }) { runs { totalCount } } }`,
      );
      expect((await service.ask(runs, { s: sessionId })).session?.runs.totalCount).toBe(2);
      expect((await readRequest(service, id)).state).toBe("ANSWERED");
    }
  });

  it("also if it ends so with an answer that its runner has not taken", async () => {
    const { sessionId, runId } = await createSession(service);
    const id = await openRequest(service, runId);
    await answer(id);
    await finishRun(service, runId, { terminalStatus: "BLOCKED" });
    const session = await readSession(service, sessionId);
    expect(session.lastRun?.id).not.toBe(runId);
    expect(await commands(found(session.lastRun).id)).toMatchObject([
      { type: "TURN", payload: { answers: [{ inputRequestId: id }] } },
    ]);
  });
});
