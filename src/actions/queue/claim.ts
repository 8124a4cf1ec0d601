import { requireScope } from "../../auth/viewer.js";
import { checkId, newId } from "../../domain/ids.js";
import { checkLeaseSeconds, hashLeaseToken, newLeaseToken } from "../../domain/lease.js";
import { checkName } from "../../domain/text.js";
import {
  findAttemptByClaim,
  findAttempts,
  lockAttempt,
  saveNewAttemptToken,
} from "../../store/queue/attempt.js";
import { type TaskClaim, claimTask } from "../../store/queue/claim.js";
import type { QueueAttemptRow, QueueTaskRow } from "../../store/row.js";
import { transaction } from "../../store/transaction.js";
import type { Tx } from "../../store/tx.js";
import type { Caller } from "../caller.js";
import { takeOptionalName } from "../intake.js";
import { actAs } from "../runner.js";
import { expireQueueAttempts } from "./expire-attempts.js";
import { readTask } from "./task.js";

/**
 * The input of {@link claimQueueTask}: the queue, its lanes (default: all), the runner, and the length of the lease in
 * seconds. The same runner with the same key gets the same attempt while its lease lives.
 */
export interface ClaimQueueTaskInput {
  queue: string;
  lanes?: readonly string[] | null;
  runnerId: string;
  leaseSeconds: number;
  idempotencyKey?: string | null;
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
  const claimKey = takeOptionalName("ClaimQueueTaskInput.idempotencyKey", input.idempotencyKey);
  const leaseToken = newLeaseToken();
  const lease = { runnerId, leaseTokenHash: hashLeaseToken(leaseToken), leaseSeconds, claimKey };

  for (;;) {
    const attempt = await transaction(caller.store, async (tx) => {
      await actAs(tx, caller, runnerId, leaseSeconds);
      return (
        (await claimAgain(tx, lease)) ??
        (await claimTask(tx, { ...lease, queue, lanes, attemptId: newId("attempt") }))
      );
    });
    if (!attempt) return { task: null, attempt: null, leaseToken: null };
    if (attempt !== "EXPIRED") return { task: await readTask(caller, attempt.taskId), attempt, leaseToken };
    await expireByClaim(caller, lease);
  }
}

type KeyedLease = Omit<TaskClaim, "queue" | "lanes" | "attemptId">;

/**
 * Gives the attempt that the runner claimed with this key before, with the new token; EXPIRED if its lease has to be ended
 * first. Gives undefined if the runner holds none by this key.
 */
async function claimAgain(
  tx: Tx,
  { runnerId, claimKey, leaseTokenHash, leaseSeconds }: KeyedLease,
): Promise<QueueAttemptRow | "EXPIRED" | undefined> {
  if (claimKey === null) return undefined;
  const id = await findAttemptByClaim(tx, { runnerId, claimKey });
  const attempt = id === undefined ? undefined : await lockAttempt(tx, id);
  if (attempt?.state !== "RUNNING") return undefined;
  if (attempt.leaseExpired) return "EXPIRED";
  await saveNewAttemptToken(tx, { id: attempt.id, leaseTokenHash, leaseSeconds });
  return (await findAttempts(tx, [attempt.id]))[0];
}

async function expireByClaim({ store }: Caller, { runnerId, claimKey }: KeyedLease): Promise<void> {
  const id = claimKey === null ? undefined : await findAttemptByClaim(store, { runnerId, claimKey });
  if (id !== undefined) await expireQueueAttempts(store, [id], "WAIT");
}
