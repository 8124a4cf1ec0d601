import { resultOf } from "../exec/outcome.js";
import type { ProcessEnd } from "../exec/record-process.js";
import type { AttemptUpdate } from "./task-hold.js";

/**
 * Tells how an attempt ends after its process. Gives undefined if the run was lost, so that the task is to be given
 * back.
 */
export function attemptEndOf({ exit, status, trouble }: ProcessEnd): AttemptUpdate | undefined {
  const own = resultOf(exit);
  if (status === "CANCELLED" && (trouble || own.terminalStatus !== "CANCELLED")) {
    const failureMessage = trouble?.message ?? "the turn was cancelled";
    return { state: "CANCELLED", failureKind: "CANCELLED", failureMessage };
  }
  if (!trouble || trouble.kind === "CANCELLED") {
    const { terminalStatus: state, failureKind, failureMessage } = own;
    return { state, failureKind, failureMessage };
  }
  const { failureKind, message: failureMessage } = trouble;
  if (failureKind === "LEASE_EXPIRED" || failureKind === "RUNNER_LEASE_CONFLICT") return undefined;
  if (status === "COMPLETED") return { state: "COMPLETED" };
  return { state: status === "BLOCKED" ? "BLOCKED" : "FAILED", failureKind, failureMessage };
}
