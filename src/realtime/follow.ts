import type { Bell } from "./hub.js";

/** How long a follower waits for a wake-up before it looks for itself, in milliseconds. */
export const pollMs = 5_000;

/** What one reading of a log gives. */
export interface Reading<Item> {
  items: Item[];
  /** Where the next reading goes on: past everything that was looked at, matching or not. */
  position: number;
  /** The position of the newest item that is stored. */
  lastPosition: number;
  /** True where nothing will come after `lastPosition`. */
  ended: boolean;
}

/** A page of a followed log. */
export interface Batch<Item> {
  items: Item[];
  position: number;
  /** True once everything that was stored when the following began has been sent. */
  caughtUp: boolean;
}

/**
 * Turns a log into an endless stream of batches: listens first, then reads what is there after the position, then waits
 * for a wake-up or {@link pollMs}, and again, until the log has ended and all is sent. The first batch comes at once,
 * empty where nothing is stored. It holds one page: a slow reader reads later, and larger pages. Not an async
 * generator, since those cannot be ended while they await: `return()` wakes the pending `next()`.
 */
export function follow<Item>(
  bell: Bell,
  after: number,
  read: (position: number) => Promise<Reading<Item>>,
): AsyncIterableIterator<Batch<Item>> {
  let position = after;
  let target: number | undefined;
  let caughtUp = false;
  let first = true;
  let ended = false;

  async function next(): Promise<IteratorResult<Batch<Item>>> {
    try {
      while (!bell.closed && !ended) {
        const reading = await read(position);
        target ??= reading.lastPosition;
        position = Math.max(position, reading.position);
        ended = reading.ended && position >= reading.lastPosition;
        const wasCaughtUp = caughtUp;
        caughtUp ||= position >= target;
        if (bell.closed) break;
        if (reading.items.length > 0 || first || (caughtUp && !wasCaughtUp)) {
          first = false;
          return { done: false, value: { items: reading.items, position, caughtUp } };
        }
        if (!ended && position >= reading.lastPosition) await bell.wait(pollMs);
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
