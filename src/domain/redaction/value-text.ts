// Values as they stand in a text: in quotes, or up to where a run of characters ends.

import { codeAt, codeBefore } from "./code-at.js";
import { isQuote } from "./separator.js";
import { REDACTED, type Span } from "./span.js";
import { spend } from "./work.js";

/**
 * How a value is tied to its key: `quoted` in quotes, `tight` without spaces (`KEY=value`, `--key value`), `loose` as in
 * `key: value`, where the same form is a type in code and a sentence in prose, `told` as in `the password is x` or `token x`,
 * `block` on the indented lines below the key, `list` in brackets.
 */
export type AssignedValue = Span & {
  form: "quoted" | "tight" | "loose" | "told" | "block" | "list";
  text: string;
};

// Values are judged by their first characters, so that a long one is not read again for each name in it.
const runMax = 64;
const quotedMax = 128;
const argumentMax = 256;
const runEnds = charactersOf("\\s\"'`\\\\<>(){}[\\]|,;&");
// A line of an environment file or a shell takes everything up to the next space.
export const environmentEnds = charactersOf("\\s\"'`\\\\");
const whiteSpace = /\s/;

/** Whether every run ends before this character, or at the end of the text. */
export function endsAnyRun(code: number): boolean {
  return code === 0 || (code < 128 && code !== 92 && environmentEnds[code] === 1);
}

function charactersOf(characters: string): Uint8Array {
  const set = new RegExp(`[${characters}]`);
  return Uint8Array.from({ length: 128 }, (_, code) => (set.test(String.fromCharCode(code)) ? 1 : 0));
}

