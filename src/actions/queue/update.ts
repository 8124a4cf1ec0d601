import { requireScope } from "../../auth/viewer.js";
import { notFound } from "../../domain/errors.js";
import type { FailureKind } from "../../domain/failure.js";
import { checkId, newId } from "../../domain/ids.js";
import type { LeaseWriter } from "../../domain/lease.js";
import { type HeldAttempt, assertMayWriteAttempt, attemptConflict } from "../../domain/queue/attempt.js";
import {
  type AttemptFailure,
  type QueueTaskState,
  assertMayBecome,
  assertTaskOpen,
  checkFailure,
} from "../../domain/queue/task.js";
import {
  type AttemptLinks,
  type LockedAttempt,
  findAttempts,
  insertAttempt,
  saveAttempt,
} from "../../store/queue/attempt.js";
import { lockTask, saveTask } from "../../store/queue/task.js";
import type { QueueAttemptRow, QueueTaskRow } from "../../store/row.js";
import { transaction } from "../../store/transaction.js";
import type { Tx } from "../../store/tx.js";
import type { Caller } from "../caller.js";
import { takeText } from "../intake.js";
import { holdLatestAttempt, writerOf } from "./attempt.js";
import { type SentLinks, resolveLinks, withLinks } from "./links.js";
import { readTask } from "./task.js";

/** The input of {@link updateQueueTaskAttempt}. */
export interface UpdateQueueTaskAttemptInput extends SentLinks {
  taskId: string;
  state: QueueTaskState;
  attemptId?: string | null;
  failureKind?: FailureKind | null;
  failureMessage?: string | null;
  leaseToken?: string | null;
}

/**
 * Stores what became of a task's latest attempt. If the task waits, the call begins its next attempt, without a lease.
 * If the attempt was claimed, the caller needs the lease token. Throws ALREADY_TERMINAL if the task has ended,
 * CONFLICT if it would become PENDING, and RUNNER_LEASE_CONFLICT if the attempt is over or the caller does not hold
 * it.
 */
export async function updateQueueTaskAttempt(
  caller: Caller,
  input: UpdateQueueTaskAttemptInput,
): Promise<QueueTaskRow> {
  requireScope(caller.viewer, "runner");
  const taskId = checkId("task", input.taskId, "input.taskId");
  const attemptId =
    typeof input.attemptId === "string" ? checkId("attempt", input.attemptId, "input.attemptId") : null;
  const { state } = input;
  const checked = checkFailure(state, input, "input");
  const failure = { ...checked, failureMessage: takeText(checked.failureMessage, "input.failureMessage") };
  const links = await resolveLinks(caller, input);

  await transaction(caller.store, async (tx) => {
    const task = await lockTask(tx, taskId);
    if (!task) throw notFound("task", taskId);
    const latest = await holdLatestAttempt(tx, task);
    const named = attemptId === null ? null : await findAttemptOf(tx, task, attemptId);
    assertTaskOpen(task);
    assertMayUpdate(latest ?? noAttemptOf(task), named, writerOf(caller, input.leaseToken ?? null));
    assertMayBecome(task, state);
    await save(tx, task, latest, { state, links, failure });
  });
  return readTask(caller, taskId);
}

/** Reads the attempt that is named. Throws NOT_FOUND if the task has no such attempt. */
async function findAttemptOf(tx: Tx, task: QueueTaskRow, attemptId: string): Promise<QueueAttemptRow> {
  const [attempt] = await findAttempts(tx, [attemptId]);
  if (attempt?.taskId !== task.id) throw notFound("attempt", attemptId);
  return attempt;
}

function noAttemptOf(task: QueueTaskRow): HeldAttempt {
  return { taskId: task.id, number: 0, state: task.state, leaseTokenHash: null, leaseExpired: false };
}

/** Throws RUNNER_LEASE_CONFLICT if the named attempt is over, or if the writer does not hold the one that runs. */
function assertMayUpdate(latest: HeldAttempt, named: QueueAttemptRow | null, writer: LeaseWriter): void {
  if (named && named.number !== latest.number)
    throw attemptConflict(named, "is not its latest attempt any more");
  if (named && named.state !== "RUNNING") throw attemptConflict(named, "has ended, and the task waits again");
  assertMayWriteAttempt(latest, writer);
}

async function save(
  tx: Tx,
  task: QueueTaskRow,
  latest: LockedAttempt | undefined,
  {
    state,
    links,
    failure,
  }: { state: Exclude<QueueTaskState, "PENDING">; links: AttemptLinks; failure: AttemptFailure },
): Promise<void> {
  const cancelReason = state === "CANCELLED" ? failure.failureMessage : null;
  const change = { state, sessionId: links.sessionId, cancelReason };
  if (latest?.state === "RUNNING") {
    await saveAttempt(tx, { id: latest.id, state, ...withLinks(latest, links), ...failure });
    return saveTask(tx, task, change);
  }
  const id = newId("attempt");
  await insertAttempt(tx, { id, taskId: task.id, number: task.attempts + 1, state, ...links, ...failure });
  await saveTask(tx, task, { ...change, attemptId: id });
}
