import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UpdateQueueTaskAttemptInput } from "../../generated/documents/graphql.js";
import { found } from "../../support/found.js";
import {
  cancelTask,
  claimTask,
  createTask,
  readTask,
  releaseTaskDocument,
  updateTask,
  updateTaskDocument,
} from "../../support/queue.js";
import { type TestService, codeOf, startService } from "../../support/start-service.js";
import { createCommand, createRun, readSession, registerRunner, uniqueName } from "../../support/work.js";

let service: TestService;
let runnerId: string;
beforeAll(async () => {
  service = await startService();
  runnerId = await registerRunner(service);
});
afterAll(() => service.close());

const codeOfUpdate = (input: UpdateQueueTaskAttemptInput) =>
  codeOf(service.call(updateTaskDocument, { input }));
const ends = ["COMPLETED", "FAILED", "BLOCKED", "CANCELLED"] as const;

describe("a waiting task", () => {
  it("that is set RUNNING without a claim gets attempt 1, which needs no token", async () => {
    const { id: taskId, version } = await createTask(service);
    const task = await updateTask(service, { taskId, state: "RUNNING" });
    expect(task).toMatchObject({ state: "RUNNING", latestAttempt: { number: 1, state: "RUNNING" } });
    expect(task.latestAttempt).toMatchObject({ runner: null, leaseExpiresAt: null, finishedAt: null });
    expect(task.version).toBeGreaterThan(version);
    const ended = await updateTask(service, { taskId, state: "COMPLETED" });
    expect(ended.attempts.nodes).toHaveLength(1);
    const { state, finishedAt, startedAt } = found(ended.latestAttempt);
    expect(state).toBe("COMPLETED");
    expect(found(finishedAt) >= startedAt).toBe(true);
  });

  it.each(ends)("may end %s at once: an attempt starts and ends with it", async (state) => {
    const { id: taskId } = await createTask(service);
    const task = await updateTask(service, { taskId, state });
    const { startedAt, finishedAt, ...attempt } = found(task.latestAttempt);
    expect(task.state).toBe(state);
    expect(attempt).toMatchObject({ number: 1, state });
    expect(finishedAt).toBe(startedAt);
    expect(task.cancelledAt !== null).toBe(state === "CANCELLED");
  });

  it("cannot be set PENDING, and has no lease that a token could be of", async () => {
    const { id: taskId } = await createTask(service);
    expect(await codeOfUpdate({ taskId, state: "PENDING" })).toBe("CONFLICT");
    expect(await codeOfUpdate({ taskId, state: "RUNNING", leaseToken: "lease_x" })).toBe(
      "RUNNER_LEASE_CONFLICT",
    );
    expect((await readTask(service, taskId)).latestAttempt).toBeNull();
  });
});

describe("a running task", () => {
  it.each(ends)("may end %s, and is refused any update after that", async (state) => {
    const queue = uniqueName("queue");
    const { id: taskId } = await createTask(service, { queue });
    const { leaseToken, attempt } = await claimTask(service, { queue, runnerId });
    const task = await updateTask(service, { taskId, state, leaseToken, attemptId: attempt.id });
    expect(task).toMatchObject({ state, latestAttempt: { id: attempt.id, state } });
    expect(found(task.latestAttempt).finishedAt).not.toBeNull();
    expect(task.cancelledAt !== null).toBe(state === "CANCELLED");
    for (const next of ["PENDING", "RUNNING", ...ends] as const) {
      const { errors } = await service.call(updateTaskDocument, {
        input: { taskId, state: next, leaseToken },
      });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: "ALREADY_TERMINAL",
        failureKind: state === "CANCELLED" ? "cancelled" : "schema-invalid",
        httpStatus: 409,
      });
    }
    expect(await readTask(service, taskId)).toEqual(task);
  });

  it("cannot be set PENDING", async () => {
    const { id: taskId } = await createTask(service);
    const running = await updateTask(service, { taskId, state: "RUNNING" });
    expect(await codeOfUpdate({ taskId, state: "PENDING" })).toBe("CONFLICT");
    expect(await readTask(service, taskId)).toEqual(running);
  });

  it("keeps why it failed, without secrets; nothing else has room for that", async () => {
    const { id: taskId } = await createTask(service);
    const failure = {
      failureKind: "BACKEND_FAILED",
      failureMessage: "password=hunter2secret9 was refused",
    } as const;
    for (const state of ["RUNNING", "COMPLETED"] as const) {
      expect(await codeOfUpdate({ taskId, state, failureKind: "BACKEND_FAILED" })).toBe("BAD_USER_INPUT");
      expect(await codeOfUpdate({ taskId, state, failureMessage: "x" })).toBe("BAD_USER_INPUT");
    }
    const { latestAttempt } = await updateTask(service, { taskId, state: "FAILED", ...failure });
    expect(latestAttempt?.failureKind).toBe("BACKEND_FAILED");
    expect(latestAttempt?.failureMessage).not.toContain("hunter2secret9");
  });
});

