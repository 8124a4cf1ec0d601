import type { Log } from "../log.js";
import type { Message } from "./message.js";

/** How many rounds are kept for followers that could not take them at once, and of how many characters in all. */
const most = { rounds: 8, length: 1_048_576 };

/** One reading for all who stand at the end of the log. */
export interface Round<Item, Position> {
  from: Position;
  to: Position;
  items: Item[];
  /** Undefined where there are no items. */
  message: Message | undefined;
  /** True where it reached the end of the log. */
  atEnd: boolean;
  /** True where nothing will come after it. */
  ended: boolean;
}

/** The rounds that were sent last, for who falls behind by a few. */
export class Rounds<Item, Position> {
  readonly #log: Log<Item, Position>;
  readonly #kept: Round<Item, Position>[] = [];

  constructor(log: Log<Item, Position>) {
    this.#log = log;
  }

  keep(round: Round<Item, Position>): void {
    this.#kept.push(round);
    let length = this.#kept.reduce((sum, { message }) => sum + (message?.text.length ?? 0), 0);
    while (this.#kept.length > most.rounds || length > most.length) {
      length -= this.#kept.shift()?.message?.text.length ?? 0;
    }
  }

  /** The round that goes on from a position, where it is kept. */
  from(position: Position): Round<Item, Position> | undefined {
    const { reaches } = this.#log;
    return this.#kept.find(({ from, to }) => reaches(position, from) && !reaches(position, to));
  }

  clear(): void {
    if (this.#kept.length > 0) this.#kept.length = 0;
  }
}
