import { codeAt } from "../code-at.js";
import type { AssignedKey } from "./assigned-key.js";
import { endAt } from "./finder.js";
import { isDigit } from "../name-endings.js";
import { readBlock, readList, readNextLine } from "../multi-line.js";
import { readSeparator } from "../separator.js";
import { readUntied } from "../untied-value.js";
import {
  type AssignedValue,
  endsAnyRun,
  environmentEnds,
  readQuoted,
  readRun,
  withForm,
} from "../value-text.js";

// `password: str = "x"`, `token: string = "x"`: the type is passed over.
const typeBetween = /[&A-Za-z_][\w.<>[\]|?&' ]{0,40}=[ \t]{0,4}(?=\\{0,3}["'`])/y;
const typeMax = 48;
// `password: !!str x`, `api_key: &anchor x`.
const tagBetween = /[&!][\w!]{1,40}[ \t]{1,4}/y;

/** The value given to a key in a text, or undefined where the key is only mentioned. */
export function readValue(text: string, key: AssignedKey): AssignedValue | undefined {
  const separator = readSeparator(text, skipDots(text, key.end));
  if (separator === undefined) return readUntied(text, key);
  const { sign, spaced } = separator;
  let at = separator.end;
  if (sign === ":") {
    const isTag = codeAt(text, at) === 38 || codeAt(text, at) === 33;
    const type = mayBeType(text, at) ? endAt(typeBetween, text, at) : -1;
    const passed = Math.max(type, isTag ? endAt(tagBetween, text, at) : -1);
    if (passed !== -1) at = passed;
    const code = codeAt(text, at);
    if (code === 91) return withForm(readList(text, at), "list");
    if (code === 124 || code === 62) return withForm(readBlock(text, key.start, at), "block");
    if (code === 10 || code === 13) return withForm(readNextLine(text, key.start, at), "loose");
  }
  if (sign !== ":" || codeAt(text, at) > 64) at = skipWrapper(text, at, sign);
  const quoted = readQuoted(text, at);
  if (quoted !== undefined || sign === "==" || sign === "!=") return quoted;
  if (sign !== "=" || spaced) return readRun(text, at, "loose");
  const run = readRun(text, at, "tight");
  // Most values end where either kind of run does.
  const isCut = run !== undefined && !endsAnyRun(codeAt(text, run.end));
  return (run === undefined || isCut) && isEnvironmentName(text, key)
    ? readRun(text, at, "tight", environmentEnds)
    : run;
}

// `[]byte("x")`, `Some("x")`, `MD5('x')`: what makes a key or a hash of a string.
const wrapper =
  /(?:\[\]byte|Some|String::from|MD5|SHA[12]|PASSWORD|Buffer\.from|bytes|SecretStr|SecretString|Encoding\.UTF8\.GetBytes|pulumi\.secret|b64decode|base64\.b64decode)\((?=[bu]?["'`])/iy;
// `["password"]=>` and, on the next line, `string(12) "x"`: how PHP prints it.
const dumped = /\s{1,40}string\(\d{1,5}\) (?=")/y;
// `password = <<EOT` and the text on the next line.
const hereDocument = /<<[~-]?["']?[A-Z]{2,12}["']?\r?\n[ \t]{0,40}(?=\S{3,200}[ \t]{0,8}\r?\n)/y;

/** Past what stands around a string. */
function skipWrapper(text: string, at: number, sign: string): number {
  const code = codeAt(text, at);
  if (code === 60) return Math.max(at, endAt(hereDocument, text, at));
  if (sign === "=>" && (code === 10 || code === 13)) return Math.max(at, endAt(dumped, text, at));
  return code === 91 || mayBeginWrapper(code) ? Math.max(at, endAt(wrapper, text, at)) : at;
}

/** Past the dots of `Password......: x`. */
function skipDots(text: string, at: number): number {
  if (codeAt(text, at) !== 46) return at;
  let i = at;
  while (i - at < 40 && codeAt(text, i) === 46) i += 1;
  return codeAt(text, i) === 58 ? i : at;
}

/** Whether a sign of equality comes before anything that ends a type. */
function mayBeType(text: string, at: number): boolean {
  const last = at + typeMax;
  for (let i = at; i < last; i += 1) {
    const code = codeAt(text, i);
    if (code === 61) return i > at;
    if (code < 60 && endsType(code)) return false;
  }
  return false;
}

/** What no type holds: the end of the text or the line, and one of `"(),:;`. */
function endsType(code: number): boolean {
  return (
    code === 0 ||
    code === 10 ||
    code === 34 ||
    code === 40 ||
    code === 41 ||
    code === 44 ||
    code === 58 ||
    code === 59
  );
}

/** Whether the name is written as environment variables are. */
export function isEnvironmentName(text: string, key: AssignedKey): boolean {
  for (let i = key.nameStart; i < key.end; i += 1) {
    const code = codeAt(text, i);
    const isCapital = code >= 65 && code <= 90;
    if (!isCapital && (i === key.nameStart || !(isDigit(code) || code === 95))) return false;
  }
  return true;
}

/** The first letter of one of {@link wrapper}'s names: b, e, m, p or s. */
function mayBeginWrapper(code: number): boolean {
  const letter = code | 32;
  return letter === 98 || letter === 101 || letter === 109 || letter === 112 || letter === 115;
}
