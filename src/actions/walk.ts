import { type Place, beginning } from "../store/resting.js";

/** A walk over what lies in the order of places. */
export interface Walk<Item extends Place> {
  /** Finds the next ones after a place, at most `limit`. */
  find: (after: Place, limit: number) => Promise<Item[]>;
  /** Deals with them. What it leaves is passed over. */
  handle: (items: readonly Item[]) => Promise<unknown>;
  limit: number;
  /** After how many it rests. */
  most: number;
  isStopped: () => boolean;
}

/**
 * Goes from place to place, each look-up beginning where the last one ended: what was removed leaves dead entries at the head
 * of its index. Gives the place at which to go on, or the beginning if it has come to the end.
 */
export async function walk<Item extends Place>(
  from: Place,
  { find, handle, limit, most, isStopped }: Walk<Item>,
): Promise<Place> {
  let place = from;
  for (let seen = 0; seen < most && !isStopped();) {
    const items = await find(place, limit);
    await handle(items);
    const last = items.at(-1);
    if (!last || items.length < limit) return beginning;
    place = { at: last.at, id: last.id };
    seen += items.length;
  }
  return place;
}
