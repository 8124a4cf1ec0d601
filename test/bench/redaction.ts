import type { JsonValue } from "../../src/domain/json-value.js";
import { redact } from "../../src/domain/redaction/redact.js";
import { Work } from "../../src/domain/redaction/work.js";
import { realisticTexts } from "../support/realistic-texts.js";
import { ordinaryTexts, repeated, repeatedUnits } from "../support/redaction-texts.js";

const length = 100_000;
const rounds = 40;
const seeds = [1, 20_261_128];
const units = 400;
const shown = 10;

/** Values of about as many characters that cost most in other ways than by the text of one string. */
function worstValues(): Record<string, JsonValue> {
  const head = "Zq9AbcdE";
  return {
    "7,000 short strings": Array.from({ length: 7_000 }, (_, n) => `pw: aB3x${n}`),
    "keys that hold tokens": Object.fromEntries(
      Array.from({ length: 2_300 }, (_, n) => [`ghp_${`${n}`.padStart(36, "a1")}`, 1]),
    ),
    "keys of one object": Object.fromEntries(Array.from({ length: 7_000 }, (_, n) => [`k${n}x`, n])),
    "passwords by their keys": Array.from({ length: 4_000 }, (_, n) => ({ password: `aB3x${n}` })),
    "objects of one number": Array.from({ length: 12_500 }, (_, n) => ({ a: n % 10 })),
    "objects of objects": Array.from({ length: 170 }, () => nested(98, (inner) => ({ a: inner }))),
    "arrays of arrays": Array.from({ length: 500 }, () => nested(99, (inner) => [inner])),
    "found values that begin alike": [
      ...Array.from({ length: 250 }, (_, n) => ({ password: head + `x${n}y`.repeat(10) })),
      head.repeat(8_000),
    ],
  };
}

/** An empty array in so many others, each made from what it holds. */
function nested(depth: number, around: (inner: JsonValue) => JsonValue): JsonValue {
  let value: JsonValue = [];
  for (let n = 0; n < depth; n += 1) value = around(value);
  return value;
}

/** The value as a request brings it: parsed, so that its texts are no parts of longer ones. */
function parsed(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/**
 * Milliseconds of CPU for one redaction: the least of rounds, as what else runs only adds, once so many have brought nothing less.
 * The first ones are slower, until the engine has compiled what this value takes.
 */
function cpuMs(sample: JsonValue): number {
  const value = parsed(sample);
  let least = Infinity;
  for (let since = 0; since < rounds; since += 1) {
    const start = process.cpuUsage();
    redact(value);
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1000;
    if (ms >= least) continue;
    least = ms;
    since = 0;
  }
  return least;
}

/** Prints what a value costs, and how much of what it may cost. */
function print(what: string, value: JsonValue, ms = cpuMs(value)): void {
  const work = new Work();
  redact(value, work);
  const share = `${Math.round((work.spent / work.allowed) * 100)} %`;
  process.stdout.write(
    `${what.padEnd(52)}${ms.toFixed(2).padStart(8)} ms${share.padStart(8)}${work.isOver ? "  withheld" : ""}\n`,
  );
}

/** Prints what 100 KB cost: ordinary texts, real ones that are dense in secrets, and the slowest of some hundred repeated units. */
export function benchRedaction(): void {
  process.stdout.write(`redaction of 100 KB: CPU, and the share of the work that it may take\n`);
  const texts = ordinaryTexts(length);
  for (const text of Object.values(texts)) cpuMs(text);
  for (const [what, text] of Object.entries(texts)) print(what, text);
  for (const [what, text] of Object.entries(realisticTexts(length))) print(what, text.slice(0, length));
  for (const [what, value] of Object.entries(worstValues())) print(what, value);
  const all = [...new Set(seeds.flatMap((seed) => repeatedUnits(seed, units)))].map((unit) => {
    const text = repeated(unit, length);
    return { unit, text, ms: cpuMs(text) };
  });
  all
    .sort((a, b) => b.ms - a.ms)
    .slice(0, shown)
    .forEach(({ unit, text, ms }) => print(`worst ${JSON.stringify(unit).slice(0, 44)}`, text, ms));
}
