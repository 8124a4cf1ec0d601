import { codeAt, codeBefore } from "../code-at.js";
import { type AssignedKey, lineBefore } from "./assigned-key.js";
import { looksRandom } from "../randomness.js";
import { isSpace } from "../separator.js";
import { isAlphanumeric, isLettersOnly, shape } from "../shape.js";
import type { AssignedValue } from "../value-text.js";
import { spend } from "../work.js";

/** In a sentence only what no sentence says: `the password is hunter2`, `apikey Zx9Qw8Er7...`. */
export function isToldSecret(text: string, key: AssignedKey, value: AssignedValue, bits: number): boolean {
  const word = value.text;
  if (!looksRandom(word, bits)) return false;
  const between = text.slice(key.end, value.start);
  const link = linkIn(between);
  spend(4);
  if (!isAlphanumeric(bits) && isHyphenated(word)) return false;
  if (link === undefined) {
    if (key.kind !== "token" && codeBefore(text, key.start) === 40 && codeAt(text, value.end) === 41)
      return true;
    if (key.kind === "password" && isIntroduced(text, key, value)) return true;
    return word.length >= 20 && isMixed(bits) && /\d.*\d.*\d/.test(word);
  }
  if ((link === "to" || link === "as") && !/(?:set|changed|reset) to/.test(between)) {
    return /(?:set|chang|reset|updat|rotat)\w{0,4}\s[^\n.]{0,60}$/i.test(lineBefore(text, key));
  }
  // Behind other words, or a dash, many things stand.
  const isNear = between.length <= 12 && !/[→–>-]/.test(link);
  return (
    isNear ||
    (word.length >= 8 && (isMixed(bits) || (key.kind === "password" && /[a-z]\d|\d[a-z]/.test(word))))
  );
}

// What says of the words behind it that they are the value.
const linkBefore = /\s(is|was|now|be|to|as|been|ist|lautet|→|->|[–-]|\S{1,40}:)[\s:]{1,12}["'`]?$/;

function linkIn(between: string): string | undefined {
  // It needs a space on each side.
  if (between.length < 3) return undefined;
  spend(6 + (between.length >> 2));
  return linkBefore.exec(between)?.[1];
}

/** Whether small and capital letters stand in it, with a digit or a sign. */
function isMixed(bits: number): boolean {
  return (bits & shape.lower) !== 0 && (bits & shape.upper) !== 0 && !isLettersOnly(bits);
}

function isHyphenated(word: string): boolean {
  return /^[a-z0-9]+(?:[-/][a-z]+)+$/i.test(word);
}

/** Whether what stands on the line before a password's name says that it follows. */
function isIntroduced(text: string, key: AssignedKey, value: AssignedValue): boolean {
  const before = codeBefore(text, key.start);
  if (!isSpace(before) && before !== 10 && before !== 0) return false;
  const line = lineBefore(text, key);
  // `BindPassword x` on a line of its own.
  if (/^[ \t]*$/.test(line)) return endsLine(text, value);
  if (value.text.length >= 8 && made.test(line) && endsLine(text, value)) return true;
  return introduction.test(line);
}

// `Generated admin password x`
const made = /\b(?:generated|temporary|initial|new|created|using)(?: \w{1,20})? $/i;
const introduction = /\b(?:with|wifi connect \S+|user(?:name)? \S+|login \S+) (?:the )?$/;

function endsLine(text: string, value: AssignedValue): boolean {
  return /^[ \t]*(?:\r?\n|$)/.test(text.slice(value.end, value.end + 16));
}
