/** The sign between a key and its value: where the value begins, which sign it is, and whether white space stands around it. */
export type Separator = { sign: ":" | "=" | "=>" | ":=" | "==" | "!=" | "%3D"; spaced: boolean; end: number };

const spacesMax = 8;
const space = 32;
const tab = 9;
const colour = /\u001b\[[\d;]{0,8}m/y;

/** Past a colour code or an encoded quote, if one stands here. */
function skipWrapping(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x1b) {
    colour.lastIndex = at;
    return colour.test(text) ? colour.lastIndex : at;
  }
  return code === 37 && text.startsWith("%22", at) ? at + 3 : at;
}

/** Past a quote of any kind with up to three backslashes before it. */
function skipQuote(text: string, at: number): number {
  let i = at;
  while (i - at < 3 && text.charCodeAt(i) === 92) i += 1;
  return isQuote(text.charCodeAt(i)) ? i + 1 : at;
}

/** Whether the character is `"`, `'` or a backtick. */
export function isQuote(code: number): boolean {
  return code === 34 || code === 39 || code === 96;
}

/** Past up to eight spaces and tabs. */
export function skipSpaces(text: string, at: number): number {
  let i = at;
  while (i - at < spacesMax && (text.charCodeAt(i) === space || text.charCodeAt(i) === tab)) i += 1;
  return i;
}

function skipStars(text: string, at: number): number {
  let i = at;
  while (i - at < 2 && text.charCodeAt(i) === 42) i += 1;
  return i;
}

/**
 * The sign behind a key that ends at `at`: `: `, `=`, `=>`, `":"`, `"] =`, `:**`, `?:`, `%3D`; undefined where there is none.
 */
export function readSeparator(text: string, at: number): Separator | undefined {
  let i = skipWrapping(text, at);
  i = skipQuote(text, i);
  if (text.charCodeAt(i) === 93) i += 1;
  i = skipStars(text, i);
  if (text.charCodeAt(i) === 63 || (text.charCodeAt(i) === 33 && text.charCodeAt(i + 1) !== 61)) i += 1;
  const before = skipSpaces(text, i);
  const sign = signAt(text, before);
  if (sign === undefined) return undefined;
  const after = skipStars(text, before + lengthAt(text, before, sign));
  const end = skipSpaces(text, after);
  return { sign, spaced: before !== i || end !== after, end: skipWrapping(text, end) };
}

function lengthAt(text: string, at: number, sign: Separator["sign"]): number {
  if (text.charCodeAt(at) === 37) return 3;
  const isTriple = (sign === "==" || sign === "!=") && text.charCodeAt(at + 2) === 61;
  return isTriple ? 3 : sign.length;
}

function signAt(text: string, at: number): Separator["sign"] | undefined {
  const next = text.charCodeAt(at + 1);
  switch (text.charCodeAt(at)) {
    case 58:
      if (next === 61) return ":=";
      return next === 58 || next === 47 ? undefined : ":";
    case 61:
      if (next === 62) return "=>";
      return next === 61 ? "==" : "=";
    case 33:
      return next === 61 ? "!=" : undefined;
    case 37:
      if (next !== 51) return undefined;
      if (/[dD]/.test(text[at + 2] ?? "")) return "%3D";
      return /[aA]/.test(text[at + 2] ?? "") ? ":" : undefined;
    default:
      return undefined;
  }
}
