import type { Bell } from "./hub.js";

/** How long a follower waits for a wake-up before it looks for itself, in milliseconds. */
export const pollMs = 5_000;

/** What one reading of a log gives. */
export interface Reading<Item, Position = number> {
  items: Item[];
  /** Where the next reading goes on: past everything that was looked at, matching or not. */
  position: Position;
  /** The position of the newest item that is stored; undefined where that is not known yet, and there is more to read. */
  lastPosition: Position | undefined;
  /** True where nothing will come after `lastPosition`. */
  ended: boolean;
}

/** A page of a followed log. */
export interface Batch<Item, Position = number> {
  items: Item[];
  position: Position;
  /** True once everything that was stored when the following began has been sent. */
  caughtUp: boolean;
}

/**
 * Turns a log into an endless stream of batches: listens first, then reads what is there after the position, then waits
 * for a wake-up or {@link pollMs}, and again, until the log has ended and all is sent. The first batch comes at once,
 * empty where nothing is stored. It holds one page: a slow reader reads later, and larger pages. Not an async
 * generator, since those cannot be ended while they await: `return()` wakes the pending `next()`.
 */
export function follow<Item, Position = number>(
  bell: Bell,
  after: Position,
  read: (position: Position) => Promise<Reading<Item, Position>>,
  /** True where the first position is not before the second. */
  reaches: (position: Position, other: Position) => boolean = (position, other) => position >= other,
): AsyncIterableIterator<Batch<Item, Position>> {
  let position = after;
  let target: Position | undefined;
  let caughtUp = false;
  let first = true;
  let ended = false;

  async function next(): Promise<IteratorResult<Batch<Item, Position>>> {
    try {
      while (!bell.closed && !ended) {
        const reading = await read(position);
        target ??= reading.lastPosition;
        if (reaches(reading.position, position)) position = reading.position;
        const isAtEnd = reading.lastPosition !== undefined && reaches(position, reading.lastPosition);
        ended = reading.ended && isAtEnd;
        const wasCaughtUp = caughtUp;
        caughtUp ||= target !== undefined && reaches(position, target);
        if (bell.closed) break;
        if (reading.items.length > 0 || first || (caughtUp && !wasCaughtUp)) {
          first = false;
          return { done: false, value: { items: reading.items, position, caughtUp } };
        }
        if (!ended && isAtEnd) await bell.wait(pollMs);
      }
    } catch (error) {
      bell.close();
      throw error;
    }
    bell.close();
    return { done: true, value: undefined };
  }

  return {
    next,
    async return() {
      bell.close();
      return { done: true, value: undefined };
    },
    async throw(error) {
      bell.close();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
