/** What is known of an operation that failed. */
export interface RequestFailure {
  code: string;
  retryable: boolean;
  details?: unknown;
  cause?: unknown;
}

/**
 * An operation that did not succeed. `code` is that of the service's error; `UNREACHABLE` where no whole answer came, and
 * `HTTP_` with the status where the answer was not GraphQL. `retryable`: the same call may succeed later.
 */
export class GraphRequestError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  /** What the service says beside the message; undefined where nothing. */
  readonly details: unknown;

  constructor(message: string, failure: RequestFailure) {
    super(message, { cause: failure.cause });
    this.name = "GraphRequestError";
    this.code = failure.code;
    this.retryable = failure.retryable;
    this.details = failure.details;
  }
}

/** True for a GraphRequestError of one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof GraphRequestError && codes.includes(error.code);
}
