import { type AgentRunError, badUserInput } from "./errors.js";

/** How far ahead of the database's clock a caller's `occurredAt` may be, in seconds: clocks differ. */
export const aheadSeconds = 5;

/** What descriptions of the graph say of such a time. */
export const occurredAtBound = `At most ${aheadSeconds} s after the service's clock; BAD_USER_INPUT if it is later. Default: now.`;

/** Makes the error for an `occurredAt` that is further ahead. */
export function isAhead(field: string): AgentRunError {
  return badUserInput(field, `must not be more than ${aheadSeconds} s after the service's clock`);
}
