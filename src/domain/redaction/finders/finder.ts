import type { Span } from "../span.js";

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
  if (at === 0 || !isWordCharacter(text.charCodeAt(at - 1))) return false;
  return text.charCodeAt(at - 2) !== 92 || !/[nrt]/.test(text[at - 1] ?? "");
}

/** Whether the character is an ASCII letter, a digit or `_`. */
export function isWordCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
  );
}

/** What a sticky pattern matches at a place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Where what a sticky pattern matches at a place ends; -1 where it matches nothing. */
export function endAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}
