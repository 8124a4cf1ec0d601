/*
 * The events of a run on their way: in the order in which they were appended, one request at a time, each with a key of its own, so that what is
 * sent again is stored once. What comes while a request is under way goes out together with the next. A request is stored whole or not at all:
 * where one of several calls is refused, each is sent by itself, so that none pays for another's fault.
 */
import type { RunEventInput } from "../../generated/client/graphql.js";
import { GraphRequestError, hasCode } from "../graph-request-error.js";
import type { GraphClient } from "../transport.js";
import { uniqueKey } from "../unique-key.js";
import { appendEventsDocument } from "./documents.js";
import type { RunLease } from "./run-lease.js";

/** The most that one request holds: events, and characters of JSON. */
const maxBatchEvents = 500;
const maxBatchLength = 512 * 1024;

/** The most that waits, in characters of JSON: who appends more without waiting is refused. */
const maxWaitingLength = 16 * 1024 * 1024;

/** How the service refuses what is appended, and not the run: it has stored none of the request's events. */
const refusals = ["BAD_USER_INPUT", "CONFLICT", "HTTP_413"];

/** The ids of the requests that events opened, at the events' places. */
type Opened = (string | undefined)[];

/** Events of one call that wait, as many as one request holds. */
interface Waiting {
  events: RunEventInput[];
  length: number;
  stored: (opened: Opened) => void;
  failed: (error: unknown) => void;
}

/** Appends to one run that is held. */
export class AppendQueue {
  readonly #client: GraphClient;
  readonly #lease: RunLease;
  #waiting: Waiting[] = [];
  #length = 0;
  #sending: Promise<void> | undefined;

  constructor(client: GraphClient, lease: RunLease) {
    this.#client = client;
    this.#lease = lease;
  }

  /**
   * Resolves once they are stored, with the ids of the requests that they opened. Throws what the service refuses, and QUEUE_FULL where too much
   * waits.
   */
  async add(events: readonly RunEventInput[]): Promise<Opened> {
    const parts = partsOf(events);
    const added = parts.reduce((sum, { length }) => sum + length, 0);
    if (this.#length > 0 && this.#length + added > maxWaitingLength) {
      const message = `more than ${maxWaitingLength} characters wait to be stored: wait for what was appended before`;
      throw new GraphRequestError(message, { code: "QUEUE_FULL", retryable: true });
    }
    this.#length += added;
    const all = parts.map(
      (part) =>
        new Promise<Opened>((stored, failed) => {
          this.#waiting.push({ ...part, stored, failed });
        }),
    );
    this.#sending ??= this.#sendAll();
    return (await Promise.all(all)).flat();
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
      await this.#send(batch);
      this.#length -= batch.reduce((sum, { length }) => sum + length, 0);
    }
    this.#sending = undefined;
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      const opened = await this.#append(batch.flatMap(({ events }) => events));
      for (const { events, stored } of batch) stored(opened.splice(0, events.length));
    } catch (error) {
      if (batch.length > 1 && hasCode(error, ...refusals)) for (const one of batch) await this.#send([one]);
      else for (const { failed } of batch) failed(error);
    }
  }

  async #append(events: RunEventInput[]): Promise<Opened> {
    const asks = events.some(({ type }) => type === "INPUT_REQUEST");
    const [{ runId }, idempotencyKey] = [this.#lease, uniqueKey()];
    const { appendEvents } = await this.#lease.write((leaseToken) =>
      this.#client.request(appendEventsDocument, {
        input: { runId, leaseToken, events, idempotencyKey },
        asks,
      }),
    );
    return events.map((_event, index) => {
      const stored = appendEvents.events?.[index];
      return stored && "inputRequest" in stored ? stored.inputRequest?.id : undefined;
    });
  }

  #take(): Waiting[] {
    let [count, length] = [0, 0];
    const end = this.#waiting.findIndex((one) => {
      count += one.events.length;
      length += one.length;
      return count > maxBatchEvents || length > maxBatchLength;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(end, 1));
  }
}

/** Cuts what one call appends into what one request holds. */
function partsOf(events: readonly RunEventInput[]): Pick<Waiting, "events" | "length">[] {
  const parts: Pick<Waiting, "events" | "length">[] = [];
  for (const event of events) {
    const { length } = JSON.stringify(event);
    const last = parts.at(-1);
    if (last && last.events.length < maxBatchEvents && last.length + length <= maxBatchLength) {
      last.events.push(event);
      last.length += length;
    } else parts.push({ events: [event], length });
  }
  return parts;
}
