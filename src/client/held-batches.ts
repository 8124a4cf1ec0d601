import type { GraphRequestError } from "./graph-request-error.js";

/** What a follower takes next. */
export type Step<Result> =
  | { kind: "batch"; batch: Result }
  | { kind: "completed" }
  /** More came than is held; what was not held is to be asked for again. */
  | { kind: "overflown" }
  /** `isSocketLost`: the socket failed, not the subscription alone. */
  | { kind: "failed"; error: GraphRequestError; isSocketLost: boolean };

/** How many batches of a subscription wait for its consumer at most: a socket cannot be told to send more slowly. */
export const maxHeldBatches = 8;

/** The batches of one subscription that have come and have not been taken, and how it ended. */
export class HeldBatches<Result> {
  readonly #batches: Result[] = [];
  #end: Exclude<Step<Result>, { kind: "batch" }> | undefined;
  #wake = (): void => {};

  /** False, and not held, if it has ended or too much waits; the latter ends it. */
  push(batch: Result): boolean {
    if (this.#end) return false;
    if (this.#batches.length >= maxHeldBatches) {
      this.end({ kind: "overflown" });
      return false;
    }
    this.#batches.push(batch);
    this.#wake();
    return true;
  }

  /** Ends it after what is held. Only the first end counts. */
  end(step: Exclude<Step<Result>, { kind: "batch" }>): void {
    this.#end ??= step;
    this.#wake();
  }

  /** Ends it now. */
  drop(): void {
    this.#batches.length = 0;
    this.#end = { kind: "completed" };
    this.#wake();
  }

  /** Waits for the next batch, or for the end. */
  async take(): Promise<Step<Result>> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch !== undefined) return { kind: "batch", batch };
      if (this.#end) return this.#end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
