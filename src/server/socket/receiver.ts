import type { Following } from "../../graphql/following/subscribe.js";
import type { Message, Receiver, Source } from "../../realtime/audience/message.js";
import type { SocketOutlet } from "./outlet.js";

/**
 * Sends a subscription over a socket, itself and not through graphql-ws, which would write each batch anew for each of
 * them. To graphql-ws it is a stream that gives nothing until it ends.
 */
export class SocketReceiver implements Receiver, AsyncIterableIterator<never> {
  readonly #outlet: SocketOutlet;
  readonly #prefix: string;
  readonly #onLeft: () => void;
  #following: Following | undefined;
  #leave: (() => void) | undefined;
  #settle: ((error: unknown) => void) | undefined;
  #ended = false;

  /** `onLeft` is told when the client, or the end of its socket, ended it. */
  constructor(outlet: SocketOutlet, id: string, following: Following, onLeft: () => void) {
    this.#outlet = outlet;
    this.#onLeft = onLeft;
    this.#prefix = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.#following = following;
  }

  take({ bytes }: Message, source: Source): void {
    this.#outlet.send(this.#prefix, bytes, source);
  }

  end(error?: unknown): void {
    this.#ended = true;
    this.#settle?.(error);
  }

  next(): Promise<IteratorResult<never>> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) =>
        error === undefined ? resolve({ done: true, value: undefined }) : reject(error);
      if (this.#ended) this.#settle(undefined);
      this.#leave ??= this.#following?.start(this);
      this.#following = undefined;
    });
  }

  async return(): Promise<IteratorResult<never>> {
    this.#following = undefined;
    this.#leave?.();
    this.#onLeft();
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
