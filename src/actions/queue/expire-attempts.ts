import { backoffSeconds } from "../../domain/queue/task.js";
import { type LockedAttempt, findAttempts, lockAttempts, saveAttempt } from "../../store/queue/attempt.js";
import { lockTasks, saveTask } from "../../store/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import type { TenantStore } from "../../store/store.js";
import { transaction } from "../../store/transaction.js";
import type { Patience, Tx } from "../../store/tx.js";

/**
 * Ends attempts whose lease has expired, all in one transaction. Their tasks wait again after a while, or fail if their
 * attempts are spent. Changes nothing of attempts whose lease was renewed or that ended in the meantime. Gives the ids of
 * the attempts that it left, since somebody else has locked them or their task.
 */
export async function expireQueueAttempts(
  store: TenantStore,
  attemptIds: readonly string[],
  patience: Patience,
): Promise<string[]> {
  const places = await findAttempts(store, attemptIds);
  const taskIds = new Set(places.map(({ taskId }) => taskId));
  return transaction(store, async (tx) => {
    const tasks = new Map(
      (await lockTasks(tx, [...taskIds], patience)).map((task): [string, QueueTaskRow] => [task.id, task]),
    );
    const free = places.filter(({ taskId }) => tasks.has(taskId)).map(({ id }) => id);
    const attempts = await lockAttempts(tx, free, patience);
    for (const attempt of attempts) {
      const task = tasks.get(attempt.taskId);
      if (task && attempt.state === "RUNNING" && attempt.leaseExpired) await expire(tx, task, attempt);
    }
    const locked = new Set(attempts.map(({ id }) => id));
    return places.map(({ id }) => id).filter((id) => !locked.has(id));
  });
}

async function expire(tx: Tx, task: QueueTaskRow, attempt: LockedAttempt): Promise<void> {
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
}
