import { mayDo, requireScope } from "../../auth/viewer.js";
import { notFound } from "../../domain/errors.js";
import { checkId } from "../../domain/ids.js";
import { checkLeaseSeconds } from "../../domain/lease.js";
import { assertMayWriteAttempt } from "../../domain/queue/attempt.js";
import {
  type LockedAttempt,
  findAttempts,
  lockAttempt,
  saveAttempt,
  saveAttemptHeartbeat,
} from "../../store/queue/attempt.js";
import { findTasks, lockTask, saveTask } from "../../store/queue/task.js";
import type { QueueAttemptRow, QueueTaskRow } from "../../store/row.js";
import { touchRunner } from "../../store/runner.js";
import type { TenantStore } from "../../store/store.js";
import { transaction } from "../../store/transaction.js";
import type { Tx } from "../../store/tx.js";
import type { Caller } from "../caller.js";

/** Locks the latest attempt of a locked task. Gives undefined if the task never had one. */
export async function holdLatestAttempt(tx: Tx, task: QueueTaskRow): Promise<LockedAttempt | undefined> {
  return task.latestAttemptId === null ? undefined : lockAttempt(tx, task.latestAttemptId);
}

/**
 * Lets the lease of an attempt last for `leaseSeconds` from now. Changes nothing of an attempt that has ended. Throws
 * RUNNER_LEASE_CONFLICT if the caller does not hold the attempt or its lease has expired.
 */
export async function heartbeatQueueTask(
  caller: Caller,
  input: { attemptId: string; leaseToken: string; leaseSeconds: number },
): Promise<QueueAttemptRow> {
  requireScope(caller.viewer, "runner");
  const attemptId = checkId("attempt", input.attemptId, "input.attemptId");
  const leaseSeconds = checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds");

  await transaction(caller.store, async (tx) => {
    const attempt = await lockAttempt(tx, attemptId);
    if (!attempt) throw notFound("attempt", attemptId);
    if (attempt.state !== "RUNNING") return;
    assertMayWriteAttempt(attempt, writerOf(caller, input.leaseToken));
    await saveAttemptHeartbeat(tx, attemptId, leaseSeconds);
    // The lease token alone says who may: no runner is named.
    const { runnerId } = attempt;
    if (runnerId !== null) await touchRunner(tx, { runnerId, leaseSeconds, callerId: null });
  });
  const [attempt] = await findAttempts(caller.store, [attemptId]);
  if (!attempt) throw notFound("attempt", attemptId);
  return attempt;
}

/**
 * Gives a claimed task back. Its attempt ends as CANCELLED and does not count against maxAttempts, and the next runner
 * may have the task at once. Changes nothing if the attempt has ended.
 */
export async function releaseQueueTask(
  caller: Caller,
  input: { attemptId: string; leaseToken: string },
): Promise<QueueTaskRow> {
  requireScope(caller.viewer, "runner");
  const attemptId = checkId("attempt", input.attemptId, "input.attemptId");
  const taskId = await findTaskId(caller.store, attemptId);
  if (taskId === undefined) throw notFound("attempt", attemptId);

  await transaction(caller.store, async (tx) => {
    const held = await holdRunning(tx, taskId, attemptId);
    if (!held) return;
    assertMayWriteAttempt(held.attempt, writerOf(caller, input.leaseToken));
    const failure = { failureKind: null, failureMessage: "given back by its runner" };
    await saveAttempt(tx, { ...held.attempt, state: "CANCELLED", ...failure });
    await saveTask(tx, held.task, { state: "PENDING" });
  });
  const [task] = await findTasks(caller.store, [taskId]);
  if (!task) throw notFound("attempt", attemptId);
  return task;
}

/** Gives the caller that wants to write to an attempt in the form that the domain's rule takes. */
export function writerOf({ viewer }: Caller, leaseToken: string | null) {
  return { leaseToken, operator: mayDo(viewer, "operator") };
}

async function findTaskId(store: TenantStore, attemptId: string): Promise<string | undefined> {
  return (await findAttempts(store, [attemptId]))[0]?.taskId;
}

/** Locks a task and then an attempt of it. Gives undefined if the attempt does not run any more. */
async function holdRunning(tx: Tx, taskId: string, attemptId: string) {
  const task = await lockTask(tx, taskId);
  const attempt = await lockAttempt(tx, attemptId);
  return task && attempt?.state === "RUNNING" ? { task, attempt } : undefined;
}
