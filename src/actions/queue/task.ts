import { notFound } from "../../domain/errors.js";
import { checkId } from "../../domain/ids.js";
import { isTaskEnded } from "../../domain/queue/task.js";
import { saveAttempt } from "../../store/queue/attempt.js";
import { markTaskRead } from "../../store/queue/mark.js";
import { findTasks, lockTask, saveTask } from "../../store/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import { transaction } from "../../store/transaction.js";
import { type Caller, requireReaderOrRunner } from "../caller.js";
import { requireReader } from "../inbox/reader.js";
import { takeReason } from "../reason.js";
import { holdLatestAttempt } from "./attempt.js";

/** Reads a task as it stands now. Throws NOT_FOUND if the caller's tenant has no such task. */
export async function readTask({ store }: Caller, taskId: string): Promise<QueueTaskRow> {
  const [task] = await findTasks(store, [taskId]);
  if (!task) throw notFound("task", taskId);
  return task;
}

/**
 * Cancels a task and its running attempt, no matter which runner holds it. Changes nothing of a task that has ended.
 */
export async function cancelQueueTask(
  caller: Caller,
  input: { taskId: string; reason?: string | null },
): Promise<QueueTaskRow> {
  requireReaderOrRunner(caller);
  const taskId = checkId("task", input.taskId, "input.taskId");
  const { text: reason } = takeReason(input.reason);

  await transaction(caller.store, async (tx) => {
    const task = await lockTask(tx, taskId);
    if (!task) throw notFound("task", taskId);
    if (isTaskEnded(task.state)) return;
    const attempt = await holdLatestAttempt(tx, task);
    if (attempt?.state === "RUNNING") {
      const failure = { failureKind: "CANCELLED", failureMessage: reason } as const;
      await saveAttempt(tx, { ...attempt, state: "CANCELLED", ...failure });
    }
    await saveTask(tx, task, { state: "CANCELLED", cancelReason: reason });
  });
  return readTask(caller, taskId);
}

/** Notes that a reader has read the task as it stands now. Changes nothing of the task itself. */
export async function markQueueTaskRead(
  caller: Caller,
  input: { taskId: string; readerId?: string | null },
): Promise<QueueTaskRow> {
  const readerId = requireReader(caller, input.readerId, "input.readerId");
  const taskId = checkId("task", input.taskId, "input.taskId");
  const found = await transaction(caller.store, (tx) => markTaskRead(tx, readerId, taskId));
  if (!found) throw notFound("task", taskId);
  return readTask(caller, taskId);
}
