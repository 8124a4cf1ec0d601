import { median } from "./median.js";

/** How long one side runs in one round, in milliseconds. */
export const roundMs = Number(process.env["BENCH_ROUND_MS"] ?? 1_200);

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);

/** How often something happened in a second. */
export type Measure = (durationMs: number) => Promise<number>;

/** What came out of a comparison: medians. */
export interface Comparison {
  ours: number;
  floor: number;
  ratio: number;
}

/**
 * Measures both sides in turn, so that both meet the same noise of the machine, and prints the median of each and of the
 * ratios. The first round of each is not counted.
 */
export async function compare(
  what: string,
  unit: string,
  ours: Measure,
  floor: Measure,
): Promise<Comparison> {
  await ours(roundMs / 2);
  await floor(roundMs / 2);
  const rates = { ours: [] as number[], floor: [] as number[], ratio: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const oursFirst = round % 2 === 0;
    const first = await (oursFirst ? ours : floor)(roundMs);
    const second = await (oursFirst ? floor : ours)(roundMs);
    const [own, least] = oursFirst ? [first, second] : [second, first];
    rates.ours.push(own);
    rates.floor.push(least);
    rates.ratio.push(own / least);
  }
  const [own, least, ratio] = [median(rates.ours), median(rates.floor), median(rates.ratio)];
  printLine(what, `${whole(own)} ${unit}`, `${whole(least)} ${unit}`, ratio.toFixed(2));
  return { ours: own, floor: least, ratio };
}

/** One line of the table. */
export function printLine(...[what, ours, floor, ratio]: [string, string, string, string]): void {
  process.stdout.write(`${what.padEnd(52)}${ours.padStart(20)}${floor.padStart(20)}${ratio.padStart(8)}\n`);
}

/** As in 12,345. */
export function whole(rate: number): string {
  return Math.round(rate).toLocaleString("en-US");
}
