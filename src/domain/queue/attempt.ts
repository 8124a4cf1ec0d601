import { AgentRunError } from "../errors.js";
import { type LeaseWriter, whyNotHeld } from "../lease.js";
import type { QueueTaskState } from "./task.js";

/** What decides whether somebody may write to an attempt. `leaseExpired` is said by the database's clock. */
export interface HeldAttempt {
  taskId: string;
  /** 0 stands for a task that never had an attempt. */
  number: number;
  state: QueueTaskState;
  /** Null where it began without a claim: then nobody holds it. */
  leaseTokenHash: string | null;
  leaseExpired: boolean;
}

/**
 * RUNNER_LEASE_CONFLICT where this write may not go into the attempt: a token that is sent must be that of a lease that
 * lives; without one, only an attempt that nobody holds, or an operator, may write.
 */
export function assertMayWriteAttempt(attempt: HeldAttempt, writer: LeaseWriter): void {
  const held = attempt.state === "RUNNING" && attempt.leaseTokenHash !== null;
  const why = whyNotHeld({ ...attempt, held }, writer);
  if (why !== null) throw attemptConflict(attempt, why);
}

/** The refusal of what only the holder of an attempt may do. */
export function attemptConflict(attempt: { taskId: string; number: number }, why: string): AgentRunError {
  const { taskId, number } = attempt;
  return new AgentRunError(`attempt ${number} of queue task ${taskId} ${why}`, {
    code: "RUNNER_LEASE_CONFLICT",
    failureKind: "RUNNER_LEASE_CONFLICT",
    details: { taskId, attempt: number },
  });
}
