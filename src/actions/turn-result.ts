import type { FailureKind } from "../domain/failure.js";
import { type Outcome, type TerminalStatus, outcomeOf } from "../domain/run.js";
import { takeOptionalName, takeTextCounted } from "./intake.js";

/** How a turn or a run ended, as its backend tells it. */
export interface TurnResult {
  terminalStatus: TerminalStatus;
  failureKind?: FailureKind | null;
  failureMessage?: string | null;
  threadId?: string | null;
  turnId?: string | null;
}

/** Checks a result, and takes secrets and characters that cannot be stored out of its message. */
export function takeResult(
  result: TurnResult,
  field: string,
): { end: Outcome; threadId: string | null; turnId: string | null } {
  const message = takeTextCounted(result.failureMessage ?? null, `${field}.failureMessage`);
  return {
    end: { ...outcomeOf({ ...result, failureMessage: message.text }, field), redactions: message.count },
    threadId: takeOptionalName("TurnResultInput.threadId", result.threadId, `${field}.threadId`),
    turnId: takeOptionalName("TurnResultInput.turnId", result.turnId, `${field}.turnId`),
  };
}