function endOfRun(text: string, at: number, ends: Uint8Array, most: number): number {
  const last = Math.min(text.length, at + most);
  let i = at;
  for (; i < last; i += 1) {
    const code = codeAt(text, i);
    if (code < 128 ? ends[code] === 1 : code > 159 && whiteSpace.test(text[i] as string)) {
      if (code !== 92 || ends !== environmentEnds || /^\\[nrt"'`\s\\]/.test(text.slice(i, i + 2))) break;
    }
  }
  return i;
}

/** The quoted text that begins at `at`, without its quotes; what is there of one that is never closed on its line. */
export function readQuoted(text: string, at: number): AssignedValue | undefined {
  let i = at;
  while (i - at < 2 && isStringPrefix(codeAt(text, i))) i += 1;
  const opening = i;
  while (i - opening < 3 && codeAt(text, i) === 92) i += 1;
  if (!isQuote(codeAt(text, i))) return undefined;
  spend(2);
  const quote = text.slice(opening, i + 1);
  const start = i + 1;
  if (quote.length === 1 && text.startsWith(quote + quote, start)) return readTriple(text, start + 2, quote);
  const end = endOfQuoted(text, start, quote, start + quotedMax);
  const line = text.slice(start, end);
  const breakAt = line.indexOf("\n");
  const value = breakAt === -1 ? line : line.slice(0, breakAt).trimEnd();
  return { start, end: start + value.length, form: "quoted", text: value };
}

/** Python's `b"x"`, `r"x"`, `u"x"`, C#'s `@"x"` and SQL's `N'x'`. */
function isStringPrefix(code: number): boolean {
  const letter = code | 32;
  return letter === 98 || letter === 114 || letter === 117 || code === 64 || code === 78;
}

/** Where the quote closes, at most at `last`. */
function endOfQuoted(text: string, start: number, quote: string, last: number): number {
  const window = text.slice(start, last);
  for (let at = window.indexOf(quote); at !== -1;) {
    const passed = lengthInside(text, start, start + at, quote);
    if (passed === 0) return start + at;
    at = window.indexOf(quote, at + passed);
  }
  return Math.min(last, text.length);
}

/** How many characters are part of a quoted value at a place where its quote stands; 0 where it closes. */
function lengthInside(text: string, start: number, at: number, quote: string): number {
  if (quote === "'") {
    // SQL and YAML write it twice. A shell closes the text, writes the quote, and opens it again.
    if (at > start && codeAt(text, at + 1) === 39) return 2;
    if (text.startsWith("\\''", at + 1)) return 4;
  }
  return isInner(text, start, at + quote.length - 1, quote.length - 1) ? quote.length : 0;
}

/**
 * Whether a quote stands inside a value whose own quotes have so many backslashes before them: in a text that was put into another,
 * each backslash was written twice.
 */
function isInner(text: string, start: number, at: number, own: number): boolean {
  let slashes = 0;
  while (at - slashes > start && codeBefore(text, at - slashes) === 92) slashes += 1;
  return ((slashes - own) / (own + 1)) % 2 === 1;
}

/** Where a quoted text closes on its line, or the text ends, within {@link argumentMax} characters; undefined where neither does. */
export function endOfArgument(text: string, start: number, quote: string): number | undefined {
  const end = endOfQuoted(text, start, quote, start + argumentMax);
  spend(2 + ((end - start) >> 4));
  if (end !== text.length && !text.startsWith(quote, end)) return undefined;
  return text.slice(start, end).includes("\n") ? undefined : end;
}

/** `"""` of TOML and Python: the value may have lines. */
function readTriple(text: string, start: number, quote: string): AssignedValue | undefined {
  const window = text.slice(start, start + 4096);
  const close = window.indexOf(quote.repeat(3));
  spend(8 + ((close === -1 ? window.length : close) >> 4));
  if (close < 1) return undefined;
  const value = window.slice(0, close);
  const lead = /^\s*/.exec(value)?.[0].length ?? 0;
  const inner = value.trim();
  return { start: start + lead, end: start + lead + inner.length, form: "quoted", text: inner };
}

export function readRun(
  text: string,
  at: number,
  form: "tight" | "loose" | "told",
  ends: Uint8Array = runEnds,
): AssignedValue | undefined {
  const full = endOfRun(text, at, ends, runMax);
  if (full === at || (codeAt(text, at) === 91 && text.startsWith(REDACTED, at))) return undefined;
  let end = full;
  while (end > at && isClosing(codeBefore(text, end))) end -= 1;
  return { start: at, end, form, text: text.slice(at, end) };
}

/** One of `.,;:)]}`, which end a sentence or close what the value stands in. */
function isClosing(code: number): boolean {
  return (
    code === 46 || code === 44 || code === 59 || code === 58 || code === 41 || code === 93 || code === 125
  );
}

/** Where a value ends that was judged by its first characters. */
export function endOf(text: string, value: AssignedValue): number {
  spend(2);
  const length = value.end - value.start;
  if (value.form === "block" || value.form === "list") return value.end;
  if (value.form === "quoted") {
    if (length < quotedMax) return value.end;
    const before = /\\{0,3}["'`]$/.exec(text.slice(Math.max(0, value.start - 4), value.start))?.[0] ?? '"';
    let end = value.end;
    while (end < text.length && codeAt(text, end) !== 10) {
      const passed = text.startsWith(before, end) ? lengthInside(text, value.start, end, before) : 1;
      if (passed === 0) break;
      end += passed;
    }
    spend((end - value.start) >> 2);
    return end;
  }
  if (length < runMax) return value.end;
  const end = endOfRun(text, value.end, runEnds, Infinity);
  spend((end - value.start) >> 4);
  return end;
}

/** A value in quotes, or a run of characters. */
export function readEither(
  text: string,
  at: number,
  form: "tight" | "loose" | "told",
  ends: Uint8Array = runEnds,
): AssignedValue | undefined {
  return readQuoted(text, at) ?? readRun(text, at, form, ends);
}

export function withForm(
  value: (Span & { text: string }) | undefined,
  form: AssignedValue["form"],
): AssignedValue | undefined {
  return value && { ...value, form };
}
