import { mayDo, requireScope } from "../../auth/viewer.js";
import { notFound } from "../../domain/errors.js";
import { checkId } from "../../domain/ids.js";
import { checkLeaseSeconds } from "../../domain/lease.js";
import { assertMayWriteAttempt } from "../../domain/queue/attempt.js";
import { backoffSeconds } from "../../domain/queue/task.js";
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
import { type Tx, transaction } from "../../store/transaction.js";
import type { Caller } from "../caller.js";

/** Locks the latest attempt of a locked task; undefined where it never had one. */
export async function holdLatestAttempt(tx: Tx, task: QueueTaskRow): Promise<LockedAttempt | undefined> {
  return task.latestAttemptId === null ? undefined : lockAttempt(tx, task.latestAttemptId);
}

/**
 * Lengthens the lease of an attempt from now. Changes nothing of an attempt that has ended; for anyone but the holder, or
 * after the lease has expired, RUNNER_LEASE_CONFLICT.
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
    if (attempt.runnerId !== null) await touchRunner(tx, attempt.runnerId, leaseSeconds);
  });
  const [attempt] = await findAttempts(caller.store, [attemptId]);
  if (!attempt) throw notFound("attempt", attemptId);
  return attempt;
}

/**
 * Gives a claimed task back: its attempt ends CANCELLED and the next runner may have the task at once. It does not count
 * against maxAttempts. Changes nothing where the attempt has ended.
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

/**
 * What the end of an attempt's lease does, whoever finds it: the task waits again after a while, or fails once its attempts
 * are spent. Changes nothing where the lease was renewed, or the attempt ended, in the meantime.
 */
export async function expireQueueAttempt(store: TenantStore, attemptId: string): Promise<void> {
  const taskId = await findTaskId(store, attemptId);
  if (taskId === undefined) return;
  await transaction(store, async (tx) => {
    const held = await holdRunning(tx, taskId, attemptId);
    if (!held?.attempt.leaseExpired) return;
    const { task, attempt } = held;
    const failureMessage = `the lease of attempt ${attempt.number} expired`;
    const failure = { failureKind: "LEASE_EXPIRED", failureMessage } as const;
    await saveAttempt(tx, { ...attempt, state: "FAILED", ...failure });
    const expiredAttempts = task.expiredAttempts + 1;
    const spent = expiredAttempts >= task.maxAttempts;
    await saveTask(
      tx,
      task,
      spent
        ? { state: "FAILED", expiredAttempts }
        : { state: "PENDING", expiredAttempts, backoffSeconds: backoffSeconds(expiredAttempts) },
    );
  });
}

/** Who writes to an attempt, as the domain asks for it. */
export function writerOf({ viewer }: Caller, leaseToken: string | null) {
  return { leaseToken, operator: mayDo(viewer, "operator") };
}

async function findTaskId(store: TenantStore, attemptId: string): Promise<string | undefined> {
  return (await findAttempts(store, [attemptId]))[0]?.taskId;
}

/** Locks a task and then an attempt of it; undefined where the attempt does not run any more. */
async function holdRunning(tx: Tx, taskId: string, attemptId: string) {
  const task = await lockTask(tx, taskId);
  const attempt = await lockAttempt(tx, attemptId);
  return task && attempt?.state === "RUNNING" ? { task, attempt } : undefined;
}
