/*
 * How a store follows: it begins, follows until what it follows cannot go on, and begins anew where its place is not known any more. What
 * passes by itself is tried again for ever; what does not makes the store fail, until it is refreshed. What it follows besides shares its
 * fate: where one of them fails all end and the store has failed, and it is live while all are.
 */
import { GraphRequestError, hasCode } from "../graph-request-error.js";
import { retry } from "../retry.js";
import type { Published, StoreState } from "./store.js";

/** What ends following, and whom it tells of a loss that may pass. */
export interface Loss {
  signal: AbortSignal;
  onRetry: () => void;
}

/** Follows something, and takes each batch. */
export type Follow = (loss: Loss) => AsyncIterable<unknown>;

/** What a store does in turn. */
export interface Followed {
  /** Reads what there is. */
  begin?: () => Promise<void>;
  /** The store is closed where this ends. */
  follow: Follow;
  /** What is followed too, once it has begun: each from its own beginning, again where its place is not known any more. */
  beside?: readonly Follow[];
}

/** How one of what is followed stands. */
type Standing = "beginning" | "live" | "lost";

/** Follows from its creation until it is stopped. */
export class Following<Snapshot extends StoreState> {
  readonly #published: Published<Snapshot>;
  readonly #followed: Followed;
  #stop = new AbortController();
  /** There is something to show. */
  #hasRead = false;
  readonly #standings = new Map<Follow, Standing>();

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
    const { begin, follow, beside = [] } = this.#followed;
    this.#hasRead = false;
    for (const each of [follow, ...beside]) this.#standings.set(each, "beginning");
    const onRetry = (): void => this.#stand(follow, "lost", signal);
    let waiting = beside;
    await this.#untilEnd(signal, async () => {
      if (begin) {
        await retry(() => (signal.aborted ? Promise.resolve() : begin()), { signal, onRetry });
        this.#hasRead = true;
      }
      for (const each of waiting) void this.#untilEnd(signal, () => this.#follow(each, signal));
      waiting = [];
      await this.#follow(follow, signal);
    });
    // What is followed is no more.
    if (!signal.aborted) this.stop();
  }

  async #follow(follow: Follow, signal: AbortSignal): Promise<void> {
    const onRetry = (): void => this.#stand(follow, "lost", signal);
    for await (const _batch of follow({ signal, onRetry })) {
      if (signal.aborted) return;
      if (follow === this.#followed.follow) this.#hasRead = true;
      this.#stand(follow, "live", signal);
    }
    this.#stand(follow, "live", signal);
  }

  /** Does it to its end, again where its place is not known any more; what else it throws fails the store. */
  async #untilEnd(signal: AbortSignal, turn: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await turn();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isTooOld(error)) return this.#fail(error);
      }
    }
  }

  #stand(follow: Follow, standing: Standing, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#standings.set(follow, standing);
    if (!this.#hasRead) return;
    const all = new Set(this.#standings.values());
    if (all.has("lost")) this.#publish("reconnecting");
    else if (!all.has("beginning")) this.#publish("live");
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
