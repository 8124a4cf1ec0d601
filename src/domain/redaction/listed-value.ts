// Values that are listed beside their names.

import { codeAt, codeBefore } from "./code-at.js";
import type { AssignedKey } from "./finders/assigned-key.js";
import { endAt, isWordCharacter } from "./finders/finder.js";
import { readBlock } from "./multi-line.js";
import { isQuote, isSpace } from "./separator.js";
import { type AssignedValue, readEither, withForm } from "./value-text.js";
import { spend } from "./work.js";

// `name: DB_PASSWORD` and, next to it, `value: x`: how environments and headers are listed.
const listedName = /(?:name|key)\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?$/i;
const listedGap =
  /\\{0,3}["']?[\s,]{1,40}(?:["']\w{1,20}["']:\s?["'\w-]{1,20},\s{0,20}){0,2}\\{0,3}["']?(?:parameter)?value\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}/iy;
const valueBefore =
  /\bvalue\\{0,3}["']?\s?[:=]\s?\\{0,3}["']([^"'\s\\]{8,256})\\{0,3}["'][\s,]{1,20}\\{0,3}["']?(?:name|key)\\{0,3}["']?\s?[:=]\s?\\{0,3}["']$/i;
const valueBeforeMax = 320;

/** The value of a key that is itself a value: of `name`, beside which `value` stands. */
export function readListed(text: string, key: AssignedKey): AssignedValue | undefined {
  if (!isListed(text, key.start)) return undefined;
  const at = endAt(listedGap, text, key.end);
  return at === -1 ? readValueBefore(text, key) : readListedAt(text, key.start, at);
}

function readListedAt(text: string, keyAt: number, at: number): AssignedValue | undefined {
  const code = codeAt(text, at);
  const isBlock = code === 124 || code === 62;
  return isBlock ? withForm(readBlock(text, keyAt, at), "block") : readEither(text, at, "tight");
}

/** `value="x" name="token"`, `"value": "x", "name": "token"`. */
function readValueBefore(text: string, key: AssignedKey): AssignedValue | undefined {
  spend(12);
  const from = Math.max(0, key.start - valueBeforeMax);
  const match = valueBefore.exec(text.slice(from, key.start));
  const value = match?.[1];
  if (match === null || value === undefined) return undefined;
  const start = from + match.index + match[0].indexOf(value);
  return { start, end: start + value.length, form: "quoted", text: value };
}

function isListed(text: string, start: number): boolean {
  const head = codeBefore(text, start) === 47 ? pathBefore(text, start) : start;
  let end = head;
  while (head - end < 7 && mayStandBeforeName(codeBefore(text, end))) end -= 1;
  const code = codeBefore(text, end);
  if (code !== 58 && code !== 61) return false;
  spend(3);
  return listedName.test(text.slice(Math.max(0, head - 24), head));
}

/** Where the path before a name begins: `/prod/db/password`. */
function pathBefore(text: string, start: number): number {
  let i = start;
  while (start - i < 60 && mayStandInPath(codeBefore(text, i))) i -= 1;
  return i;
}

function mayStandInPath(code: number): boolean {
  return isWordCharacter(code) || code === 47 || code === 46 || code === 45;
}

/** White space, a quote or a backslash. */
function mayStandBeforeName(code: number): boolean {
  return isSpace(code) || code === 10 || code === 13 || code === 92 || isQuote(code);
}
