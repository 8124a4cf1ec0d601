/*
 * How a store follows: it begins, follows until what it follows cannot go on, and begins anew where its place is not known any more. What
 * passes by itself is tried again for ever; what does not makes the store fail, until it is refreshed.
 */
import { GraphRequestError, hasCode } from "../graph-request-error.js";
import { retry } from "../retry.js";
import type { Published, StoreState } from "./store.js";

/** What ends following, and whom it tells of a loss that may pass. */
export interface Loss {
  signal: AbortSignal;
  onRetry: () => void;
}

/** What a store does in turn. */
export interface Followed {
  /** Reads what there is. */
  begin?: () => Promise<void>;
  /** Follows, and takes each batch. */
  follow: (loss: Loss) => AsyncIterable<unknown>;
}

/** Follows from its creation until it is stopped. */
export class Following<Snapshot extends StoreState> {
  readonly #published: Published<Snapshot>;
  readonly #followed: Followed;
  #stop = new AbortController();

  constructor(published: Published<Snapshot>, followed: Followed) {
    this.#published = published;
    this.#followed = followed;
    void this.#run(this.#stop.signal);
  }

  /** True once it was stopped, or has failed. */
  get isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Aborted when it stops or fails. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Begins anew, if it has failed. */
  restart(): void {
    if (this.#published.getSnapshot().status !== "failed") return;
    this.#stop = new AbortController();
    this.#publish("loading");
    void this.#run(this.#stop.signal);
  }

  /** Ends it for good. */
  stop(): void {
    this.#stop.abort();
    this.#publish("closed");
  }

  async #run(signal: AbortSignal): Promise<void> {
    const onRetry = (): void => {
      if (!signal.aborted && this.#published.getSnapshot().status === "live") this.#publish("reconnecting");
    };
    while (!signal.aborted) {
      try {
        const { begin, follow } = this.#followed;
        if (begin) await retry(() => (signal.aborted ? Promise.resolve() : begin()), { signal, onRetry });
        for await (const _batch of follow({ signal, onRetry })) {
          if (signal.aborted) return;
          this.#publish("live");
        }
        // What is followed is no more.
        return this.stop();
      } catch (error) {
        if (signal.aborted) return;
        if (!isTooOld(error)) return this.#fail(error);
      }
    }
  }

  #fail(error: unknown): void {
    this.#stop.abort();
    this.#publish("failed", asRequestError(error));
  }

  #publish(status: StoreState["status"], error?: GraphRequestError): void {
    this.#published.publish({ status, error } as Partial<Snapshot>);
  }
}

/** Any failure as one of those that the client tells of. */
export function asRequestError(error: unknown): GraphRequestError {
  if (error instanceof GraphRequestError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new GraphRequestError(message, { code: "CLIENT_FAULT", retryable: false, cause: error });
}

/** True where what was followed has to be read anew, since its changes are not told one by one. */
export function isTooOld(error: unknown): boolean {
  if (!hasCode(error, "BAD_USER_INPUT")) return false;
  const { details } = error as GraphRequestError;
  return (
    typeof details === "object" &&
    details !== null &&
    "reason" in details &&
    details.reason === "cursor-too-old"
  );
}
