/** Finds where something stands next in a text. It remembers how far it has looked, so that many names in a row are not read again for each. */
export class NextPlace {
  readonly #isHere: (text: string, at: number) => boolean;
  #text = "";
  #from = 0;
  #at = 0;

  constructor(isHere: (text: string, at: number) => boolean) {
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
    const last = Math.min(text.length, from + most);
    let at = this.#at;
    while (at < last && !this.#isHere(text, at)) at += 1;
    this.#at = at;
    return at < last;
  }
}
