import { AgentRunError, badUserInput } from "./errors.js";
import type { FailureKind } from "./failure.js";

/**
 * PENDING -> CLAIMED -> COMPLETED | FAILED | BLOCKED | CANCELLED. A pending run may end without a claim. A claimed run
 * is PENDING again if its lease runs out. An ended run never changes again.
 */
export const runStatuses = ["PENDING", "CLAIMED", "COMPLETED", "FAILED", "BLOCKED", "CANCELLED"] as const;

/** One of {@link runStatuses}. */
export type RunStatus = (typeof runStatuses)[number];

/** How a run, a command or a turn ended. */
export const terminalStatuses = ["COMPLETED", "FAILED", "BLOCKED", "CANCELLED"] as const;

/** One of {@link terminalStatuses}. */
export type TerminalStatus = (typeof terminalStatuses)[number];

/** How a run or command ended. Every end but COMPLETED may say why. */
export type Outcome = {
  failureKind: FailureKind | null;
  failureMessage: string | null;
  /** How many secrets were taken out of the message. Default: none. */
  redactions?: number;
} & (
  | { terminalStatus: "COMPLETED"; failureKind: null; failureMessage: null }
  | { terminalStatus: Exclude<TerminalStatus, "COMPLETED"> }
);

/** Tells whether a run of this status has ended. Its status is then its terminal status too. */
export function isEnded(status: RunStatus): status is TerminalStatus {
  return status !== "PENDING" && status !== "CLAIMED";
}

/** Makes the error for a call that needs a run that has not ended. */
export function runEnded(run: {
  id: string;
  status: RunStatus;
  failureKind: FailureKind | null;
}): AgentRunError {
  return new AgentRunError(`run ${run.id} has ended: ${run.status}`, {
    code: "ALREADY_TERMINAL",
    failureKind: run.failureKind ?? (run.status === "CANCELLED" ? "CANCELLED" : "SCHEMA_INVALID"),
    details: { runId: run.id, status: run.status },
  });
}

/** Checks a result as it was sent. Throws BAD_USER_INPUT if a COMPLETED one has a failureKind or failureMessage. */
export function outcomeOf(
  result: {
    terminalStatus: TerminalStatus;
    failureKind?: FailureKind | null;
    failureMessage?: string | null;
  },
  field: string,
): Outcome {
  const { terminalStatus, failureKind = null, failureMessage = null } = result;
  if (terminalStatus !== "COMPLETED") return { terminalStatus, failureKind, failureMessage };
  if (failureKind !== null)
    throw badUserInput(`${field}.failureKind`, "must be null where terminalStatus is COMPLETED");
  if (failureMessage !== null) {
    throw badUserInput(`${field}.failureMessage`, "must be null where terminalStatus is COMPLETED");
  }
  return { terminalStatus, failureKind, failureMessage };
}
