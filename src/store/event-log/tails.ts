import { LRUCache } from "lru-cache";
import { entries } from "../../domain/entries.js";

/** How many runs' tails are kept; of those not appended to for longest, none is. */
const keptRuns = 10_000;

/** How many characters are kept of a stream. */
export const keptCharacters = 256;

/** Of how many streams of a run, the last that were written to: what a process writes to both its outputs. */
const keptStreams = 2;

/**
 * The last characters of each run's output as they came, in this node's memory alone, so that a secret that two appends
 * cut is known when its second half arrives. Not kept over a restart, and of appends through other nodes nothing is known.
 */
export class RunTails {
  readonly #tails = new LRUCache<string, ReadonlyMap<string, string>>(entries(keptRuns));
  readonly #underWay = new Map<string, Promise<unknown>>();

  /**
   * Does the work once what was begun before for the same run is done. So appends of a run reach the store in the order in
   * which they came, also if preparing one of them takes long, and each finds the tails that the one before has left.
   */
  async inTurn<Result>(runId: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#underWay.get(runId);
    const mine = before ? before.then(work, work) : work();
    this.#underWay.set(runId, mine);
    try {
      return await mine;
    } finally {
      if (this.#underWay.get(runId) === mine) this.#underWay.delete(runId);
    }
  }

  /** The end of the stream; "" where nothing of it is kept. */
  read(runId: string, stream: string): string {
    return this.#tails.get(runId)?.get(stream) ?? "";
  }

  /** Keeps the ends of the streams that were written to, the last one last. */
  keep(runId: string, ends: ReadonlyMap<string, string>): void {
    if (ends.size === 0) return;
    const earlier = [...(this.#tails.get(runId) ?? [])].filter(([stream]) => !ends.has(stream));
    this.#tails.set(runId, new Map([...earlier, ...ends].slice(-keptStreams)));
  }

  /** How many characters are kept of the run. */
  sizeOf(runId: string): number {
    return [...(this.#tails.peek(runId)?.values() ?? [])].reduce((sum, end) => sum + end.length, 0);
  }
}
