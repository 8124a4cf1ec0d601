import { codeAt } from "./code-at.js";

/** The sign between a key and its value: where the value begins, which sign it is, and whether white space stands around it. */
export type Separator = { sign: ":" | "=" | "=>" | ":=" | "==" | "!=" | "%3D"; spaced: boolean; end: number };

const spacesMax = 40;
const noBreakSpace = 0xa0;
const fullWidthColon = 0xff1a;
const colour = /\u001b\[[\d;]{0,8}m/y;

/** Past a colour code or an encoded quote, if one stands here. */
function skipWrapping(text: string, at: number): number {
  const code = codeAt(text, at);
  if (code === 0x1b) {
    colour.lastIndex = at;
    return colour.test(text) ? colour.lastIndex : at;
  }
  if (code === 37 && text.startsWith("%22", at)) return at + 3;
  const isEntity =
    code === 38 ? text.startsWith("&quot;", at) : code === 92 && text.startsWith("\\u0022", at);
  return isEntity ? at + 6 : at;
}

/** Past a quote of any kind with up to three backslashes before it. */
function skipQuote(text: string, at: number): number {
  let i = at;
  while (i - at < 3 && codeAt(text, i) === 92) i += 1;
  return isQuote(codeAt(text, i)) ? i + 1 : at;
}

/** Whether the character is `"`, `'` or a backtick. */
export function isQuote(code: number): boolean {
  return code === 34 || code === 39 || code === 96;
}

/** Whether the character is a space or a tab. */
export function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** Past spaces and tabs, and spaces that do not break, as pages have them. */
export function skipSpaces(text: string, at: number): number {
  let i = at;
  while (i - at < spacesMax && (isSpace(codeAt(text, i)) || codeAt(text, i) === noBreakSpace)) i += 1;
  return i;
}

/** Past the length of an array: `char password[32] =`. */
function skipDigits(text: string, at: number): number {
  let i = at + 1;
  while (i - at < 5 && codeAt(text, i) >= 48 && codeAt(text, i) <= 57) i += 1;
  return codeAt(text, i) === 93 ? i : at;
}

function skipStars(text: string, at: number): number {
  let i = at;
  while (i - at < 2 && codeAt(text, i) === 42) i += 1;
  return i;
}

/** What may stand between a name and its sign, or be one: all that {@link readSeparator} passes or knows. */
const mayFollow = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\u001b%&\\"'`[\]*?! \t:=]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/**
 * The sign behind a key that ends at `at`: `: `, `=`, `=>`, `":"`, `"] =`, `:**`, `?:`, `%3D`; undefined where there is none.
 */
export function readSeparator(text: string, at: number): Separator | undefined {
  const code = codeAt(text, at);
  if (code > 127 ? code !== fullWidthColon && code !== noBreakSpace : mayFollow[code] === 0) return undefined;
  const i = code === 58 || code === 61 || isSpace(code) || code > 127 ? at : skipClosing(text, at);
  const before = skipSpaces(text, i);
  const sign = signAt(text, before);
  if (sign === undefined) return undefined;
  const after = skipStars(text, before + lengthAt(text, before, sign));
  const end = skipSpaces(text, after);
  return { sign, spaced: before !== i || end !== after, end: skipWrapping(text, end) };
}

/** Past what closes a name: a colour, a quote, a bracket, stars, `?` or `!`. */
function skipClosing(text: string, at: number): number {
  let i = skipQuote(text, skipWrapping(text, at));
  if (codeAt(text, i) === 91) i = skipDigits(text, i);
  if (codeAt(text, i) === 93) i += 1;
  i = skipStars(text, i);
  const code = codeAt(text, i);
  return code === 63 || (code === 33 && codeAt(text, i + 1) !== 61) ? i + 1 : i;
}

function lengthAt(text: string, at: number, sign: Separator["sign"]): number {
  if (codeAt(text, at) === 37) return codeAt(text, at + 1) === 50 ? 5 : 3;
  const isTriple = (sign === "==" || sign === "!=") && codeAt(text, at + 2) === 61;
  return isTriple ? 3 : sign.length;
}

function signAt(text: string, at: number): Separator["sign"] | undefined {
  const next = codeAt(text, at + 1);
  switch (codeAt(text, at)) {
    case fullWidthColon:
      return ":";
    case 58:
      if (next === 61) return ":=";
      return next === 58 || next === 47 ? undefined : ":";
    case 61:
      if (next === 62) return "=>";
      return next === 61 ? "==" : "=";
    case 33:
      return next === 61 ? "!=" : undefined;
    case 37:
      if (next === 50) return /^53[dD]/.test(text.slice(at + 2, at + 5)) ? "%3D" : undefined;
      if (next !== 51) return undefined;
      if ((codeAt(text, at + 2) | 32) === 100) return "%3D";
      return (codeAt(text, at + 2) | 32) === 97 ? ":" : undefined;
    default:
      return undefined;
  }
}
