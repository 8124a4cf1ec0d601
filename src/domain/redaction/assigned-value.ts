import type { AssignedKey } from "./assigned-key.js";
import { REDACTED, type Span } from "./span.js";

/**
 * A value that a text gives to a key. `form` says how the two are tied:
 * - `quoted`: the value is in quotes.
 * - `tight`: without spaces around a sign, as in `KEY=value` and `--key value`.
 * - `loose`: as in `key: value`, which may also be a type in code or a sentence in prose.
 * - `told`: as in `the password is x` or `token x`.
 */
export type AssignedValue = Span & { form: "quoted" | "tight" | "loose" | "told"; text: string };

const separator =
  /(?:\u001b\[[\d;]{0,8}m|%22)?(?:\\{0,3}["'`])?\]?\*{0,2}[?!]?([ \t]{0,8})(:=|=>|[=!]={1,2}|=|%3[AaDd]|:(?![:/]))\*{0,2}([ \t]{0,8})(?:\u001b\[[\d;]{0,8}m|%22)?/y;
// In `password: str = "x"` and `token: string = "x"`, the type is passed over.
const typeBetween = /[&A-Za-z_][\w.<>[\]|?&' ]{0,40}=[ \t]{0,4}(?=\\{0,3}["'`])/y;
const flagGap = /[ \t]|["'],\s{0,16}(?=["'])/y;
const declaredGap = /[ \t]{1,8}/y;
const sqlGap = /[ \t]{1,4}(?=')/y;
const typedGap = /[ \t][A-Za-z*][\w.*[\]]{0,40}[ \t]{0,4}=[ \t]{0,4}(?=["'`])/y;
const argumentGap = /["'`],\s{0,8}(?=["'`])/y;
const toldGap = /[ \t]{1,4}(?:(?:is|was)[ \t:]{1,4})?/y;
// Lists of environment variables and headers have `name: DB_PASSWORD` and, next to it, `value: x`.
const listedName = /(?:name|key)\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?$/i;
const listedGap = /\\{0,3}["']?[\s,]{1,40}\\{0,3}["']?value\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}/iy;
const callGap = /\((?=\\{0,3}["'`])/y;
const openingQuote = /(?:[bBrRuU]{1,2})?(\\{0,3}["'`])/y;

// Values are judged by at most 128 characters, so that a long run is not read again for each name in it.
const runMax = 128;
const run = /[^\s"'`\\<>(){}[\]|,;&]{1,128}/y;
// A line of an environment file or a shell takes everything up to the next space.
const environmentRun = /(?:[^\s"'`\\]|\\[^nrt"'`\s\\]){1,128}/y;
const rest = /[^\s"'`\\<>(){}[\]|,;&]*/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Reads the quoted text that begins at `at`, without its quotes. A text that is not closed ends with its line. */
function readQuoted(text: string, at: number): AssignedValue | undefined {
  const opening = match(openingQuote, text, at);
  if (opening === null) return undefined;
  const quote = opening[1] ?? "";
  const start = at + opening[0].length;
  let end = text.indexOf(quote, start);
  while (end !== -1 && quote.length === 1 && isEscaped(text, start, end)) end = text.indexOf(quote, end + 1);
  // YAML and SQL write a quote inside quotes twice.
  while (quote === "'" && end > start && text[end + 1] === "'") end = text.indexOf(quote, end + 2);
  const line = text.slice(start, end === -1 ? start + 1024 : end);
  const breakAt = line.indexOf("\n");
  const value = breakAt === -1 ? line : line.slice(0, breakAt).trimEnd();
  return { start, end: start + value.length, form: "quoted", text: value };
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
  pattern: RegExp,
): AssignedValue | undefined {
  const found = match(pattern, text, at);
  if (found === null || text.startsWith(REDACTED, at)) return undefined;
  const value = found[0].replace(/[.,;:)\]}]+$/, "");
  return { start: at, end: at + value.length, form, text: value };
}

/**
 * Finds the end of a value. A value longer than 128 characters was judged by its first 128, and is followed to its
 * end.
 */
export function endOf(text: string, value: AssignedValue): number {
  if (value.form === "quoted" || value.end - value.start < runMax) return value.end;
  rest.lastIndex = value.end;
  rest.test(text);
  return rest.lastIndex;
}

/** Reads the value that a text gives to a key. Gives undefined if the text only mentions the key. */
export function readValue(text: string, key: AssignedKey): AssignedValue | undefined {
  const { end, line } = key;
  const tied = match(separator, text, end);
  if (tied !== null) {
    const [all, before, sign, after] = tied;
    let at = end + all.length;
    const type = sign === ":" ? match(typeBetween, text, at) : null;
    if (type !== null) at += type[0].length;
    const quoted = readQuoted(text, at);
    if (quoted !== undefined || sign === undefined || sign.includes("==") || sign === "!=") return quoted;
    if (sign !== "=" || before !== "" || after !== "") return readRun(text, at, "loose", run);
    const isEnvironment = /^[A-Z][A-Z0-9_]*$/.test(key.name);
    return readRun(text, at, "tight", isEnvironment ? environmentRun : run);
  }
  if (key.flag) {
    const gap = match(flagGap, text, end);
    if (gap === null) return undefined;
    return readQuoted(text, end + gap[0].length) ?? readRun(text, end + gap[0].length, "tight", run);
  }
  if (/^\s*(?:ENV|setenv|setx|#\s*define)\s+$/.test(line)) {
    const gap = match(declaredGap, text, end);
    if (gap === null) return undefined;
    return (
      readQuoted(text, end + gap[0].length) ?? readRun(text, end + gap[0].length, "tight", environmentRun)
    );
  }
  const listed = listedName.test(line) ? match(listedGap, text, end) : null;
  if (listed !== null) {
    return readQuoted(text, end + listed[0].length) ?? readRun(text, end + listed[0].length, "tight", run);
  }
  const gap =
    (key.kind === "password" ? match(sqlGap, text, end) : null) ??
    match(callGap, text, end) ??
    match(typedGap, text, end) ??
    (/\(["'`]$/.test(line) ? match(argumentGap, text, end) : null);
  if (gap !== null) return readQuoted(text, end + gap[0].length);
  const told = match(toldGap, text, end);
  if (told !== null)
    return readQuoted(text, end + told[0].length) ?? readRun(text, end + told[0].length, "told", run);
  const isElement = line.endsWith("<") && text[end] === ">";
  const content = isElement ? readRun(text, end + 1, "tight", run) : undefined;
  return content !== undefined && text.startsWith("</", content.end)
    ? { ...content, form: "quoted" }
    : undefined;
}
