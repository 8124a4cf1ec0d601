import { codeAt } from "./code-at.js";

const longest = 31;

/** Words in lower case that are found in any. Most of what is asked for is not as long as one that begins with its letter. */
export class WordSet {
  readonly #words: ReadonlySet<string>;
  /** For each letter, one bit for each length of the words that begin with it. */
  readonly #lengths = new Uint32Array(32);

  /** Each word has at most 31 characters. */
  constructor(words: Iterable<string>) {
    this.#words = new Set(words);
    for (const word of this.#words) {
      const letter = codeAt(word, 0) & 31;
      this.#lengths[letter] = (this.#lengths[letter] as number) | (1 << word.length);
    }
  }

  /** Whether a stretch of a text, or the whole, is one of the words. */
  has(text: string, start = 0, end = text.length): boolean {
    const length = end - start;
    if (length > longest) return false;
    const lengths = this.#lengths[codeAt(text, start) & 31] as number;
    return ((lengths >>> length) & 1) === 1 && this.#words.has(text.slice(start, end).toLowerCase());
  }
}
