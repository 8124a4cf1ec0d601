// What was made of a run of characters, so that the same run is not judged again: texts repeat their names.

type Entry<Result> = { hash: number; run: string; result: Result };

const placesMax = 2048;
const lengthMax = 48;

/** One character more of a run whose characters so far have this hash. */
export function hashWith(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0;
}

/**
 * Remembers results by runs of at most 48 characters, one at each of 2,048 places: another run at the same place takes it. What is
 * seen only once is not kept.
 */
export class RunMemory<Result> {
  readonly #entries: (Entry<Result> | undefined)[] = Array.from({ length: placesMax });
  readonly #seen = new Int32Array(placesMax);

  /** The result for the run from `start` to `end`, whose {@link hashWith} is given; undefined if there is none. */
  get(text: string, start: number, end: number, hash: number): Result | undefined {
    const entry = this.#entries[hash & (placesMax - 1)];
    if (entry === undefined || entry.hash !== hash || entry.run.length !== end - start) return undefined;
    return text.startsWith(entry.run, start) ? entry.result : undefined;
  }

  /** Keeps the result, if it is the second time in a row for its place. */
  set(text: string, start: number, end: number, hash: number, result: Result): void {
    const place = hash & (placesMax - 1);
    if (this.#seen[place] !== hash || end - start > lengthMax) {
      this.#seen[place] = hash;
      return;
    }
    // A copy: a slice would keep the whole text.
    const run = Buffer.from(text.slice(start, end), "utf16le").toString("utf16le");
    this.#entries[place] = { hash, run, result };
  }
}
