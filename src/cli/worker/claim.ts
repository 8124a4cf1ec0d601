import { GraphRequestError } from "../../client/graph-request-error.js";
import { claimQueueTaskDocument } from "../operations/queue.js";
import type { GraphClient } from "../../client/transport.js";
import { leaseSeconds } from "../exec/run-hold.js";

/** The queue and lanes that a worker claims from, and the runner that it claims as. */
export interface TaskClaim {
  queue: string;
  /** Null for any lane. */
  lanes: string[] | null;
  runnerId: string;
  /** Makes it safe to send the claim again. */
  idempotencyKey: string;
}

/** A task that a worker has claimed. */
export interface ClaimedTask {
  taskId: string;
  projectId: string;
  title: string | null;
  payload: unknown;
  attemptId: string;
  /** The number of the attempt, from 1. */
  number: number;
  leaseToken: string;
}

/**
 * Claims the next task. Gives undefined if none waits. If the answer is lost, the same claim gives the task again.
 */
export async function requestTask(client: GraphClient, claim: TaskClaim): Promise<ClaimedTask | undefined> {
  const { claimQueueTask } = await client.request(claimQueueTaskDocument, {
    input: { ...claim, leaseSeconds },
  });
  const { task, attempt, leaseToken } = claimQueueTask;
  if (!task) return undefined;
  if (!attempt || !leaseToken)
    throw new GraphRequestError("the service gave no lease token", { code: "NO_LEASE", retryable: false });
  const { id: taskId, ...rest } = task;
  return { ...rest, taskId, attemptId: attempt.id, number: attempt.number, leaseToken };
}
