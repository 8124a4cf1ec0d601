import type { Try } from "./caller.js";
import { apart } from "./storm.js";

/** How often each word came, the most frequent first. */
export function count(words: readonly string[]): [word: string, times: number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]);
}

/** How long the tenant apart waited for its answers. */
export interface Waits {
  count: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
  longest: number;
}

/** How long the tenant apart waited while the others were in trouble. */
export function measureApart(tries: readonly Try[]): Waits {
  const times = tries
    .filter(({ tenant }) => tenant === apart)
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { count: times.length, p50: at(0.5), p99: at(0.99), longest: times.at(-1) ?? 0 };
}
