import type { Message, Receiver, Source } from "../../../src/realtime/audience/message.js";
import type { Batch } from "../../../src/realtime/log.js";

/** A client that takes what it is sent, at once or when it is told to. */
export class Client implements Receiver {
  readonly messages: Message[] = [];
  ended = false;
  error: unknown;
  slow = false;
  onTake: () => unknown = () => {};
  #source: Source | undefined;

  take(message: Message, source: Source): void {
    this.messages.push(message);
    this.onTake();
    if (this.slow) this.#source = source;
    else source.taken();
  }
  end(error?: unknown): void {
    this.ended = true;
    this.error = error;
  }
  /** Takes what waits. */
  read(): void {
    const source = this.#source;
    this.#source = undefined;
    source?.taken();
  }
  get batches(): Batch<number, number>[] {
    return this.messages.map(({ text }) => JSON.parse(text) as Batch<number, number>);
  }
  get items(): number[] {
    return this.batches.flatMap(({ items }) => items);
  }
}
