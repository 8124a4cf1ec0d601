import type { Random } from "../support/random.js";

/** Texts that have broken something somewhere. */
export const oddTexts: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\uD800",
  "a\uDFFFb",
  "\u2028\u2029",
  "🦊👩‍👩‍👧‍👦",
  "\uFDFA".repeat(200),
  "\uFDFA".repeat(12),
  "e\u0301".repeat(100),
  "x".repeat(200),
  "x".repeat(201),
  "🦊".repeat(200),
  "🦊".repeat(201),
  "%",
  "_",
  "\\",
  "%_\\%",
  "\\\\\\",
  "'; DROP TABLE run; --",
  "$1",
  "{}",
  "null",
  "__proto__",
  "constructor",
  "toString",
  "\u202Eabc",
  "\uFEFF",
  "\uFFFE\uFFFF",
  "line\nline\r\n\ttab",
  "a/b/c",
  "İıſK",
  "password=hunter2 Authorization: Bearer abc",
  "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789",
];

/** Instants at and beyond the edges. */
export const oddInstants: readonly string[] = [
  "2026-11-22T09:30:00.123456Z",
  "2099-01-01T00:00:00Z",
  "1970-01-01T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "0001-01-01T00:00:00+00:01",
  "0001-01-01T00:00:00-23:59",
  "9999-12-31T23:59:59.999999Z",
  "9999-12-31T23:59:59.9999999999Z",
  "9999-12-31T23:59:59-00:01",
  "0000-01-01T00:00:00Z",
  "0099-06-01T00:00:00Z",
  "2026-02-29T00:00:00Z",
  "2024-02-29t00:00:00z",
  "2026-01-01T24:00:00Z",
  "2026-06-30T23:59:60Z",
  "2026-01-01T00:00:00+14:00",
  "2026-01-01T00:00:00+99:99",
  "2026-01-01",
  "2026-01-01T00:00:00",
  "infinity",
  "-infinity",
  "now",
  "+010000-01-01T00:00:00Z",
];

/** Whole numbers at and beyond the edges of what arguments take. */
export const oddInts: readonly number[] = [
  0, 1, 2, 3, 10, 20, 50, 60, 99, 100, 101, 499, 500, 501, 3_600, 3_601, -1, -50, 1_000_000, 1_000_001,
  -1_000_001, 2_147_483_647, -2_147_483_648,
];

/** Numbers of JSON at its edges. */
export const oddNumbers: readonly number[] = [
  0,
  -0,
  1.5,
  0.1,
  1e21,
  1e308,
  -1e308,
  5e-324,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  123_456_789_012,
];

/** A text: odd, ordinary or, seldom, long. */
export function textOf(random: Random): string {
  if (random.chance(0.45)) return random.pick(oddTexts);
  if (random.chance(0.04)) return random.pick(oddTexts).repeat(random.below(400)).slice(0, 50_000);
  if (random.chance(0.04)) return "long ".repeat(random.below(12_000));
  return random.pick(["p", "codex", "claude", "main", "ada", "a title of words", "fox", "word"]);
}

/** An object with one key that an object literal would take for the prototype. */
const polluting = (value: unknown) => ({
  ...(JSON.parse('{"__proto__":{"polluted":true}}') as object),
  value,
});

/** A JSON value: small as a rule; seldom deep, wide or long. */
export function jsonOf(random: Random, levels = 3): unknown {
  if (levels === 3 && random.chance(0.06)) return deep(random, random.pick([5, 63, 64, 65, 95]));
  if (levels === 3 && random.chance(0.04)) return wide(random.pick([100, 1_000, 20_000]), random);
  if (levels === 3 && random.chance(0.02))
    return { text: "y".repeat(random.pick([100_000, 262_000, 300_000])) };
  const kind = random.below(levels > 0 ? 9 : 4);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.pick(oddNumbers);
  if (kind <= 3) return textOf(random);
  if (kind === 4) return Array.from({ length: random.below(5) }, () => jsonOf(random, levels - 1));
  if (kind === 5) return polluting(jsonOf(random, levels - 1));
  const keys = ["text", "title", "prompt", "name", "a", "", "__typename", "key.with.dot", textOf(random)];
  const entries = Array.from({ length: random.below(6) }, () => [
    random.pick(keys),
    jsonOf(random, levels - 1),
  ]);
  return Object.fromEntries(entries) as unknown;
}

function deep(random: Random, levels: number): unknown {
  let value: unknown = textOf(random);
  for (let level = 0; level < levels; level += 1) value = random.chance(0.5) ? [value] : { a: value };
  return random.chance(0.7) ? { a: value } : value;
}

function wide(keys: number, random: Random): unknown {
  const value = random.pick<unknown>([1, null, "x", {}]);
  return random.chance(0.3)
    ? { list: Array.from({ length: keys }, () => value) }
    : Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, value]));
}
