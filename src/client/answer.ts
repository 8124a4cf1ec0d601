import { GraphRequestError } from "./graph-request-error.js";

/** An error of a GraphQL answer, as the service writes it. */
export interface AnswerError {
  message?: string;
  extensions?: { code?: string; retryable?: boolean; details?: unknown };
}

/**
 * The first of an answer's errors, or undefined where there is none. `transport` is what the way that it came tells: its
 * code where the error has none, and `retryable` where the call may succeed later whatever the error says.
 */
export function errorOf(
  [error]: readonly AnswerError[],
  transport: { code: string; retryable: boolean },
): GraphRequestError | undefined {
  if (!error) return undefined;
  const { code = transport.code, retryable = false, details } = error.extensions ?? {};
  return new GraphRequestError(error.message ?? code, {
    code,
    retryable: retryable || transport.retryable,
    details,
  });
}
