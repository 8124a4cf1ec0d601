import { LRUCache } from "lru-cache";
import { entries } from "../../domain/entries.js";

/** How many runs' tails are kept; of those not appended to for longest, none is. */
const keptRuns = 10_000;

/** How many characters are kept of a stream. */
export const keptCharacters = 256;

/** Of how many streams of a run, the last that were written to: what a process writes to both its outputs. */
const keptStreams = 2;

/** The ends of a run's streams, the last that was written to last. "" is a stream that goes on no more. */
type Ends = ReadonlyMap<string, string>;

/** What an append finds of its run's output, and leaves of it. It must be closed. */
export type AppendTail = {
  /** The end of a stream; "" where nothing of it is kept. */
  read(stream: string): string;
  /** Gives the ends of the streams that the append writes to. What its writer sends next finds them at once. */
  write(ends: Ends): void;
  /** Says that the append is stored, and from which seq on: whoever appends next finds what it has left. */
  keep(firstSeq: number): void;
  close(): void;
};

/**
 * The last characters of each run's output as they came, in this node's memory alone, so that a secret that two appends
 * cut is known when its second half arrives. Of an append that is not stored, nothing is known to any writer but its own, and to
 * that one only while it is under way. Not kept over a restart, and of appends through other nodes nothing is known.
 */
export class RunTails {
  readonly #stored = new LRUCache<string, { seq: number; ends: Ends }>(entries(keptRuns));
  /** The ends that appends have written which are under way, by run and writer, in the order in which they came. */
  readonly #underWay = new Map<string, { ends: Ends }[]>();
  readonly #turns = new Map<string, Promise<unknown>>();

  /**
   * Does the work once what was begun before for the same run is done. So appends of a run reach the store in the order in
   * which they came, also if preparing one of them takes long, and each finds the tails that the one before has left.
   */
  async inTurn<Result>(run: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(run);
    const mine = before ? before.then(work, work) : work();
    this.#turns.set(run, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(run) === mine) this.#turns.delete(run);
    }
  }

  /** Begins an append. `run` names the run and its tenant, `writer` what its sender has to show for writing to it. */
  open(run: string, writer: string): AppendTail {
    const key = `${run} ${writer}`;
    const underWay = this.#underWay.get(key) ?? [];
    const mine: { ends: Ends } = { ends: new Map() };
    underWay.push(mine);
    this.#underWay.set(key, underWay);
    return {
      read: (stream) => {
        const newest = underWay.findLast(({ ends }) => ends.has(stream))?.ends ?? this.#stored.get(run)?.ends;
        return newest?.get(stream) ?? "";
      },
      write: (ends) => void (mine.ends = ends),
      keep: (firstSeq) => this.#keep(run, firstSeq, mine.ends),
      close: () => {
        underWay.splice(underWay.indexOf(mine), 1);
        if (underWay.length === 0) this.#underWay.delete(key);
      },
    };
  }

  /** What was stored before what is kept, as an append that is repeated, says nothing new. */
  #keep(run: string, seq: number, ends: Ends): void {
    const known = this.#stored.get(run);
    if (known !== undefined && known.seq >= seq) return;
    const earlier = [...(known?.ends ?? [])].filter(([stream]) => !ends.has(stream));
    const kept = [...earlier, ...ends].filter(([, end]) => end !== "");
    if (known === undefined && kept.length === 0) return;
    this.#stored.set(run, { seq, ends: new Map(kept.slice(-keptStreams)) });
  }

  /** How many characters are kept of the run. */
  sizeOf(run: string): number {
    return [...(this.#stored.peek(run)?.ends.values() ?? [])].reduce((sum, end) => sum + end.length, 0);
  }
}
