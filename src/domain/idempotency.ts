import { AgentRunError } from "./errors.js";
import type { JsonObject } from "./json-value.js";

/** What an `idempotencyKey` may have been used for before, in the words of the refusal. */
const reusedFor = {
  run: "another run",
  command: "another command of this run",
  job: "another job of this run",
  task: "another queue task of this project",
  events: "other events of this run",
} as const;

/** Makes the error for an `idempotencyKey` that comes again with other content. `details` names its first use. */
export function keyReused(noun: keyof typeof reusedFor, details: JsonObject): AgentRunError {
  return new AgentRunError(`input.idempotencyKey was used before for ${reusedFor[noun]}`, {
    code: "IDEMPOTENCY_KEY_REUSED",
    details: { field: "input.idempotencyKey", ...details },
  });
}

/**
 * Gives back the row that was made earlier with the same `idempotencyKey`, if the same content came again. Throws
 * IDEMPOTENCY_KEY_REUSED if the content differs.
 */
export function replayOf<Row extends { id: string }>(
  noun: Exclude<keyof typeof reusedFor, "events">,
  earlier: Row,
  isSame: boolean,
): Row {
  if (isSame) return earlier;
  throw keyReused(noun, { [`${noun}Id`]: earlier.id });
}
