import { GraphRequestError, hasCode } from "./graph-request-error.js";
import { wait } from "./wait.js";

const firstDelayMs = 100;
const maxDelayMs = 5_000;

/** How often a fault of the service is tried again, as one of its last moments may be: other failures are not counted. */
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

/** How often an operation has failed since it last succeeded, and what is to be done about it. */
export class Failures {
  #count = 0;
  #faults = 0;

  /** Counts one more. Gives the wait in milliseconds before the next try; undefined if it would fail the same way again. */
  add(error: GraphRequestError): number | undefined {
    if (!error.retryable) {
      if (!hasCode(error, "INTERNAL_SERVER_ERROR") || this.#faults >= maxFaults) return undefined;
      this.#faults += 1;
    }
    const waitMs = backOffMs(this.#count);
    this.#count += 1;
    return waitMs;
  }

  /** Forgets them: it has succeeded. */
  clear(): void {
    this.#count = 0;
    this.#faults = 0;
  }
}

/**
 * Runs the operation until it succeeds, fails for good, or the time is up; then throws its last error. It must be one
 * that may be sent twice: by an idempotency key, or by its nature.
 */
export async function retry<Result>(
  operation: () => Promise<Result>,
  { signal, deadlineAt = Infinity, onRetry }: RetryOptions = {},
): Promise<Result> {
  const failures = new Failures();
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      const waitMs = error instanceof GraphRequestError ? failures.add(error) : undefined;
      if (waitMs === undefined || signal?.aborted || Date.now() + waitMs > deadlineAt) throw error;
      onRetry?.(error as GraphRequestError);
      await wait(waitMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}
