import { type AssignedKey, lineBefore } from "./assigned-key.js";
import { endAt } from "./finder.js";
import { readBlock, readNextLine } from "./multi-line.js";
import { isQuote, readSeparator } from "./separator.js";
import { REDACTED, type Span } from "./span.js";

/**
 * How a value is tied to its key: `quoted` in quotes, `tight` without spaces (`KEY=value`, `--key value`), `loose` as in
 * `key: value`, where the same form is a type in code and a sentence in prose, `told` as in `the password is x` or `token x`,
 * `block` on the indented lines below the key.
 */
export type AssignedValue = Span & { form: "quoted" | "tight" | "loose" | "told" | "block"; text: string };

// `password: str = "x"`, `token: string = "x"`: the type is passed over.
const typeBetween = /[&A-Za-z_][\w.<>[\]|?&' ]{0,40}=[ \t]{0,4}(?=\\{0,3}["'`])/y;
const flagGap = /[ \t]{1,4}|["'],\s{0,16}(?=["'])/y;
const declaredGap = /[ \t]{1,8}/y;
const sqlGap = /[ \t]{1,4}(?=')/y;
const typedGap = /[ \t][A-Za-z*][\w.*[\]]{0,40}[ \t]{0,4}=[ \t]{0,4}(?=["'`])/y;
const argumentGap = /["'`],\s{0,8}(?=["'`])/y;
const toldGap = /[ \t]{1,4}(?:(?:is|was|to|as)[ \t:]{1,4})?(?:now[ \t])?/y;
const aboutGap = /[ \t](?:to|for|of|on|in|at)[ \t](?:[\w.@/'"`-]{1,40}[ \t]){1,6}?(?:is|was)[ \t:]{1,4}/y;
// `name: DB_PASSWORD` and, next to it, `value: x`: how environments and headers are listed.
const listedName = /(?:name|key)\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?$/i;
const listedGap = /\\{0,3}["']?[\s,]{1,40}\\{0,3}["']?value\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}/iy;
// A row of a table: `| DB_PASSWORD | x |`.
const cellGap = /[ \t]{0,40}\|[ \t]{1,40}(?=[^\s|]{12,200}[ \t]{0,40}(?:\||$))/my;
const callGap = /\((?=\\{0,3}["'`])/y;

// Values are judged by their first characters, so that a long one is not read again for each name in it.
const runMax = 64;
const quotedMax = 128;

const runEnds = charactersOf("\\s\"'`\\\\<>(){}[\\]|,;&");
// A line of an environment file or a shell takes everything up to the next space.
const environmentEnds = charactersOf("\\s\"'`\\\\");

function charactersOf(characters: string): Uint8Array {
  const set = new RegExp(`[${characters}]`);
  return Uint8Array.from({ length: 128 }, (_, code) => (set.test(String.fromCharCode(code)) ? 1 : 0));
}

const whiteSpace = /\s/;

function endOfRun(text: string, at: number, ends: Uint8Array, most: number): number {
  const last = Math.min(text.length, at + most);
  let i = at;
  for (; i < last; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 128 ? ends[code] === 1 : code > 159 && whiteSpace.test(text[i] as string)) {
      if (code !== 92 || ends !== environmentEnds || /^\\[nrt"'`\s\\]/.test(text.slice(i, i + 2))) break;
    }
  }
  return i;
}

/** Reads the quoted text that begins at `at`, without its quotes. A text that is not closed ends with its line. */
function readQuoted(text: string, at: number): AssignedValue | undefined {
  let i = at;
  while (i - at < 2 && isStringPrefix(text.charCodeAt(i))) i += 1;
  const opening = i;
  while (i - opening < 3 && text.charCodeAt(i) === 92) i += 1;
  if (!isQuote(text.charCodeAt(i))) return undefined;
  const quote = text.slice(opening, i + 1);
  const start = i + 1;
  if (quote.length === 1 && text.startsWith(quote + quote, start)) return readTriple(text, start + 2, quote);
  const end = endOfQuoted(text, start, quote, start + quotedMax);
  const line = text.slice(start, end);
  const breakAt = line.indexOf("\n");
  const value = breakAt === -1 ? line : line.slice(0, breakAt).trimEnd();
  return { start, end: start + value.length, form: "quoted", text: value };
}

/** Python's `b"x"`, `r"x"`, `u"x"`. */
function isStringPrefix(code: number): boolean {
  const letter = code | 32;
  return letter === 98 || letter === 114 || letter === 117;
}

/** Where the quote closes, at most at `last`. */
function endOfQuoted(text: string, start: number, quote: string, last: number): number {
  for (let end = text.slice(start, last).indexOf(quote) + start; end >= start;) {
    const isTwice = quote === "'" && end > start && text[end + 1] === "'";
    if (!isTwice && (quote.length > 1 || !isEscaped(text, start, end))) return end;
    const after = end + (isTwice ? 2 : 1);
    const next = text.slice(after, last).indexOf(quote);
    if (next === -1) break;
    end = after + next;
  }
  return Math.min(last, text.length);
}

/** `"""` of TOML and Python: the value may have lines. */
function readTriple(text: string, start: number, quote: string): AssignedValue | undefined {
  const window = text.slice(start, start + 4096);
  const close = window.indexOf(quote.repeat(3));
  if (close < 1) return undefined;
  const value = window.slice(0, close);
  const lead = /^\s*/.exec(value)?.[0].length ?? 0;
  const inner = value.trim();
  return { start: start + lead, end: start + lead + inner.length, form: "quoted", text: inner };
}

function isEscaped(text: string, start: number, at: number): boolean {
  let slashes = 0;
  while (at - slashes > start && text.charCodeAt(at - slashes - 1) === 92) slashes += 1;
  return slashes % 2 === 1;
}

function readRun(
  text: string,
  at: number,
  form: "tight" | "loose" | "told",
  ends: Uint8Array = runEnds,
): AssignedValue | undefined {
  const full = endOfRun(text, at, ends, runMax);
  if (full === at || text.startsWith(REDACTED, at)) return undefined;
  let end = full;
  while (end > at && ".,;:)]}".includes(text[end - 1] as string)) end -= 1;
  return { start: at, end, form, text: text.slice(at, end) };
}

/** Where a value ends that was judged by its first characters. */
export function endOf(text: string, value: AssignedValue): number {
  const length = value.end - value.start;
  if (value.form === "block") return value.end;
  if (value.form === "quoted") {
    if (length < quotedMax) return value.end;
    const before = /\\{0,3}["'`]$/.exec(text.slice(Math.max(0, value.start - 4), value.start))?.[0] ?? '"';
    let end = value.end;
    while (end < text.length && text.charCodeAt(end) !== 10 && !text.startsWith(before, end)) end += 1;
    return end;
  }
  return length < runMax ? value.end : endOfRun(text, value.end, runEnds, Infinity);
}

/** A value in quotes, or a run of characters. */
function readEither(
  text: string,
  at: number,
  form: "tight" | "loose" | "told",
  ends: Uint8Array = runEnds,
): AssignedValue | undefined {
  return readQuoted(text, at) ?? readRun(text, at, form, ends);
}

/** Reads the value that a text gives to a key. Gives undefined if the text only mentions the key. */
export function readValue(text: string, key: AssignedKey): AssignedValue | undefined {
  const separator = readSeparator(text, key.end);
  if (separator === undefined) return readUntied(text, key);
  const { sign, spaced } = separator;
  let at = separator.end;
  if (sign === ":") {
    const type = endAt(typeBetween, text, at);
    if (type !== -1) at = type;
    const code = text.charCodeAt(at);
    if (code === 124 || code === 62) return withForm(readBlock(text, key.start, at), "block");
    if (code === 10 || code === 13) return withForm(readNextLine(text, key.start, at), "loose");
  }
  const quoted = readQuoted(text, at);
  if (quoted !== undefined || sign === "==" || sign === "!=") return quoted;
  if (sign !== "=" || spaced) return readRun(text, at, "loose");
  return readRun(text, at, "tight", isEnvironmentName(key.name) ? environmentEnds : runEnds);
}

function withForm(
  value: (Span & { text: string }) | undefined,
  form: AssignedValue["form"],
): AssignedValue | undefined {
  return value && { ...value, form };
}

/** Whether the name is written as environment variables are. */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name);
}

/** The value of a key without a sign behind it. */
function readUntied(text: string, key: AssignedKey): AssignedValue | undefined {
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
  if (listed !== -1) return readEither(text, listed, "tight");
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

function readSpaced(text: string, key: AssignedKey): AssignedValue | undefined {
  const { end } = key;
  const cell = endAt(cellGap, text, end);
  if (cell !== -1) return readRun(text, cell, "loose");
  const sql = key.kind === "password" ? endAt(sqlGap, text, end) : -1;
  const gap = sql === -1 ? endAt(typedGap, text, end) : sql;
  if (gap !== -1) return readQuoted(text, gap);
  const about = "tfoia".includes(text[end + 1] ?? " ") ? endAt(aboutGap, text, end) : -1;
  return readEither(text, about === -1 ? endAt(toldGap, text, end) : about, "told");
}
