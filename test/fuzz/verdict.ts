import type { Exchange } from "./exchange.js";
import type { SlowStatement } from "./slow-statements.js";
import type { Stall } from "./stalls.js";

/** What a run may come to at most: milliseconds of CPU in one piece and of a statement, and mebibytes of heap. */
export const allowed = { stallMs: 100, statementMs: 1_000, heapMiB: 30 };

/** What is known of a run once it is over. */
export interface Run {
  sent: readonly Exchange[];
  statements: readonly SlowStatement[];
  stalls: readonly Stall[];
  /** How much heap was in use at its start and after each quarter, in bytes. In the first one what is kept fills up to its bounds. */
  heaps: readonly number[];
}

/** The exchanges that were under way in a stall. While none was, memory is measured. */
export function exchangesDuring({ wallMs, at }: Stall, sent: readonly Exchange[]): Exchange[] {
  return sent.filter(({ startedAt, endedAt }) => startedAt <= at && endedAt >= at - wallMs);
}

/** What a run did that it must not, in a line each; none if all is well. */
export function verdictOf({ sent, statements, stalls, heaps }: Run): string[] {
  const faults = sent.filter(({ fault }) => fault !== null).length;
  const worst = Math.max(
    0,
    ...stalls.filter((stall) => exchangesDuring(stall, sent).length > 0).map(({ cpuMs }) => cpuMs),
  );
  const slowest = Math.max(0, ...statements.map(({ ms }) => ms));
  const grown = ((heaps.at(-1) ?? 0) - (heaps[1] ?? 0)) / 1_048_576;
  return [
    ...(faults > 0 ? [`${faults} faults of the service`] : []),
    ...(worst > allowed.stallMs ? [tell("a stall", worst, "ms of CPU", allowed.stallMs)] : []),
    ...(slowest > allowed.statementMs ? [tell("a statement", slowest, "ms", allowed.statementMs)] : []),
    ...(grown > allowed.heapMiB ? [tell("a heap that grew by", grown, "MiB", allowed.heapMiB)] : []),
  ];
}

function tell(what: string, asked: number, unit: string, most: number): string {
  const joined = what.endsWith(" by") ? what : `${what} of`;
  return `${joined} ${Math.round(asked)} ${unit}; at most ${most} are allowed`;
}
