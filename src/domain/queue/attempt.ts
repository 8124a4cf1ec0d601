import { AgentRunError } from "../errors.js";
import { type LeaseWriter, whyNotHeld } from "../lease.js";
import type { QueueTaskState } from "./task.js";

/**
 * What decides whether a caller may write to an attempt. Whether the lease has expired is read from the database's
 * clock.
 */
export interface HeldAttempt {
  taskId: string;
  /** The attempt's number, from 1. 0 stands for a task that never had an attempt. */
  number: number;
  state: QueueTaskState;
  /** Null if the attempt began without a claim. Then nobody holds it. */
  leaseTokenHash: string | null;
  leaseExpired: boolean;
}

/**
 * Throws RUNNER_LEASE_CONFLICT if this caller may not write to the attempt. A caller that sends a lease token must
 * hold the attempt by a lease that lives. A caller without a token may write if nobody holds it, or if it is an
 * operator.
 */
export function assertMayWriteAttempt(attempt: HeldAttempt, writer: LeaseWriter): void {
  const held = attempt.state === "RUNNING" && attempt.leaseTokenHash !== null;
  const why = whyNotHeld({ ...attempt, held }, writer);
  if (why !== null) throw attemptConflict(attempt, why);
}

/** Makes the error for a caller that does what only the holder of an attempt may do. */
export function attemptConflict(attempt: { taskId: string; number: number }, why: string): AgentRunError {
  const { taskId, number } = attempt;
  return new AgentRunError(`attempt ${number} of queue task ${taskId} ${why}`, {
    code: "RUNNER_LEASE_CONFLICT",
    failureKind: "RUNNER_LEASE_CONFLICT",
    details: { taskId, attempt: number },
  });
}
