import { foldForSearch } from "./fold.js";
import { Grams } from "./grams.js";
import { type PlaceText, searchFields } from "./place.js";

/**
 * From how many units of folded text on a block takes no further event. Of 18 MB of code and prose, blocks of 4,000 units took
 * 17.6 s to index and 43 MB, of 16,000 units 7.4 s and 22 MB, each text for itself (pg_trgm) 19.6 s and 44 MB. The larger
 * a block, the more of those that the index finds hold only parts of what is looked for.
 */
export const blockSize = 16_384;

/** The most events of a block, with a text or without. */
export const blockEvents = 256;

/** What the index holds of some texts. */
export interface BlockContent {
  /** Bit n for the n-th of {@link searchFields}. */
  fields: number;
  /** How long the texts are, folded. */
  size: number;
  grams: readonly number[];
}

/** Collects what the index holds of the texts of a block. */
export class BlockBuilder {
  readonly #grams: Grams;
  #fields = 0;
  #size = 0;

  constructor(salt: number) {
    this.#grams = new Grams(salt);
  }

  /** Adds the text of one place. */
  add({ field, text }: PlaceText): void {
    const folded = foldForSearch(text);
    this.#grams.add(folded);
    this.#fields |= fieldBits([field]);
    this.#size += folded.length;
  }

  /** True once no further event should be added. */
  get isFull(): boolean {
    return this.#size >= blockSize;
  }

  /** What it holds so far. */
  get content(): BlockContent {
    return { fields: this.#fields, size: this.#size, grams: this.#grams.list };
  }
}

/** The bits of these fields; of all where null is given. */
export function fieldBits(fields: readonly (typeof searchFields)[number][] | null): number {
  return (fields ?? searchFields).reduce((bits, field) => bits | (1 << searchFields.indexOf(field)), 0);
}
