import { constants } from "node:os";
import type { TurnResultInput } from "../../generated/documents/graphql.js";
import { type ChildExit, endAskedBy } from "./child-exit.js";

/**
 * Gives the exit code that a shell would give: the program's own, 128 and the signal's number if a signal killed it,
 * 127 if it is missing, and 126 if it cannot be run.
 */
export function exitCodeOf(exit: ChildExit): number {
  switch (exit.kind) {
    case "EXITED":
      return exit.code;
    case "KILLED":
      return 128 + constants.signals[exit.signal];
    case "NOT_STARTED":
      return exit.error.code === "ENOENT" ? 127 : 126;
  }
}

/** Gives the way in which a process ended as the result of its turn. An end that was asked for is no failure. */
export function resultOf(exit: ChildExit): TurnResultInput {
  if (exit.kind === "EXITED" && exit.code === 0) return { terminalStatus: "COMPLETED" };
  const askedBy = endAskedBy(exit);
  const failureMessage = describeExit(exit);
  if (askedBy === undefined)
    return { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED", failureMessage };
  return {
    terminalStatus: "CANCELLED",
    failureKind: "CANCELLED",
    failureMessage: `asked to end by ${askedBy}: ${failureMessage}`,
  };
}

/** Tells people how a process ended. */
export function describeExit(exit: ChildExit): string {
  switch (exit.kind) {
    case "EXITED":
      return `exit code ${exit.code}`;
    case "KILLED":
      return `killed by ${exit.signal}`;
    case "NOT_STARTED":
      return `could not be started: ${exit.error.message}`;
  }
}
