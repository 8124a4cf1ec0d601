// Values behind a key without a sign: `--token x`, `password is x`, `ENV KEY x`, `setPassword("x")`.

import { codeAt, codeBefore } from "./code-at.js";
import { type AssignedKey, lineBefore } from "./finders/assigned-key.js";
import { endAt, isWordCharacter } from "./finders/finder.js";
import { readListed } from "./listed-value.js";
import { isTag, readMarkup } from "./markup-value.js";
import { NextPlace } from "./next-place.js";
import { isQuote, isSpace, skipSpaces } from "./separator.js";
import { type AssignedValue, environmentEnds, readEither, readQuoted, readRun } from "./value-text.js";
import { spend } from "./work.js";

const flagSpacesMax = 4;
const flagGap = /["'],\s{0,16}(?=["'])|["']?\r?\n[ \t]{0,40}-[ \t](?=[^-\s])/y;
const declaredGap = /[ \t]{1,8}/y;
const sqlGap = /[ \t]{1,4}(?=')/y;
const typedGap = /[ \t][A-Za-z*][\w.*[\]]{0,40}[ \t]{0,4}=[ \t]{0,4}(?=["'`])/y;
const argumentGap = /["'`],\s{0,8}(?=["'`])/y;
// What may stand between the spaces behind a key and a value that is told.
const toldLink =
  /(?:(?:is|was|to|as|ist|lautet|has been|will be)[ \t:]{1,4})?(?:(?:now|set to|changed to|reset to)[ \t:]{1,4})?/y;
const toldSpacesMax = 24;
const linkLetters = lettersOf("achilnrstw");
const aboutGap =
  /[ \t](?:(?:[\w.,@/'"`-]{1,40}[ \t]){1,10}?(?:is|was)[ \t:]{1,4}|for[ \t](?:[\w.@/'"`-]{1,40}[ \t]){0,4}[\w.@/'"`-]{1,40}:[ \t]{1,4}|(?:saved|created|generated|(?:you|that|we|to)(?:[ \t][\w-]{1,20}){1,6}):\s{1,12})/y;
const aboutLetters = lettersOf("fscgytw");
const aboutSigns = [" for ", " saved:", " created:", " generated:", " you ", " that ", " we ", " to "];
// `token (valid for 1h): x`, `token (x)`.
const asideGap =
  /[ \t]\([^()\n]{1,60}\):?\s{1,8}["'`]?(?=\S{8})|[ \t]\(["'`]?(?=[\w.~+/=-]{20,200}["'`]?\))/y;
// `TOKEN || "x"`, `ENV["TOKEN"] ??= "x"`, `password <- "x"`.
const defaultGap = /["'\])]{0,2}[ \t]{0,4}(?:\|\||\?\?|<-)=?[ \t]{0,4}(?=["'`])/y;
// A row of a table: `| DB_PASSWORD | x |`.
const cellGap = /[ \t]{0,40}[|│][ \t]{1,40}(?=[^\s|│]{12,200}[ \t]{0,40}(?:[|│]|$))/my;
const arrowGap = /[ \t]{1,4}(?:→|->|[–-])[ \t]{1,4}/y;
const callGap = /[({](?=\\{0,3}["'`])/y;

/** The value of a key without a sign behind it. */
export function readUntied(text: string, key: AssignedKey): AssignedValue | undefined {
  const { end } = key;
  const code = codeAt(text, end);
  const isSpaced = isSpace(code);
  if (key.flag) {
    const gap = isSpaced ? Math.min(skipSpaces(text, end), end + flagSpacesMax) : endAt(flagGap, text, end);
    return gap === -1 ? undefined : readEither(text, gap, "tight");
  }
  // No value follows the end of a sentence.
  if (code === 46) return undefined;
  const other = mayDefault(text, end) ? endAt(defaultGap, text, end) : -1;
  if (other !== -1) return readDefault(text, key, other);
  if (
    isSpaced &&
    mayDeclare(text, key.start) &&
    /^\s*(?:ENV|setenv|setx|set\s+-\w{1,4}|#\s*define)\s+$/.test(lineBefore(text, key))
  ) {
    return readEither(text, endAt(declaredGap, text, end), "tight", environmentEnds);
  }
  const listed = readListed(text, key);
  if (listed !== undefined) return listed;
  if (isSpaced) return isTag(text, key.start) ? readMarkup(text, key) : readSpaced(text, key);
  if (code === 40 || code === 123) {
    const gap = endAt(callGap, text, end);
    return gap === -1 ? undefined : readQuoted(text, gap);
  }
  return isArgument(text, key) ? readArgument(text, key) : readMarkup(text, key);
}

/** What is taken for want of a token is often a word. */
function readDefault(text: string, key: AssignedKey, at: number): AssignedValue | undefined {
  const value = readQuoted(text, at);
  return key.kind === "token" && (value?.text.length ?? 0) < 16 ? undefined : value;
}

function isArgument(text: string, key: AssignedKey): boolean {
  const before = codeBefore(text, key.start - 1);
  return (
    isQuote(codeAt(text, key.end)) && isQuote(codeBefore(text, key.start)) && (before === 40 || before === 91)
  );
}

/** `set("token", "x")`, `["x-api-key", "x"]`; a list may hold words of all kinds. */
function readArgument(text: string, key: AssignedKey): AssignedValue | undefined {
  const gap = endAt(argumentGap, text, key.end);
  const value = gap === -1 ? undefined : readQuoted(text, gap);
  return codeBefore(text, key.start - 1) === 40 || (value?.text.length ?? 0) >= 16 ? value : undefined;
}

/** Whether `||`, `??` or `<-` may follow. */
function mayDefault(text: string, end: number): boolean {
  let i = end;
  while (i - end < 6 && mayCloseName(codeAt(text, i))) i += 1;
  const code = codeAt(text, i);
  return code === 124 || code === 63
    ? codeAt(text, i + 1) === code
    : code === 60 && codeAt(text, i + 1) === 45;
}

/** A space, a tab, a quote, `]` or `)`. */
function mayCloseName(code: number): boolean {
  return isSpace(code) || isQuote(code) || code === 93 || code === 41;
}

function readSpaced(text: string, key: AssignedKey): AssignedValue | undefined {
  const { end } = key;
  // What stands behind the spaces says which of the forms it may be.
  const next = codeAt(text, skipSpaces(text, end));
  if (next === 124 || next === 0x2502) {
    const cell = endAt(cellGap, text, end);
    return cell === -1 ? undefined : readEither(text, cell, "loose");
  }
  // What is told has a digit or stands in quotes.
  if (!tellable.standsWithin(text, end, tellMax)) return undefined;
  const aside = next === 40 ? endAt(asideGap, text, end) : -1;
  if (aside !== -1) return readRun(text, aside, "told");
  if (next === 45 || next === 0x2013 || next === 0x2192) {
    const arrow = endAt(arrowGap, text, end);
    return arrow === -1 ? undefined : readEither(text, arrow, "told");
  }
  const sql = next === 39 && key.kind === "password" ? endAt(sqlGap, text, end) : -1;
  const gap = sql === -1 && isTyped(text, end) ? endAt(typedGap, text, end) : sql;
  if (gap !== -1) return readQuoted(text, gap);
  const mayBeAbout = hasLinkAhead(text, end) || isAbout(text, end);
  const about = mayBeAbout ? endAt(aboutGap, text, end) : -1;
  return readEither(text, about === -1 ? skipTold(text, end) : about, "told");
}

/** Whether one of {@link aboutSigns} follows. */
function isAbout(text: string, end: number): boolean {
  return (
    isOneOf(aboutLetters, codeAt(text, end + 1)) && aboutSigns.some((sign) => text.startsWith(sign, end))
  );
}

/** Past the spaces at `at` and the words of {@link toldLink}. */
function skipTold(text: string, at: number): number {
  let i = at;
  while (i - at < toldSpacesMax && isSpace(codeAt(text, i))) i += 1;
  return isOneOf(linkLetters, codeAt(text, i)) ? endAt(toldLink, text, i) : i;
}

/** One bit for each of some small letters. */
function lettersOf(letters: string): number {
  return [...letters].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);
}

function isOneOf(letters: number, code: number): boolean {
  return code > 96 && code < 123 && ((letters >>> (code - 97)) & 1) === 1;
}

/** How far a sentence is read for what ties a value to its name. */
const sentenceMax = 64;
const typeMax = 42;

const links = new NextPlace("s\n", (text, at) => codeAt(text, at) === 10 || isLink(text, at));
const tellable = new NextPlace("0123456789\"'`");

/** How far the value may stand behind its name: behind ten words. */
const tellMax = 640;

/** Whether the line goes on with ` is ` or ` was `. */
function hasLinkAhead(text: string, end: number): boolean {
  return links.standsWithin(text, end, sentenceMax) && codeAt(text, links.at) !== 10;
}

/** Whether `=` stands behind the next word. */
function isTyped(text: string, end: number): boolean {
  spend(3);
  let i = end + 1;
  while (i - end < typeMax && isTypeCharacter(codeAt(text, i))) i += 1;
  return codeAt(text, skipSpaces(text, i)) === 61;
}

/** What names of types are made of: letters, digits, `_`, `.`, `*`, `[` and `]`. */
function isTypeCharacter(code: number): boolean {
  return isWordCharacter(code) || code === 46 || code === 42 || code === 91 || code === 93;
}

/** Whether the character at `at` ends the word `is` or `was`. */
function isLink(text: string, at: number): boolean {
  if (codeAt(text, at) !== 115 || codeAt(text, at + 1) !== 32) return false;
  const before = codeBefore(text, at);
  if (before === 105) return isSpace(codeBefore(text, at - 1));
  return before === 97 && codeBefore(text, at - 1) === 119 && isSpace(codeBefore(text, at - 2));
}

/** Whether the word before the key may end as `ENV`, `setenv`, `setx` or `define` does. */
function mayDeclare(text: string, start: number): boolean {
  if (!isSpace(codeBefore(text, start))) return false;
  let end = start - 1;
  while (start - end < 8 && isSpace(codeBefore(text, end))) end -= 1;
  const code = codeBefore(text, end) | 32;
  return code === 118 || code === 120 || code === 101;
}
