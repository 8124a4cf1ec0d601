import { randomUUID } from "node:crypto";
import { appendEventsDocument } from "../operations/event.js";
import type { RunEventInput } from "../../generated/documents/graphql.js";
import type { OutputPiece } from "./output-piece.js";
import type { OutputQueue } from "./output-queue.js";
import type { RunHold } from "./run-hold.js";

/**
 * Stores the batches of a queue, one request at a time. Each request has an idempotency key of its own, so that a
 * repeated one stores nothing twice.
 */
export class Delivery {
  readonly #hold: RunHold;
  readonly #prefix = `output-${randomUUID()}`;
  #requests = 0;
  /** How many bytes of what was printed are stored. */
  bytes = 0;
  events = 0;

  constructor(hold: RunHold) {
    this.#hold = hold;
  }

  /** Stores batches until the queue has ended or `isOver` gives true. Throws if the run takes nothing more. */
  async drain(queue: OutputQueue, isOver: () => boolean, onStored: () => void): Promise<void> {
    for (let batch = await queue.take(); batch && !isOver(); batch = await queue.take()) {
      await this.#append(batch.pieces.map((piece) => this.#eventOf(piece)));
      queue.release(batch);
      this.bytes += batch.pieces.reduce((sum, { printedBytes }) => sum + printedBytes, 0);
      onStored();
    }
  }

  /** Stores the last event of a process, which tells its exit code and the moment of its end. */
  async appendExit(exitCode: number, endedAt: number): Promise<void> {
    const payload = { text: "", stream: "stdout", outputBytes: 0, exitCode };
    await this.#append([{ type: "COMMAND_OUTPUT", payload, ...this.#timeOf(endedAt) }]);
  }

  #eventOf({ stream, text, printedBytes, readAt }: OutputPiece): RunEventInput {
    const payload = { text, stream, outputBytes: printedBytes };
    return { type: "COMMAND_OUTPUT", payload, ...this.#timeOf(readAt) };
  }

  #timeOf(moment: number): { occurredAt?: string } {
    const occurredAt = this.#hold.clock.timeOf(moment);
    return occurredAt === undefined ? {} : { occurredAt };
  }

  async #append(events: RunEventInput[]): Promise<void> {
    const { client, runId } = this.#hold;
    const idempotencyKey = `${this.#prefix}-${(this.#requests += 1)}`;
    await this.#hold.write((leaseToken) =>
      client.request(appendEventsDocument, { input: { runId, events, idempotencyKey, leaseToken } }),
    );
    this.events += events.length;
  }
}
