import { median, percentile } from "../median.js";

/** Prints a line of what was found of search. */
export function print(what: string, figure: string): void {
  process.stdout.write(`search, ${what.padEnd(66)}${figure.padStart(30)}\n`);
}

/** Prints the middle and the end of times, in milliseconds. */
export function printTimes(what: string, tookMs: readonly number[]): void {
  print(what, `p50 ${median(tookMs).toFixed(1)} ms, p95 ${percentile(tookMs, 0.95).toFixed(1)} ms`);
}
