import type { Log } from "../log.js";
import type { Follower } from "./follower.js";
import type { Message } from "./message.js";
import { isSame } from "./place.js";

/** How many rounds are kept for followers that could not take them at once, and of how many characters in all. */
const most = { rounds: 8, length: 1_048_576 };

/** One reading for all who stand at the end of the log. */
export interface Round<Item, Position> {
  from: Position;
  to: Position;
  items: Item[];
  /** Undefined if there are no items. */
  message: Message | undefined;
  /** True if it reached the end of the log. */
  atEnd: boolean;
  /** True if nothing will come after it. */
  ended: boolean;
}

/** How far the log was read for all, and the rounds that were sent last, for who falls behind by a few. */
export class Rounds<Item, Position> {
  readonly #log: Log<Item, Position>;
  readonly #kept: Round<Item, Position>[] = [];
  #position: Position | undefined;
  #atEnd = true;
  #ended = false;

  constructor(log: Log<Item, Position>) {
    this.#log = log;
  }

  /** True if the last of them reached the end of the log, as it was then. */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** True once nothing will come after the last of them. */
  get ended(): boolean {
    return this.#ended;
  }

  /** True for the position that the last of them reached. */
  isAt(position: Position): boolean {
    return this.#position !== undefined && isSame(this.#log, position, this.#position);
  }

  /** True for a position before it. */
  isBehind(position: Position): boolean {
    return this.#position !== undefined && !this.#log.reaches(position, this.#position);
  }

  /** Goes on for one who lacks nothing, and gives back from where: from where the last of them ended if it is there. */
  begin({ position, end }: Follower<Position>): Position {
    if (this.isAt(position)) return position;
    // It may have begun beyond the end, if the log has lost something: the others wait where it ends.
    this.#position = end === undefined || this.#log.reaches(end, position) ? position : end;
    this.#atEnd = true;
    return this.#position;
  }

  /** Has got so far; false if that brought nobody anything. */
  advance(round: Round<Item, Position>): boolean {
    this.#position = round.to;
    this.#atEnd = round.atEnd;
    this.#ended = round.ended;
    const isNews = round.ended || !isSame(this.#log, round.from, round.to);
    if (isNews) this.#keep(round);
    return isNews;
  }

  #keep(round: Round<Item, Position>): void {
    this.#kept.push(round);
    let length = this.#kept.reduce((sum, { message }) => sum + (message?.text.length ?? 0), 0);
    while (this.#kept.length > most.rounds || length > most.length) {
      length -= this.#kept.shift()?.message?.text.length ?? 0;
    }
  }

  /** The round that goes on from a position, if it is kept; one without items tells nothing to who stands within it. */
  from(position: Position): Round<Item, Position> | undefined {
    const { reaches, continues } = this.#log;
    return this.#kept.find(
      ({ from, to, items }) =>
        reaches(position, from) &&
        !reaches(position, to) &&
        (items.length > 0 || reaches(from, position)) &&
        (continues === undefined || continues(position, from)),
    );
  }

  clear(): void {
    if (this.#kept.length > 0) this.#kept.length = 0;
  }
}
