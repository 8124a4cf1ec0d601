import type { Message, Receiver, Source } from "../../../src/realtime/audience/message.js";
import type { MemoryLog, NumberBatch } from "./memory-log.js";

/** How a receiver takes what it is handed. */
export const paces = ["at once", "late", "twice", "throws", "leaves"] as const;
export type Pace = (typeof paces)[number];

/** A receiver that holds what it is handed against the invariants of follower.ts, and writes down what is not so. */
export class CheckedReceiver implements Receiver {
  pace: Pace;
  leave: () => void = () => {};
  last: Message | undefined;
  /** What it has been told, in order; `gone` once it left or was told that nothing more comes. */
  state: "new" | "taken" | "holding" | "gone" = "new";
  /** Everything up to here has come. */
  position: number;
  readonly #log: MemoryLog;
  readonly #report: (fault: string) => void;
  readonly #storedAtJoin: number;
  #storedAtFirst = Number.POSITIVE_INFINITY;
  #caughtUp = false;
  #failed = false;
  #left = false;
  #ends = 0;
  #thrown: Error | undefined;
  #source: Source | undefined;

  constructor(log: MemoryLog, after: number, pace: Pace, report: (fault: string) => void) {
    this.#log = log;
    this.#storedAtJoin = log.length;
    this.position = after;
    this.pace = pace;
    this.#report = report;
  }

  /** True while it could be handed a message. */
  get isWaiting(): boolean {
    return this.state === "new" || this.state === "taken";
  }

  take(message: Message, source: Source): void {
    this.#check(message);
    const isLast = this.#failed;
    this.state = "holding";
    this.#source = source;
    this.last = message;
    if (this.pace === "throws") throw (this.#thrown = new Error("the receiver throws"));
    if (this.pace === "leaves" && !isLast) this.goAway();
    else if (this.pace !== "late") this.read();
  }

  /** Takes what it holds. */
  read(): void {
    if (this.state !== "holding") return;
    const source = this.#source;
    this.#source = undefined;
    this.state = "taken";
    source?.taken();
    if (this.pace === "twice") source?.taken();
  }

  goAway(): void {
    this.#left = true;
    this.state = "gone";
    this.leave();
  }

  end(error?: unknown): void {
    this.#ends += 1;
    if (this.#ends > 1) this.#report("F7: it was told twice that nothing more comes");
    if (this.#left) this.#report("F7: it left and was told that nothing more comes");
    if (this.#thrown ? error !== this.#thrown : error !== undefined && this.#log.failures === 0)
      this.#report(`F7: it was told of an error that is not its own: ${String(error)}`);
    const isComplete = this.#log.ended && this.#lacks(this.#log.length) === 0;
    if (!isComplete && error === undefined && !this.#failed)
      this.#report("A7: it was ended before the log was");
    this.state = "gone";
  }

  /** How many of what is stored up to a position it has not been sent. */
  #lacks(upTo: number): number {
    return this.#log.between(this.position, upTo).length;
  }

  /** Reports if it lacks what it should have by now. */
  expectUpTo(upTo: number, invariant: string): void {
    if (this.state === "new") this.#report("F4: the first message has not come");
    else if (!this.#caughtUp) this.#report("F5: it waits, and was not told that it has caught up");
    const lacking = this.#lacks(Math.max(upTo, this.#storedAtJoin));
    if (lacking > 0) this.#report(`${invariant}: it stands at ${this.position} and lacks ${lacking}`);
  }

  #check(message: Message): void {
    const batch = JSON.parse(message.text) as NumberBatch;
    const { items, position, caughtUp, failure } = batch;
    const isFirst = this.state === "new";
    if (this.state === "holding") this.#report("F1: a second message came before the first was taken");
    if (this.state === "gone") this.#report("F7: something came after the end");
    if (this.#failed) this.#report("A8: something came after the failure");
    if (failure !== null) {
      if (this.#log.failures === 0) this.#report("A8: nothing failed");
      if (position < this.position || this.#lacks(position) > 0)
        this.#report(`A8: it fails at ${position}, not at ${this.position}`);
      this.#failed = true;
      return;
    }
    const between = this.#log.between(this.position, position);
    if (position < this.position || String(items) !== String(between))
      this.#report(`F2, F3: [${String(items)}] up to ${position} came after ${this.position}`);
    this.position = position;
    if (isFirst && this.#log.knowsEnd) this.#storedAtFirst = this.#log.length;
    if (items.length === 0 && !isFirst && caughtUp === this.#caughtUp)
      this.#report("F6: an empty message came");
    if (caughtUp ? position < this.#storedAtJoin : this.#caughtUp || position >= this.#storedAtFirst)
      this.#report(`F5: caughtUp is ${caughtUp} at ${position}`);
    this.#caughtUp = caughtUp;
  }
}
