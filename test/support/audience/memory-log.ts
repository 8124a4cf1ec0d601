import { setImmediate } from "node:timers/promises";
import { Message } from "../../../src/realtime/audience/message.js";
import type { Batch, Log, Reading } from "../../../src/realtime/log.js";
import type { Random } from "../random.js";

/** What the log and the messages of a walk hold. */
export type NumberBatch = Batch<number, number>;

/**
 * A log in memory: the numbers from 1 up, of which it lists those that it wants. Its readings and messages take as long as the
 * random numbers say, come in pages of any size, and fail if they are told to.
 */
export class MemoryLog implements Log<number, number> {
  readonly topics = ["log"];
  /** How many numbers are stored. */
  length = 0;
  /** Which of them this node keeps: those after `from`, to `to`. */
  kept: { from: number; to: number } | undefined;
  freshReads = 0;
  ended = false;
  reads = 0;
  composed = 0;
  /** Readings and messages that are being made now. */
  underWay = 0;
  failures = 0;
  /** What the next reading or message is to fail with. */
  nextFailure: { of: "reading" | "message"; error: unknown } | undefined;
  /** The most that a page holds; any number up to it unless it is exact. */
  page = { most: 4, isExact: false };
  /** True if each page says where the end is; otherwise some of those before it do not. */
  readonly knowsEnd: boolean;
  readonly #random: Random;
  readonly #slowness: number;
  readonly #wanted: (item: number) => boolean;

  constructor(random: Random, options: { knowsEnd: boolean; wanted: (item: number) => boolean }) {
    this.#random = random;
    this.#slowness = random.pick([3, 8]);
    this.knowsEnd = options.knowsEnd;
    this.#wanted = options.wanted;
  }

  readonly read = async (after: number): Promise<Reading<number, number>> => {
    this.reads += 1;
    return this.#work("reading", () => {
      const { most, isExact } = this.page;
      const position = Math.min(this.length, after + (isExact ? most : 1 + this.#random.below(most)));
      const isKnown = this.knowsEnd || position === this.length || this.#random.chance(0.5);
      const lastPosition = isKnown ? this.length : undefined;
      return { items: this.between(after, position), position, lastPosition, ended: this.ended };
    });
  };

  readonly fresh = (after: number): Reading<number, number> | undefined => {
    const { kept } = this;
    if (!kept || after < kept.from || after > kept.to) return undefined;
    this.freshReads += 1;
    return { items: this.between(after, kept.to), position: kept.to, lastPosition: kept.to, ended: false };
  };

  /** Stores numbers and keeps them; false if it cannot, since others have stored what came before. */
  addFresh(count: number): boolean {
    const from = this.length;
    this.length += count;
    const isNext = !this.kept || this.kept.to === from;
    this.kept = isNext ? { from: this.kept?.from ?? from, to: this.length } : undefined;
    return isNext;
  }

  readonly reaches = (position: number, other: number): boolean => position >= other;

  readonly positionOf = (item: number): number => item;

  readonly compose = async (batch: NumberBatch): Promise<Message> => {
    this.composed += 1;
    return this.#work("message", () => {
      const failure = batch.failure === null ? null : "failed";
      const text = JSON.stringify({ ...batch, failure });
      return new Message(text, String(batch.position));
    });
  };

  /** What it wants after one position and up to another. */
  between(after: number, upTo: number): number[] {
    const items: number[] = [];
    for (let item = after + 1; item <= upTo; item += 1) if (this.#wanted(item)) items.push(item);
    return items;
  }

  async #work<Made>(kind: "reading" | "message", make: () => Made): Promise<Made> {
    this.underWay += 1;
    try {
      await this.#pause();
      if (this.nextFailure?.of === kind) {
        const { error } = this.nextFailure;
        this.nextFailure = undefined;
        this.failures += 1;
        throw error;
      }
      const made = make();
      await this.#pause();
      return made;
    } finally {
      this.underWay -= 1;
    }
  }

  async #pause(): Promise<void> {
    for (let ticks = this.#random.below(this.#slowness); ticks > 0; ticks -= 1) await setImmediate();
  }
}
