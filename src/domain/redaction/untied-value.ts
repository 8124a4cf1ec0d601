// Values behind a key without a sign: `--token x`, `password is x`, `ENV KEY x`, `setPassword("x")`.

import { type AssignedKey, lineBefore } from "./finders/assigned-key.js";
import { endAt } from "./finders/finder.js";
import { readBlock } from "./multi-line.js";
import { isQuote, skipSpaces } from "./separator.js";
import {
  type AssignedValue,
  environmentEnds,
  readEither,
  readQuoted,
  readRun,
  withForm,
} from "./value-text.js";

const flagGap = /[ \t]{1,4}|["'],\s{0,16}(?=["'])/y;
const declaredGap = /[ \t]{1,8}/y;
const sqlGap = /[ \t]{1,4}(?=')/y;
const typedGap = /[ \t][A-Za-z*][\w.*[\]]{0,40}[ \t]{0,4}=[ \t]{0,4}(?=["'`])/y;
const argumentGap = /["'`],\s{0,8}(?=["'`])/y;
const toldGap =
  /[ \t]{1,4}(?:(?:is|was|to|as|has been|will be)[ \t:]{1,4})?(?:(?:now|set to|changed to|reset to)[ \t:]{1,4})?/y;
const aboutGap =
  /[ \t](?:(?:[\w.,@/'"`-]{1,40}[ \t]){1,10}?(?:is|was)[ \t:]{1,4}|for[ \t][\w.@/'"`-]{1,40}:[ \t]{1,4})/y;
// `name: DB_PASSWORD` and, next to it, `value: x`: how environments and headers are listed.
const listedName = /(?:name|key)\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?$/i;
const listedGap = /\\{0,3}["']?[\s,]{1,40}\\{0,3}["']?value\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}/iy;
// A row of a table: `| DB_PASSWORD | x |`.
const cellGap = /[ \t]{0,40}\|[ \t]{1,40}(?=[^\s|]{12,200}[ \t]{0,40}(?:\||$))/my;
const arrowGap = /[ \t]{1,4}(?:→|->|[–-])[ \t]{1,4}/y;
const callGap = /\((?=\\{0,3}["'`])/y;

/** The value of a key without a sign behind it. */
export function readUntied(text: string, key: AssignedKey): AssignedValue | undefined {
  const { end } = key;
  const code = text.charCodeAt(end);
  const isSpaced = isSpace(code);
  if (key.flag) {
    const gap = endAt(flagGap, text, end);
    return gap === -1 ? undefined : readEither(text, gap, "tight");
  }
  // What no value follows: the end of the text, of a sentence, of an argument.
  if (Number.isNaN(code) || code === 46 || code === 59 || code === 41) return undefined;
  if (
    isSpaced &&
    mayDeclare(text, key.start) &&
    /^\s*(?:ENV|setenv|setx|#\s*define)\s+$/.test(lineBefore(text, key))
  ) {
    return readEither(text, endAt(declaredGap, text, end), "tight", environmentEnds);
  }
  const listed = isListed(text, key.start) ? endAt(listedGap, text, end) : -1;
  if (listed !== -1) return readListed(text, key.start, listed);
  if (isSpaced) return readSpaced(text, key);
  if (code === 40) {
    const gap = endAt(callGap, text, end);
    return gap === -1 ? undefined : readQuoted(text, gap);
  }
  if (isQuote(code) && text.charCodeAt(key.start - 2) === 40 && isQuote(text.charCodeAt(key.start - 1))) {
    const gap = endAt(argumentGap, text, end);
    return gap === -1 ? undefined : readQuoted(text, gap);
  }
  if (code !== 62 || text.charCodeAt(key.start - 1) !== 60) return undefined;
  const content = readRun(text, end + 1, "tight");
  return content !== undefined && text.startsWith("</", content.end)
    ? { ...content, form: "quoted" }
    : undefined;
}

function readListed(text: string, keyAt: number, at: number): AssignedValue | undefined {
  const code = text.charCodeAt(at);
  const isBlock = code === 124 || code === 62;
  return isBlock ? withForm(readBlock(text, keyAt, at), "block") : readEither(text, at, "tight");
}

function readSpaced(text: string, key: AssignedKey): AssignedValue | undefined {
  const { end } = key;
  // What stands behind the spaces says which of the forms it may be.
  const next = text.charCodeAt(skipSpaces(text, end));
  if (next === 124) {
    const cell = endAt(cellGap, text, end);
    return cell === -1 ? undefined : readRun(text, cell, "loose");
  }
  if (next === 45 || next === 0x2013 || next === 0x2192) {
    const arrow = endAt(arrowGap, text, end);
    return arrow === -1 ? undefined : readEither(text, arrow, "told");
  }
  const sql = next === 39 && key.kind === "password" ? endAt(sqlGap, text, end) : -1;
  const ahead = lookAhead(text, end);
  const gap = sql === -1 && ahead.hasEquals ? endAt(typedGap, text, end) : sql;
  if (gap !== -1) return readQuoted(text, gap);
  const mayBeAbout = ahead.hasLink || text.startsWith(" for ", end);
  const about = mayBeAbout ? endAt(aboutGap, text, end) : -1;
  const told = about === -1 ? endAt(toldGap, text, end) : about;
  return readEither(text, told, "told");
}

/** How far a sentence is read for what ties a value to its name. */
const sentenceMax = 64;

/** Whether the line goes on with ` is ` or ` was `, and whether with `=`: in one loop, since each search costs more than it. */
function lookAhead(text: string, end: number): { hasLink: boolean; hasEquals: boolean } {
  const last = Math.min(text.length, end + sentenceMax);
  let hasEquals = false;
  for (let i = end; i < last; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 10) break;
    if (code === 61) hasEquals = true;
    if (code === 115 && text.charCodeAt(i + 1) === 32 && /\s(?:i|wa)$/.test(text.slice(i - 3, i))) {
      return { hasLink: true, hasEquals };
    }
  }
  return { hasLink: false, hasEquals };
}

/** Whether the word before the key may end as `ENV`, `setenv`, `setx` or `define` does. */
function mayDeclare(text: string, start: number): boolean {
  let i = start - 1;
  while (i > 0 && start - i < 8 && isSpace(text.charCodeAt(i))) i -= 1;
  return i < start - 1 && "Vvxe".includes(text[i] ?? " ");
}

function isListed(text: string, start: number): boolean {
  let i = start - 1;
  while (i > 0 && start - i < 8 && /["'\\\s]/.test(text[i] as string)) i -= 1;
  if (text.charCodeAt(i) !== 58 && text.charCodeAt(i) !== 61) return false;
  return listedName.test(text.slice(Math.max(0, start - 24), start));
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}
