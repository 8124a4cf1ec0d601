import type { Call } from "./call.js";
import type { Selections } from "./selection.js";

/** What is done for each call before its statement is made: lists are opened, joins are taken. */
export type Preparation = (call: Call) => void | Promise<void>;

/** One place at the top of an answer, as it is compiled. */
export class Place {
  readonly selections: Selections;
  readonly preparations: Preparation[] = [];
  readonly #prefix: string;
  #aliases = 0;

  /** Within a statement each has a prefix of its own, of letters. */
  constructor(selections: Selections, prefix: string) {
    this.selections = selections;
    this.#prefix = prefix;
  }

  /** A name for rows that nothing else has. */
  alias(): string {
    this.#aliases += 1;
    return `${this.#prefix}${this.#aliases}`;
  }
}
