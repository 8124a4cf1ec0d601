import { AgentRunError } from "../domain/errors.js";
import { isDatabaseGone } from "./database-error.js";
import { giveUpLater, maxWaiting, tooMany } from "./share.js";

/** How work of one kind is done together. */
export interface Merging<Item, Outcome> {
  /** The most that is done together. */
  most: number;
  /** What no two that are done together may share. */
  keysOf: (item: Item) => readonly string[];
  /** Does it all, and gives what became of each, in their order. Where it rejects, nothing of it is done. */
  work: (items: readonly Item[]) => Promise<readonly Outcome[]>;
}

/** How often the work of one kind and tenant is under way at once: while one waits for its commit, the next is prepared. */
const mostUnderWay = 2;

interface Waiting<Item, Outcome> {
  item: Item;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
  /** Ends the wait for its turn. */
  over: NodeJS.Timeout;
}

/**
 * Does work of one kind and tenant that is asked for at the same time together, so that it shares statements and a commit, for which each
 * would wait in turn else. None waits for others to join it: it begins at once, unless such work is under way {@link mostUnderWay} times.
 */
export class Merger<Item, Outcome> {
  readonly #merging: Merging<Item, Outcome>;
  readonly #waiting = new Set<Waiting<Item, Outcome>>();
  #underWay = 0;

  constructor(merging: Merging<Item, Outcome>) {
    this.#merging = merging;
  }

  /** Does it and gives what became of it. Rejects with RATE_LIMITED, as a share does, if too many wait or it waits for too long. */
  do(item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= maxWaiting) throw tooMany();
      const over = giveUpLater(() => {
        this.#waiting.delete(waiting);
        reject(tooMany());
      });
      const waiting = { item, resolve, reject, over };
      this.#waiting.add(waiting);
      this.#beginNext();
    });
  }

  #beginNext(): void {
    if (this.#underWay === mostUnderWay || this.#waiting.size === 0) return;
    this.#underWay += 1;
    void this.#workNext(this.#take());
  }

  async #workNext(taken: readonly Waiting<Item, Outcome>[]): Promise<void> {
    await this.#work(taken);
    this.#underWay -= 1;
    this.#beginNext();
  }

  /** Takes the oldest that may be done together. */
  #take(): Waiting<Item, Outcome>[] {
    const { most, keysOf } = this.#merging;
    const taken: Waiting<Item, Outcome>[] = [];
    const met = new Set<string>();
    for (const waiting of this.#waiting) {
      const keys = keysOf(waiting.item);
      const isMet = keys.some((key) => met.has(key));
      for (const key of keys) met.add(key);
      if (isMet) continue;
      clearTimeout(waiting.over);
      this.#waiting.delete(waiting);
      taken.push(waiting);
      if (taken.length === most) break;
    }
    return taken;
  }

  async #work(taken: readonly Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await this.#merging.work(taken.map(({ item }) => item));
      for (const [index, { resolve }] of taken.entries()) resolve(outcomes[index] as Outcome);
    } catch (error) {
      // What fails must not take its neighbours with it, so each is done alone.
      const isOfOne = !isDatabaseGone(error) && !(error instanceof AgentRunError);
      if (taken.length > 1 && isOfOne) for (const waiting of taken) await this.#work([waiting]);
      else for (const { reject } of taken) reject(error);
    }
  }
}
