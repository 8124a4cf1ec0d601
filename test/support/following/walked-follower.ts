import assert from "node:assert/strict";
import type { Client } from "../../../src/client/client.js";
import { GraphRequestError } from "../../../src/client/graph-request-error.js";
import type { ServedSocket } from "./scripted-server.js";

/** Some numbers of a log, from the first to the last; the last is the cursor. */
interface Batch {
  first: number;
  last: number;
}

/** What becomes of a subscription that has ended: `code` is that of the failure, which must be told or thrown. */
type Ending = { kind: "done" } | { kind: "thrown"; code: string } | { kind: "again"; code?: string };

type Outcome = { batch: Batch } | { done: true } | { code: string };

const query: string = "subscription ($name: String!, $after: String) { numbers(name: $name, after: $after) }";

/** As the client has them. */
const maxHeld = 8;
const maxFaults = 5;

/**
 * A real follower of a log of numbers beside a model of what it must do: the table in `src/client/follow.ts` once more,
 * in terms of what its consumer and its server see.
 */
export class WalkedFollower {
  readonly name: string;
  readonly #client: Client;
  #written = 0;
  #handed = 0;
  #faults = 0;
  #held: Batch[] = [];
  #ending: Ending | undefined;
  #live: { served: ServedSocket; id: string } | undefined;
  #iterator!: AsyncIterator<Batch, undefined>;
  #abort!: AbortController;
  #asked: Promise<Outcome> | undefined;
  readonly #told: string[] = [];
  readonly #toTell: string[] = [];

  constructor(name: string, client: Client) {
    this.name = name;
    this.#client = client;
    this.#restart();
  }

  /** The id of its subscription; undefined while the server has none. */
  get subscription(): string | undefined {
    return this.#live?.id;
  }

  /** True while its consumer waits for the next batch. */
  get isAsked(): boolean {
    return this.#asked !== undefined;
  }

  get hasAll(): boolean {
    return this.#handed === this.#written;
  }

  /** The server has got its subscription: it must resume after what was handed out, and is sent what is there. */
  subscribed(served: ServedSocket, id: string, after: string | undefined): void {
    assert.equal(Number(after ?? 0), this.#handed, "resumes after something else than what was handed out");
    assert.ok(this.isAsked && !this.#live, "subscribes though nobody asks, or twice");
    this.#passEnding();
    this.#live = { served, id };
    this.#ending = undefined;
    if (!this.hasAll) this.#send({ first: this.#handed + 1, last: this.#written });
  }

  /** Writes to the log, each number a batch. */
  async write(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const number = (this.#written += 1);
      if (this.#live) this.#send({ first: number, last: number });
      // What is awaited is handed out before more is sent, so that it is known how much is held.
      await this.#handOut();
    }
  }

  /** Its subscription has ended: the server did so, or the socket was lost. */
  end(ending: Ending): void {
    if (this.isAsked) this.#passEnding();
    this.#live = undefined;
    this.#ending = ending;
  }

  /** Ends it with an error of the operation, as a frame of its own or with data. */
  fail(code: string, retryable: boolean, how: "alone" | "with data" | "with data, completed"): void {
    if (!this.#live) return;
    const { served, id } = this.#live;
    const errors = [{ message: code, extensions: { code, retryable } }];
    if (how === "alone") served.send({ id, type: "error", payload: errors });
    else served.send({ id, type: "next", payload: { data: null, errors } });
    if (how === "with data, completed") served.send({ id, type: "complete" });
    const isTriedAgain = retryable || code === "INTERNAL_SERVER_ERROR";
    this.end({ kind: isTriedAgain ? "again" : "thrown", code });
  }

  complete(): void {
    if (!this.#live) return;
    const { served, id } = this.#live;
    served.send({ id, type: "complete" });
    this.end({ kind: "done" });
  }

  /** The consumer asks for the next batch, if it does not yet. */
  ask(): void {
    this.#asked ??= this.#iterator.next().then(
      ({ done, value }) => (done ? { done } : { batch: value }),
      (error: unknown) => {
        if (!(error instanceof GraphRequestError)) throw error;
        return { code: error.code };
      },
    );
  }

  /** The consumer leaves the loop, or its signal is aborted; then it begins anew after what it was handed. */
  async leave(how: "return" | "abort"): Promise<void> {
    if (how === "abort") this.#abort.abort();
    else await this.#iterator.return?.();
    this.ask();
    await this.#expectOutcome({ done: true });
    this.#restart();
  }

  /** Ends it, whatever it waits for, and expects nothing more. */
  stop(): void {
    this.#abort.abort();
  }

  /** Expects all that follows from what has happened, up to where its consumer must wait; `backAgain` waits for a subscription. */
  async calm(backAgain: (isBack: () => boolean) => Promise<unknown>): Promise<void> {
    while (this.#asked) {
      if (await this.#handOut()) break;
      const ending = this.#passEnding();
      if (ending?.kind === "done") {
        await this.#expectOutcome({ done: true });
        return this.#restart();
      }
      if (ending?.kind === "thrown") {
        await this.#expectOutcome({ code: ending.code });
        return this.#restart();
      }
      if (this.#live) break;
      await backAgain(() => this.#live !== undefined);
    }
    assert.deepEqual(this.#told, this.#toTell);
  }

  #send(batch: Batch): void {
    const { served, id } = this.#live!;
    served.send({ id, type: "next", payload: { data: batch } });
    if (this.#held.length < maxHeld) this.#held.push(batch);
    else this.end({ kind: "again" });
  }

  async #handOut(): Promise<boolean> {
    const [batch] = this.#held;
    if (!this.#asked || !batch) return false;
    this.#held.shift();
    await this.#expectOutcome({ batch });
    assert.equal(batch.first, this.#handed + 1);
    this.#handed = batch.last;
    this.#faults = 0;
    return true;
  }

  /** Counts the failure that its consumer has come to. */
  #passEnding(): Ending | undefined {
    const ending = this.#ending;
    if (ending?.kind !== "again" || ending.code === undefined) return ending;
    const { code } = ending;
    if (code === "INTERNAL_SERVER_ERROR") {
      if (this.#faults === maxFaults) return { kind: "thrown", code };
      this.#faults += 1;
    }
    this.#toTell.push(code);
    this.#ending = { kind: "again" };
    return this.#ending;
  }

  async #expectOutcome(outcome: Outcome): Promise<void> {
    assert.deepEqual(await patiently(this.#asked!), outcome);
    this.#asked = undefined;
  }

  #restart(): void {
    this.#abort = new AbortController();
    this.#live = undefined;
    this.#ending = undefined;
    this.#held = [];
    this.#faults = 0;
    this.#asked = undefined;
    const after = this.#handed === 0 ? {} : { after: `${this.#handed}` };
    const batches = this.#client.follow<Batch, { name: string; after?: string }>(
      query,
      { name: this.name, ...after },
      ({ last }: Batch) => `${last}`,
      { signal: this.#abort.signal, onRetry: ({ code }) => void this.#told.push(code) },
    );
    this.#iterator = batches[Symbol.asyncIterator]();
  }
}

/** What a promise gives; throws if nothing comes for a minute, so that the walk is told with its steps. */
async function patiently<Value>(value: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("nothing came for a minute")), 60_000);
  });
  return Promise.race([value, late]).finally(() => clearTimeout(timer));
}
