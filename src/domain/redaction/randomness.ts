import { codeAt } from "./code-at.js";
import { isDigit } from "./name-endings.js";
import { isAlphanumeric, shape, shapeOf } from "./shape.js";
import { spend } from "./work.js";

/** A file path, a version, a time, a digest with its algorithm: has letters and digits, yet nobody's secret. */
const everyday =
  /^(?:(?:\.{0,2}|~|[A-Za-z]:)?[\\/][\w.@-]+(?:[\\/][\w.@-]*)*|[\w.-]+(?:\/[\w.-]+)*\.[a-z]{1,4}(?::\d+){0,2}|v?\d+(?:[.:_/-]\d+)+\w*|[\d.,:;%/-]+[a-zA-Z]{0,2}|sha\d+[:-].*|https?:\/\/.*)$/;

/** What is everyday holds a dot or a slash, or begins with a digit or a sign of numbers, or with `sha` and its number. */
function mayBeEveryday(value: string, bits: number): boolean {
  const code = codeAt(value, 0);
  return (bits & shape.path) !== 0 || code < 65 || code === 115 || code === 118;
}

const memberPath = /^[A-Za-z_$][\w$]*(?:[?!]?\.[A-Za-z_$][\w$]*)+$/;

/** Whether an unquoted value reads as code: `config.password`, `user?.token`. */
export function isMemberPath(value: string): boolean {
  return value.includes(".") && memberPath.test(value) && value.replace(/\D/g, "").length < 4;
}

/** `100ms`: digits and behind them one or two letters. */
function isMeasure(value: string): boolean {
  return isDigit(codeAt(value, value.length - 3)) && /^\d+[A-Za-z]{1,2}$/.test(value);
}

/**
 * Whether a value looks made by a generator or chosen as a password, not written as a word: at least six characters that
 * mix letters with digits or with signs, or letters whose case jumps about.
 */
export function looksRandom(value: string, bits = shapeOf(value)): boolean {
  if (value.length < 6) return false;
  spend(2);
  if ((bits & (shape.lower | shape.upper)) === 0) return false;
  if (isAlphanumeric(bits)) {
    if ((bits & shape.digit) !== 0) return !isMeasure(value);
  } else {
    if (mayBeEveryday(value, bits) && everyday.test(value.slice(0, 256))) return false;
    if ((bits & shape.digit) !== 0) return true;
    if (/^[^/].*[!@#$%^&*+=~]/.test(value)) return true;
  }
  if (value.length < 16 || (bits & shape.upper) === 0) return false;
  const jumps = value.match(/[a-z][A-Z]/g)?.length ?? 0;
  return jumps > value.length / 7;
}
