import type { FailureKind } from "../domain/failure.js";
import { type Outcome, type TerminalStatus, outcomeOf } from "../domain/run.js";
import { checkOptionalName } from "../domain/text.js";
import { takeText } from "./intake.js";

/** What a backend says of a turn or run that it has ended. */
export interface TurnResult {
  terminalStatus: TerminalStatus;
  failureKind?: FailureKind | null;
  failureMessage?: string | null;
  threadId?: string | null;
  turnId?: string | null;
}

/** The result checked, its message cleaned and without secrets. */
export function takeResult(
  result: TurnResult,
  field: string,
): { end: Outcome; threadId: string | null; turnId: string | null } {
  return {
    end: outcomeOf({ ...result, failureMessage: takeText(result.failureMessage ?? null) }, field),
    threadId: checkOptionalName(result.threadId, `${field}.threadId`),
    turnId: checkOptionalName(result.turnId, `${field}.turnId`),
  };
}
