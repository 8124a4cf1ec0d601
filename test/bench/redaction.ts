import { redactText } from "../../src/domain/redaction/redact.js";
import { ordinaryTexts, repeated, repeatedUnits } from "../support/redaction-texts.js";

const length = 100_000;
const rounds = 9;
const units = 400;
const shown = 10;

/** Milliseconds of CPU for one redaction: the least of several, since what else runs only adds. */
function cpuMs(text: string): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const start = process.cpuUsage();
    redactText(text);
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function print(what: string, ms: number): void {
  const rate = length / 1000 / ms;
  process.stdout.write(
    `${what.padEnd(52)}${ms.toFixed(2).padStart(10)} ms${rate.toFixed(0).padStart(10)} MB/s\n`,
  );
}

/** Prints what 100 KB cost: ordinary texts, and the slowest of some hundred repeated units. */
export function benchRedaction(): void {
  process.stdout.write(`redaction of 100 KB, CPU\n`);
  const texts = ordinaryTexts(length);
  for (const text of Object.values(texts)) cpuMs(text);
  for (const [what, text] of Object.entries(texts)) print(what, cpuMs(text));
  repeatedUnits(1, units)
    .map((unit) => ({ unit, ms: cpuMs(repeated(unit, length)) }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, shown)
    .forEach(({ unit, ms }) => print(`worst ${JSON.stringify(unit).slice(0, 44)}`, ms));
}