it("an attempt of another task is NOT_FOUND; one that is over is RUNNER_LEASE_CONFLICT", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue });
  const { attempt, leaseToken } = await claimTask(service, { queue, runnerId });
  const other = await createTask(service);
  const { latestAttempt: stranger } = await updateTask(service, { taskId: other.id, state: "RUNNING" });
  const end = { taskId, state: "COMPLETED" } as const;
  expect(await codeOfUpdate({ ...end, attemptId: found(stranger).id })).toBe("NOT_FOUND");
  expect(await codeOfUpdate({ ...end, attemptId: `att_${"0".repeat(32)}` })).toBe("NOT_FOUND");
  expect(await codeOfUpdate({ ...end, attemptId: "nonsense" })).toBe("BAD_USER_INPUT");

  const input = { attemptId: attempt.id, leaseToken };
  await service.ask(releaseTaskDocument, { input });
  expect(await codeOfUpdate({ ...end, attemptId: attempt.id })).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOfUpdate({ ...end, leaseToken })).toBe("RUNNER_LEASE_CONFLICT");
  await claimTask(service, { queue, runnerId });
  expect(await codeOfUpdate({ ...end, attemptId: attempt.id })).toBe("RUNNER_LEASE_CONFLICT");
});

describe("what an attempt works in", () => {
  const sessionId = uniqueName("session");
  let run: string;
  let otherRun: string;
  let loneRun: string;
  let command: string;
  let session: string;
  beforeAll(async () => {
    run = await createRun(service, { session: { sessionId } });
    otherRun = await createRun(service, { session: { sessionId: uniqueName("other") } });
    loneRun = await createRun(service);
    command = await createCommand(service, run);
    session = (await readSession(service, sessionId)).id;
  });

  it("is said step by step, and the task shows its session", async () => {
    const { id: taskId } = await createTask(service);
    const byRun = await updateTask(service, { taskId, state: "RUNNING", runId: run });
    expect(byRun.latestAttempt).toMatchObject({ run: { id: run }, command: null, session: { id: session } });
    expect(byRun).toMatchObject({ session: { id: session }, sessionPath: `local/p/${sessionId}` });
    const byCommand = await updateTask(service, { taskId, state: "RUNNING", commandId: command });
    expect(byCommand.latestAttempt).toMatchObject({ run: { id: run }, command: { id: command } });
    const ended = await updateTask(service, { taskId, state: "COMPLETED" });
    expect(ended.latestAttempt).toMatchObject({ run: { id: run }, command: { id: command } });
    expect(ended.session?.id).toBe(session);
  });

  it("a command says its run and session, and does not stay when another run is named", async () => {
    const { id: taskId } = await createTask(service);
    const { latestAttempt } = await updateTask(service, { taskId, state: "RUNNING", commandId: command });
    expect(latestAttempt).toMatchObject({ run: { id: run }, session: { id: session } });
    const moved = await updateTask(service, { taskId, state: "RUNNING", runId: otherRun });
    expect(moved.latestAttempt).toMatchObject({ run: { id: otherRun }, command: null });
    expect(found(moved.session).id).not.toBe(session);
    const alone = await updateTask(service, { taskId, state: "RUNNING", runId: loneRun });
    expect(alone.session).toEqual(moved.session);
  });

  it("the session that is named last is the task's", async () => {
    const { id: taskId } = await createTask(service);
    const named = await updateTask(service, { taskId, state: "RUNNING", session: { sessionId } });
    expect(named).toMatchObject({ session: { id: session }, latestAttempt: { session: { id: session } } });
    const other = await updateTask(service, { taskId, state: "RUNNING", runId: otherRun });
    expect(found(other.session).id).not.toBe(session);
  });

  it("what is missing, or not part of the other that is named, is NOT_FOUND, and nothing changes", async () => {
    const task = await createTask(service);
    const begin = { taskId: task.id, state: "RUNNING" } as const;
    const refused: Partial<UpdateQueueTaskAttemptInput>[] = [
      { runId: `run_${"0".repeat(32)}` },
      { commandId: `cmd_${"0".repeat(32)}` },
      { session: { sessionId: "nobody's" } },
      { session: { id: `ses_${"0".repeat(32)}` } },
      { runId: otherRun, commandId: command },
      { runId: otherRun, session: { sessionId } },
      { runId: loneRun, session: { sessionId } },
      { commandId: command, session: { id: (await readTask(service, task.id)).id.replace("qt_", "ses_") } },
    ];
    for (const links of refused) expect(await codeOfUpdate({ ...begin, ...links })).toBe("NOT_FOUND");
    expect(await readTask(service, task.id)).toEqual(task);
  });
});

describe("a cancelled task", () => {
  it("keeps the reason, ends its attempt, and changes no more", async () => {
    const queue = uniqueName("queue");
    const { id: taskId } = await createTask(service, { queue });
    const { attempt } = await claimTask(service, { queue, runnerId });
    const task = await cancelTask(service, taskId, "no longer wanted");
    expect(task).toMatchObject({ state: "CANCELLED", cancelReason: "no longer wanted" });
    expect(task.cancelledAt).not.toBeNull();
    expect(task.latestAttempt).toMatchObject({
      id: attempt.id,
      state: "CANCELLED",
      failureKind: "CANCELLED",
      failureMessage: "no longer wanted",
    });
    expect(await cancelTask(service, taskId, "again")).toEqual(task);
  });

  it("that waited has no attempt, and the reason by default is said", async () => {
    const { id } = await createTask(service);
    const task = await cancelTask(service, id);
    expect(task).toMatchObject({ state: "CANCELLED", cancelReason: "cancel requested", latestAttempt: null });
  });

  it("is not one that has ended otherwise", async () => {
    const { id: taskId } = await createTask(service);
    const ended = await updateTask(service, { taskId, state: "FAILED", failureMessage: "broken" });
    expect(ended.cancelReason).toBeNull();
    expect(await cancelTask(service, taskId)).toEqual(ended);
  });
});
