/**
 * The bound of a cache (of lru-cache) that holds so many entries at most. As a size it takes memory for the entries that there are; as
 * `max` a cache of 10,000 takes a third of a megabyte at once.
 */
export function entries(most: number): { maxSize: number; sizeCalculation: () => number } {
  return { maxSize: most, sizeCalculation: () => 1 };
}
