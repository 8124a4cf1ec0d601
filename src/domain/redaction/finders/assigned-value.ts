import type { AssignedKey } from "./assigned-key.js";
import { endAt } from "./finder.js";
import { readBlock, readList, readNextLine } from "../multi-line.js";
import { readSeparator } from "../separator.js";
import { readUntied } from "../untied-value.js";
import { type AssignedValue, environmentEnds, readQuoted, readRun, withForm } from "../value-text.js";

// `password: str = "x"`, `token: string = "x"`: the type is passed over.
const typeBetween = /[&A-Za-z_][\w.<>[\]|?&' ]{0,40}=[ \t]{0,4}(?=\\{0,3}["'`])/y;
const typeMax = 48;
// `password: !!str x`, `api_key: &anchor x`.
const tagBetween = /[&!][\w!]{1,40}[ \t]{1,4}/y;

/** The value given to a key in a text, or undefined where the key is only mentioned. */
export function readValue(text: string, key: AssignedKey): AssignedValue | undefined {
  const separator = readSeparator(text, key.end);
  if (separator === undefined) return readUntied(text, key);
  const { sign, spaced } = separator;
  let at = separator.end;
  if (sign === ":") {
    const isTag = text.charCodeAt(at) === 38 || text.charCodeAt(at) === 33;
    const type = mayBeType(text, at) ? endAt(typeBetween, text, at) : -1;
    const passed = Math.max(type, isTag ? endAt(tagBetween, text, at) : -1);
    if (passed !== -1) at = passed;
    const code = text.charCodeAt(at);
    if (code === 91) return withForm(readList(text, at), "list");
    if (code === 124 || code === 62) return withForm(readBlock(text, key.start, at), "block");
    if (code === 10 || code === 13) return withForm(readNextLine(text, key.start, at), "loose");
  }
  const quoted = readQuoted(text, at);
  if (quoted !== undefined || sign === "==" || sign === "!=") return quoted;
  if (sign !== "=" || spaced) return readRun(text, at, "loose");
  return readRun(text, at, "tight", isEnvironmentName(key.name) ? environmentEnds : undefined);
}

/** Whether a sign of equality comes before anything that ends a type. */
function mayBeType(text: string, at: number): boolean {
  const last = at + typeMax;
  for (let i = at; i < last; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 61) return i > at;
    if (Number.isNaN(code) || code === 58 || code === 10 || code === 44 || code === 34) return false;
  }
  return false;
}

/** Whether the name is written as environment variables are. */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name);
}
