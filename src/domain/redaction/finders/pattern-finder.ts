import { codeAt } from "../code-at.js";
import { type Finder, matchAt } from "./finder.js";
import { isPlaceholder } from "../placeholder.js";
import { isPlainWord } from "../plain-word.js";
import { looksRandom } from "../randomness.js";
import { shape, shapeOf } from "../shape.js";
import { spend } from "../work.js";

/** What is asked of a value besides the pattern: nothing but that it is no everyday word, a digit, or to look random. */
export type Proof = "any" | "digit" | "random";

/** Whether the value may be a secret. */
export function isProven(value: string, proof: Proof): boolean {
  if (proof !== "any" && (shapeOf(value) & shape.digit) === 0) return false;
  if (isTemplateSign(codeAt(value, 0)) || isPlainWord(value) || isPlaceholder(value)) return false;
  return proof !== "random" || looksRandom(value);
}

/** One of `$<{%`. */
function isTemplateSign(code: number): boolean {
  return code === 36 || code === 60 || code === 123 || code === 37;
}

/** What the last group of a match that took part in it holds; "" for none. */
function lastGroupOf(match: RegExpExecArray): string {
  for (let n = match.length - 1; n > 0; n -= 1) {
    const group = match[n];
    if (group !== undefined) return group;
  }
  return "";
}

/**
 * Finds the last group of a pattern where one of its signs stands. The pattern begins with the sign, and is bounded; case does not
 * matter.
 */
export function valueFinder(signs: readonly string[], source: string, proof: Proof = "random"): Finder {
  const pattern = new RegExp(source, "iy");
  return {
    signs,
    look({ text, at, from, spans }) {
      const match = matchAt(pattern, text, at);
      if (match === null) return from;
      const value = lastGroupOf(match);
      if (value === "" || !isProven(value, proof)) return from;
      const start = at + match[0].lastIndexOf(value);
      spans.push({ start, end: start + value.length });
      return start + value.length;
    },
  };
}

/** Finds what stands before a sign. The pattern ends where the sign begins, and looks back over at most `reach` characters. */
export function finderBefore(
  signs: readonly string[],
  reach: number,
  before: RegExp,
  proof: Proof = "random",
): Finder {
  return {
    signs,
    look({ text, at, from, spans }) {
      const window = text.slice(Math.max(from, at - reach), at);
      spend(window.length >> 3);
      const match = before.exec(window);
      const value = match?.[1] ?? "";
      if (match === null || !isProven(value, proof)) return at;
      const start = at - window.length + match.index + match[0].lastIndexOf(value);
      spans.push({ start, end: start + value.length });
      return at;
    },
  };
}
