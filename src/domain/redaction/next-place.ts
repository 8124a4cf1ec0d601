/** Finds where something stands next in a text. It remembers how far it has looked, so that many names in a row are not read again for each. */
export class NextPlace {
  readonly #candidates: Uint8Array;
  readonly #isHere: ((text: string, at: number) => boolean) | undefined;
  #text = "";
  #from = 0;
  #at = 0;

  /** It may stand at any of these characters, which are ASCII; `isHere` says whether it does, at all of them if it is not given. */
  constructor(characters: string, isHere?: (text: string, at: number) => boolean) {
    this.#candidates = new Uint8Array(128);
    for (const character of characters) this.#candidates[character.charCodeAt(0)] = 1;
    this.#isHere = isHere;
  }

  /** Where it stands, after {@link standsWithin} has said that it does. */
  get at(): number {
    return this.#at;
  }

  /** Whether it stands at most so many characters behind a place. */
  standsWithin(text: string, from: number, most: number): boolean {
    if (text !== this.#text || from < this.#from || from > this.#at) {
      this.#from = from;
      this.#at = from;
    }
    // Each time: another string that reads the same would be compared to its end again and again.
    this.#text = text;
    this.#at = this.#next(text, this.#at, Math.min(text.length, from + most));
    return this.#at < from + most && this.#at < text.length;
  }

  #next(text: string, from: number, last: number): number {
    const candidates = this.#candidates;
    for (let at = from; at < last; at += 1) {
      const code = text.charCodeAt(at);
      if (code < 128 && candidates[code] === 1 && (this.#isHere?.(text, at) ?? true)) return at;
    }
    return Math.max(from, last);
  }
}
