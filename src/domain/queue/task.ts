import { AgentRunError, badUserInput } from "../errors.js";
import type { FailureKind } from "../failure.js";
import type { TerminalStatus } from "../run.js";

/**
 * PENDING -> RUNNING -> COMPLETED | FAILED | BLOCKED | CANCELLED; a pending task may end without running. An attempt that
 * ran out or was given back puts its task back to PENDING; nothing else does. An ended task never changes again.
 */
export const queueTaskStates = ["PENDING", "RUNNING", "COMPLETED", "FAILED", "BLOCKED", "CANCELLED"] as const;

/** One of {@link queueTaskStates}; of an attempt too, which is never PENDING. */
export type QueueTaskState = (typeof queueTaskStates)[number];

/** The lane of a task whose creator names none. */
export const defaultLane = "default";

/** After how many expired attempts a task fails where its creator says nothing. */
export const defaultTaskAttempts = 1;

/** The highest priority; the lowest is the same below zero. */
export const maxPriority = 1_000_000;

/** How many tasks the commander shows. */
export const commanderSize = 20;

/** The longest time for which a task whose attempt ran out is not handed out again, in seconds. */
const maxBackoffSeconds = 300;

/** True for a task or attempt that has ended; its state is then the terminal status too. */
export function isTaskEnded(state: QueueTaskState): state is TerminalStatus {
  return state !== "PENDING" && state !== "RUNNING";
}

/** For how many seconds a task is not handed out after the n-th of its attempts ran out: 1, doubling to 300. */
export function backoffSeconds(expiredAttempts: number): number {
  return Math.min(maxBackoffSeconds, 2 ** (expiredAttempts - 1));
}

/** The priority as it was asked for, or BAD_USER_INPUT. */
export function checkPriority(priority: number, field: string): number {
  if (Math.abs(priority) > maxPriority)
    throw badUserInput(field, `must be from -${maxPriority} to ${maxPriority}`);
  return priority;
}

/** CONFLICT where a task that has not ended may not be brought from one state to the other by an update. */
export function assertMayBecome(
  task: { id: string; state: QueueTaskState },
  state: QueueTaskState,
): asserts state is Exclude<QueueTaskState, "PENDING"> {
  if (state !== "PENDING") return;
  throw new AgentRunError(`queue task ${task.id} is ${task.state} and cannot become PENDING by an update`, {
    code: "CONFLICT",
    details: { taskId: task.id, state: task.state },
  });
}

/** ALREADY_TERMINAL for a task that has ended. */
export function assertTaskOpen(task: { id: string; state: QueueTaskState }): void {
  if (!isTaskEnded(task.state)) return;
  throw new AgentRunError(`queue task ${task.id} has ended: ${task.state}`, {
    code: "ALREADY_TERMINAL",
    failureKind: task.state === "CANCELLED" ? "CANCELLED" : "SCHEMA_INVALID",
    details: { taskId: task.id, state: task.state },
  });
}

/** Why an attempt did not end well; only an end that is not COMPLETED has any. */
export interface AttemptFailure {
  failureKind: FailureKind | null;
  failureMessage: string | null;
}

/** What an attempt says of its failure, or BAD_USER_INPUT where its state has no room for one. */
export function checkFailure(
  state: QueueTaskState,
  { failureKind, failureMessage }: Partial<AttemptFailure>,
  field: string,
): AttemptFailure {
  const failure = { failureKind: failureKind ?? null, failureMessage: failureMessage ?? null };
  if (isTaskEnded(state) && state !== "COMPLETED") return failure;
  for (const [name, value] of Object.entries(failure)) {
    if (value !== null)
      throw badUserInput(`${field}.${name}`, "must be null unless state is FAILED, BLOCKED or CANCELLED");
  }
  return failure;
}
