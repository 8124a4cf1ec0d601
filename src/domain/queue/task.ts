import { AgentRunError, badUserInput } from "../errors.js";
import type { FailureKind } from "../failure.js";
import type { TerminalStatus } from "../run.js";

/**
 * PENDING -> RUNNING -> COMPLETED | FAILED | BLOCKED | CANCELLED. A pending task may end without running. A running
 * task is PENDING again only if its attempt ran out or was given back. An ended task never changes again.
 */
export const queueTaskStates = ["PENDING", "RUNNING", "COMPLETED", "FAILED", "BLOCKED", "CANCELLED"] as const;

/** One of {@link queueTaskStates}. An attempt has one too, but is never PENDING. */
export type QueueTaskState = (typeof queueTaskStates)[number];

/** The lane of a task whose creator names none. */
export const defaultLane = "default";

/** After how many expired attempts a task fails if its creator says nothing. */
export const defaultTaskAttempts = 1;

/** The highest priority. The lowest is the same number below zero. */
export const maxPriority = 1_000_000;

/** How many tasks the commander, the overview of a queue, shows. */
export const commanderSize = 20;

/** The longest time that a task waits after one of its attempts ran out, in seconds. */
const maxBackoffSeconds = 300;

/** Tells whether a task or attempt in this state has ended. Its state is then its terminal status too. */
export function isTaskEnded(state: QueueTaskState): state is TerminalStatus {
  return state !== "PENDING" && state !== "RUNNING";
}

/** Tells for how many seconds a task is not handed out after its n-th attempt that ran out: 1, 2, 4, ... up to 300. */
export function backoffSeconds(expiredAttempts: number): number {
  return Math.min(maxBackoffSeconds, 2 ** (expiredAttempts - 1));
}

/** Gives the priority back as it was asked for. Throws BAD_USER_INPUT if it is out of range. */
export function checkPriority(priority: number, field: string): number {
  if (Math.abs(priority) > maxPriority)
    throw badUserInput(field, `must be from -${maxPriority} to ${maxPriority}`);
  return priority;
}

/** Throws CONFLICT if an update would make a task PENDING. An update may bring an open task to any other state. */
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

/** Throws ALREADY_TERMINAL if the task has ended. */
export function assertTaskOpen(task: { id: string; state: QueueTaskState }): void {
  if (!isTaskEnded(task.state)) return;
  throw new AgentRunError(`queue task ${task.id} has ended: ${task.state}`, {
    code: "ALREADY_TERMINAL",
    failureKind: task.state === "CANCELLED" ? "CANCELLED" : "SCHEMA_INVALID",
    details: { taskId: task.id, state: task.state },
  });
}

/** Why an attempt did not end well. Both are null unless it ended as FAILED, BLOCKED or CANCELLED. */
export interface AttemptFailure {
  failureKind: FailureKind | null;
  failureMessage: string | null;
}

/** Gives the failure as an attempt tells it. Throws BAD_USER_INPUT if the attempt's state allows none. */
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
