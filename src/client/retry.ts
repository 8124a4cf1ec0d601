import { GraphRequestError, hasCode } from "./graph-request-error.js";
import { wait } from "./wait.js";

const firstDelayMs = 100;
const maxDelayMs = 5_000;

/** How often a fault of the service is tried again: it may have been a fault of its last moments. */
const maxFaults = 5;

/** How an operation is tried again. */
export interface RetryOptions {
  /** Ends the waiting; the last error is thrown. */
  signal?: AbortSignal;
  /** When to give up, as Date.now() counts. Default: never. */
  deadlineAt?: number;
  /** Told of every failure after which it is tried again. */
  onRetry?: (error: GraphRequestError) => void;
}

/** The wait before a retry in milliseconds: 100 doubling to 5,000, of which a random half is left out. */
export function backOffMs(attempt: number, random: () => number = Math.random): number {
  const fullMs = Math.min(maxDelayMs, firstDelayMs * 2 ** attempt);
  return Math.round(fullMs * (0.5 + random() / 2));
}

/**
 * Runs the operation until it succeeds, fails for good, or the time is up; then throws its last error. It must be one
 * that may be sent twice: by an idempotency key, or by its nature.
 */
export async function retry<Result>(
  operation: () => Promise<Result>,
  { signal, deadlineAt = Infinity, onRetry }: RetryOptions = {},
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof GraphRequestError) || !mayRetry(error, attempt)) throw error;
      const waitMs = backOffMs(attempt);
      if (signal?.aborted || Date.now() + waitMs > deadlineAt) throw error;
      onRetry?.(error);
      await wait(waitMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}

/** True where an operation that failed so often before may be tried once more. */
export function mayRetry(error: GraphRequestError, attempt: number): boolean {
  return error.retryable || (hasCode(error, "INTERNAL_SERVER_ERROR") && attempt < maxFaults);
}
