import { requireScope } from "../../auth/viewer.js";
import { checkId, newId } from "../../domain/ids.js";
import { checkLeaseSeconds, hashLeaseToken, newLeaseToken } from "../../domain/lease.js";
import { checkName } from "../../domain/text.js";
import { claimTask } from "../../store/queue/claim.js";
import type { QueueAttemptRow, QueueTaskRow } from "../../store/row.js";
import { transaction } from "../../store/transaction.js";
import type { Caller } from "../caller.js";
import { actAs } from "../runner.js";
import { readTask } from "./task.js";

/**
 * The input of {@link claimQueueTask}: the queue, its lanes (default: all), the runner, and the length of the lease in
 * seconds.
 */
export interface ClaimQueueTaskInput {
  queue: string;
  lanes?: readonly string[] | null;
  runnerId: string;
  leaseSeconds: number;
}

/** What a claim gave. All three are null if no task waits. */
export type ClaimedTask =
  | { task: QueueTaskRow; attempt: QueueAttemptRow; leaseToken: string }
  | { task: null; attempt: null; leaseToken: null };

/**
 * Hands the first waiting task in running order to one runner alone, in a new attempt with a lease of its own. Throws
 * NOT_FOUND if the runner is unknown and FORBIDDEN if it is another caller's, even if no task waits.
 */
export async function claimQueueTask(caller: Caller, input: ClaimQueueTaskInput): Promise<ClaimedTask> {
  requireScope(caller.viewer, "runner");
  const queue = checkName(input.queue, "input.queue");
  const lanes = input.lanes?.map((lane, index) => checkName(lane, `input.lanes.${index}`)) ?? null;
  const runnerId = checkId("runner", input.runnerId, "input.runnerId");
  const leaseSeconds = checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds");
  const leaseToken = newLeaseToken();
  const leaseTokenHash = hashLeaseToken(leaseToken);

  const attempt = await transaction(caller.store, async (tx) => {
    await actAs(tx, caller, runnerId, leaseSeconds);
    return claimTask(tx, {
      queue,
      lanes,
      attemptId: newId("attempt"),
      runnerId,
      leaseTokenHash,
      leaseSeconds,
    });
  });
  if (!attempt) return { task: null, attempt: null, leaseToken: null };
  return { task: await readTask(caller, attempt.taskId), attempt, leaseToken };
}
