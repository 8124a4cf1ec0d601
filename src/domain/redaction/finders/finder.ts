import { codeBefore } from "../code-at.js";
import type { Span } from "../span.js";
import { type Work, spendReading } from "../work.js";

/** A place in a text where a finder's sign stands. */
export type Sighting = {
  /** The text that is searched. */
  text: string;
  /** Where the sign begins. */
  at: number;
  /** Before this place the finder has looked, and needs not look again. */
  from: number;
  /** Where it puts what it finds. */
  spans: Span[];
  /** What the search belongs to, for a finder that searches by itself. */
  work: Work;
};

/**
 * Finds one kind of secret where one of its signs stands, and says from where on it wants to be asked again. It reads a
 * bounded stretch around the sign; what it reads beyond, it never reads again. That keeps the whole linear.
 */
export type Finder = {
  /** ASCII in lower case; they are found in any case. */
  signs: readonly string[];
  look(sighting: Sighting): number;
};

/** Whether a letter, a digit or `_` stands before the place and no escaped line break does: `\nghp_...` begins a word. */
export function isInsideWord(text: string, at: number): boolean {
  if (at === 0 || !isWordCharacter(codeBefore(text, at))) return false;
  return codeBefore(text, at - 1) !== 92 || !isEscapeLetter(codeBefore(text, at));
}

/** One of `n`, `r` and `t`. */
function isEscapeLetter(code: number): boolean {
  return code === 110 || code === 114 || code === 116;
}

const wordCharacters = Uint8Array.from({ length: 128 }, (_, code) =>
  /\w/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether the character is an ASCII letter, a digit or `_`. */
export function isWordCharacter(code: number): boolean {
  return code < 128 && wordCharacters[code] === 1;
}

/** What a sticky pattern matches at a place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  spendReading(match === null ? 0 : match[0].length);
  return match;
}

/** Where what a sticky pattern matches at a place ends; -1 where it matches nothing. */
export function endAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  const end = pattern.test(text) ? pattern.lastIndex : -1;
  spendReading(end === -1 ? 0 : end - at);
  return end;
}
