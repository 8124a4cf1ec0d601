import { median } from "./median.js";

/** How long one side runs in one round, in milliseconds. */
export const roundMs = Number(process.env["BENCH_ROUND_MS"] ?? 1_200);

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);

/** How often something happened in a second. */
export type Measure = (durationMs: number) => Promise<number>;

/** What is measured, and the CPU that its server has used so far, in milliseconds, where it has a process of its own. */
export interface Side {
  measure: Measure;
  readCpu?: () => Promise<number>;
}

/** What came out of a comparison: medians. */
export interface Comparison {
  what: string;
  unit: string;
  ours: number;
  floor: number;
  ratio: number;
}

/** What came out, and the least ratio that is wanted, where one is. */
export interface Figure extends Comparison {
  target: number | undefined;
}

/**
 * Measures both sides in turn (A B, B A), so that both meet the same noise of the machine, and prints the median of each and of
 * the ratios, and the CPU of each server's process for one of what is counted, which suffers less from what else runs. The first
 * round of each is not counted.
 */
export async function compare(
  what: string,
  unit: string,
  ours: Side,
  floor: Side,
  turns = rounds,
): Promise<Comparison> {
  await ours.measure(roundMs / 2);
  await floor.measure(roundMs / 2);
  const rates = { ours: [] as number[], floor: [] as number[], ratio: [] as number[] };
  const cpus = { ours: [] as number[], floor: [] as number[], ratio: [] as number[] };
  for (let round = 0; round < turns; round += 1) {
    const oursFirst = round % 2 === 0;
    const first = await measureOnce(oursFirst ? ours : floor);
    const second = await measureOnce(oursFirst ? floor : ours);
    const [own, least] = oursFirst ? [first, second] : [second, first];
    rates.ours.push(own.rate);
    rates.floor.push(least.rate);
    rates.ratio.push(own.rate / least.rate);
    cpus.ours.push(own.cpu);
    cpus.floor.push(least.cpu);
    cpus.ratio.push(least.cpu / own.cpu);
  }
  const [own, least, ratio] = [median(rates.ours), median(rates.floor), median(rates.ratio)];
  printLine(what, `${whole(own)} ${unit}`, `${whole(least)} ${unit}`, ratio.toFixed(2));
  if (ours.readCpu && floor.readCpu) {
    const [ownCpu, leastCpu] = [median(cpus.ours), median(cpus.floor)].map((cpu) => `${cpu.toFixed(1)} us`);
    printLine("  CPU for each", ownCpu ?? "", leastCpu ?? "", median(cpus.ratio).toFixed(2));
  }
  return { what, unit, ours: own, floor: least, ratio };
}

/** The rate of a round, and the CPU for each in microseconds. */
async function measureOnce({ measure, readCpu }: Side): Promise<{ rate: number; cpu: number }> {
  const before = (await readCpu?.()) ?? 0;
  const start = performance.now();
  const rate = await measure(roundMs);
  const count = (rate * (performance.now() - start)) / 1_000;
  const used = ((await readCpu?.()) ?? 0) - before;
  return { rate, cpu: (used * 1_000) / count };
}

/** One line of the table. */
export function printLine(...[what, ours, floor, ratio]: [string, string, string, string]): void {
  process.stdout.write(`${what.padEnd(52)}${ours.padStart(20)}${floor.padStart(20)}${ratio.padStart(8)}\n`);
}

/** As in 12,345. */
export function whole(rate: number): string {
  return Math.round(rate).toLocaleString("en-US");
}
