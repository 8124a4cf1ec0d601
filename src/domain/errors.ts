import type { FailureKind } from "./failure.js";
import type { JsonObject } from "./json-value.js";

/** Each error code, with the HTTP status that it stands for and whether the same call may succeed later. */
export const errorCodes = {
  GRAPHQL_PARSE_FAILED: { httpStatus: 400, retryable: false },
  GRAPHQL_VALIDATION_FAILED: { httpStatus: 400, retryable: false },
  BAD_USER_INPUT: { httpStatus: 400, retryable: false },
  QUERY_TOO_COMPLEX: { httpStatus: 400, retryable: false },
  UNAUTHENTICATED: { httpStatus: 401, retryable: false },
  FORBIDDEN: { httpStatus: 403, retryable: false },
  NOT_FOUND: { httpStatus: 404, retryable: false },
  CONFLICT: { httpStatus: 409, retryable: false },
  IDEMPOTENCY_KEY_REUSED: { httpStatus: 409, retryable: false },
  PRECONDITION_FAILED: { httpStatus: 412, retryable: false },
  ALREADY_TERMINAL: { httpStatus: 409, retryable: false },
  RUNNER_LEASE_CONFLICT: { httpStatus: 409, retryable: false },
  TENANT_POLICY_DENIED: { httpStatus: 403, retryable: false },
  RATE_LIMITED: { httpStatus: 429, retryable: true },
  UNAVAILABLE: { httpStatus: 503, retryable: true },
  INTERNAL_SERVER_ERROR: { httpStatus: 500, retryable: false },
} as const;

/** One of the keys of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error says besides its message. */
export interface Refusal {
  code: ErrorCode;
  /** Why, in the words of runs and commands. Default: `SCHEMA_INVALID`. */
  failureKind?: FailureKind;
  /** Ids and names that help the caller. They never hold a credential's value or anything of another tenant. */
  details?: JsonObject;
}

/** A refusal that callers are meant to see: its message and code reach them as they are. Any other error is masked. */
export class AgentRunError extends Error {
  readonly code: ErrorCode;
  readonly failureKind: FailureKind;
  readonly details: JsonObject | undefined;

  constructor(message: string, refusal: Refusal) {
    super(message);
    this.name = "AgentRunError";
    this.code = refusal.code;
    this.failureKind = refusal.failureKind ?? "SCHEMA_INVALID";
    this.details = refusal.details;
  }

  /** The HTTP status that the code stands for. */
  get httpStatus(): number {
    return errorCodes[this.code].httpStatus;
  }

  /** True if the same call may succeed later. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

/** Makes the error for a wrong argument. Its message names the field by its path and says what is allowed there. */
export function badUserInput(field: string, allowed: string, details: JsonObject = {}): AgentRunError {
  return new AgentRunError(`${field} ${allowed}`, { code: "BAD_USER_INPUT", details: { field, ...details } });
}

/** Makes the error for an id that does not exist. An id of another tenant gets the same error. */
export function notFound(noun: string, id: string): AgentRunError {
  return new AgentRunError(`${noun} ${id} was not found`, { code: "NOT_FOUND", details: { id } });
}

/** Makes the error for a change of a thing that has changed since the caller saw it. */
export function preconditionFailed(thing: string, expected: number, actual: number): AgentRunError {
  return new AgentRunError(`${thing} has changed since change ${expected}: it is at change ${actual} now`, {
    code: "PRECONDITION_FAILED",
    details: { expected, actual },
  });
}

/** Makes the error for a call if the database, or something else that the service needs, does not answer now. */
export function unavailable(message: string): AgentRunError {
  return new AgentRunError(message, { code: "UNAVAILABLE", failureKind: "INFRA_FAILED" });
}
