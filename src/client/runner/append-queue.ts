/*
 * The events of a run on their way: in the order in which they were appended, one request at a time, each with a key of its own, so that what is
 * sent again is stored once. What comes while a request is under way goes out together with the next.
 */
import type { RunEventInput } from "../../generated/client/graphql.js";
import { GraphRequestError } from "../graph-request-error.js";
import { retry } from "../retry.js";
import type { GraphClient } from "../transport.js";
import { uniqueKey } from "../unique-key.js";
import { appendEventsDocument } from "./documents.js";

/** The most that one request holds: events, and characters of JSON. */
const maxBatchEvents = 500;
const maxBatchLength = 512 * 1024;

/** The most that waits, in characters of JSON: who appends more without waiting is refused. */
const maxWaitingLength = 16 * 1024 * 1024;

/** An event that waits. */
interface Waiting {
  event: RunEventInput;
  length: number;
  stored: () => void;
  failed: (error: unknown) => void;
}

/** Appends to one run that is held. */
export class AppendQueue {
  readonly #client: GraphClient;
  readonly #held: { runId: string; leaseToken: string };
  readonly #signal: AbortSignal;
  #waiting: Waiting[] = [];
  #length = 0;
  #sending: Promise<void> | undefined;

  constructor(client: GraphClient, held: { runId: string; leaseToken: string }, signal: AbortSignal) {
    this.#client = client;
    this.#held = held;
    this.#signal = signal;
  }

  /** Resolves once they are stored. Throws what the service refuses, and QUEUE_FULL where too much waits. */
  async add(events: readonly RunEventInput[]): Promise<void> {
    const lengths = events.map((event) => JSON.stringify(event).length);
    const added = lengths.reduce((sum, length) => sum + length, 0);
    if (this.#length > 0 && this.#length + added > maxWaitingLength) {
      const message = `more than ${maxWaitingLength} characters wait to be stored: wait for what was appended before`;
      throw new GraphRequestError(message, { code: "QUEUE_FULL", retryable: true });
    }
    this.#length += added;
    const all = events.map(
      (event, index) =>
        new Promise<void>((stored, failed) => {
          this.#waiting.push({ event, length: lengths[index] ?? 0, stored, failed });
        }),
    );
    this.#sending ??= this.#sendAll();
    await Promise.all(all);
  }

  /** Waits until all that was appended is stored or refused. */
  async flush(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    // What is appended in one go belongs together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        const events = batch.map(({ event }) => event);
        const input = { ...this.#held, events, idempotencyKey: uniqueKey() };
        await retry(() => this.#client.request(appendEventsDocument, { input, asks: false }), {
          signal: this.#signal,
        });
        for (const { stored } of batch) stored();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
      this.#length -= batch.reduce((sum, { length }) => sum + length, 0);
    }
    this.#sending = undefined;
  }

  #take(): Waiting[] {
    let length = 0;
    let count = 0;
    for (const one of this.#waiting) {
      length += one.length;
      if (count === maxBatchEvents || (count > 0 && length > maxBatchLength)) break;
      count += 1;
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }
}
