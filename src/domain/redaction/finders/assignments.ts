// Secrets that a text gives to a name: `PASSWORD=x`, `"token": "x"`, `--api-key x`, `password: x`. The name is judged by
// the rule for JSON keys; the value by how it is tied to the name, because `token: string` is no secret.

import { codeAt, codeBefore } from "../code-at.js";
import {
  type AssignedKey,
  endOfRun,
  isDashOrDot,
  keySigns,
  lineBefore,
  nameOf,
  readKey,
} from "./assigned-key.js";
import { isEnvironmentName, readValue } from "./assigned-value.js";
import { type Finder, endAt } from "./finder.js";
import { isPlaceholder } from "../placeholder.js";
import { isLabel } from "../label.js";
import { isCredentialName, isDescription, isPlainWord, isProse } from "../plain-word.js";
import { isMemberPath, looksRandom } from "../randomness.js";
import { isQuote, isSpace } from "../separator.js";
import { readQuotedWord } from "./quoted-word.js";
import { isToldSecret } from "./told-secret.js";
import { isAlphanumeric, isSingleWord, shape, shapeOf } from "../shape.js";
import { type AssignedValue, endOf, readQuoted } from "../value-text.js";
import { spend } from "../work.js";

/** What it costs to try the patterns that only a value may fit which is more than one word. */
const patternsCost = 3;

/** Finds values given to credential names. */
export const assignmentFinder: Finder = {
  signs: keySigns,
  look({ text, at, from, spans }) {
    const next = endOfRun(text, at);
    if (endsMention(text, next)) return next;
    const key = readKey(text, next, from);
    const value = key && readValue(text, key);
    if (key === undefined || value === undefined) return next;
    const word = readQuotedWord(text, key, value);
    if (!isSecret(text, key, value) && !(word && isSecret(text, key, word))) return next;
    const end = word ? word.end : endOf(text, value);
    spans.push({ start: value.start, end });
    const isChanged = value.form === "quoted" && codeAt(text, end + 1) === 32;
    const after = isChanged ? endAt(changed, text, end) : -1;
    const other = after === -1 ? undefined : readQuoted(text, after);
    if (other === undefined || isPlaceholder(other.text)) return Math.max(next, end);
    spans.push({ start: other.start, end: other.end });
    return Math.max(next, other.end);
  },
};

/** Whether no value follows a name that ends here: the text ends, or a statement, or an argument. */
function endsMention(text: string, end: number): boolean {
  const code = codeAt(text, end);
  return (code === 0 || code === 59 || code === 41) && !isDashOrDot(codeBefore(text, end));
}

// `password = "x" -> "y"`: how a plan tells of a change.
const changed = /" -> (?=")/y;

function isSecret(text: string, key: AssignedKey, value: AssignedValue): boolean {
  const word = value.text;
  const bits = shapeOf(word);
  if (word === "" || (value.form === "told" && (bits & shape.digit) === 0)) return false;
  // What costs least and says no most often comes first.
  const isPart = key.kind === "maybe" && isConnectionPart(text, key, value);
  if (!isPart && mustLookRandom(key, value)) {
    if (word.length < (key.kind === "maybe" ? 8 : 6) || !looksRandom(word, bits)) return false;
  }
  if (isNextFlag(key, value) || isNameOfSecret(text, key)) return false;
  if (isPlainWord(word, bits) || isPlaceholder(word, bits)) return false;
  const isGiven = value.form === "quoted" && isGivenPassword(text, key);
  if (value.form !== "tight" && !isGiven && isLabel(word, bits)) return false;
  // Letters and digits alone are no markup, template, code or path.
  const isWord = isAlphanumeric(bits);
  if (!isWord) spend(patternsCost);
  if (!isWord && isTemplate(text, value)) return false;
  if (value.form === "list") return isListSecret(text, key, word);
  if (isPart) return word.length >= 3;
  if (value.form === "quoted") return isQuotedSecret(text, key, word);
  if (value.form === "block") return isBlockSecret(key, word);
  if ((!isWord && isCall(word)) || isCode(text, value)) return false;
  if (value.form === "told") return isToldSecret(text, key, value, bits);
  if (value.form === "tight") return isTightSecret(text, key, value, bits);
  return isLooseSecret(text, key, value);
}

/** Whether only what looks random is a secret behind such a key. */
function mustLookRandom(key: AssignedKey, { form }: AssignedValue): boolean {
  if (form === "list") return false;
  return form === "told" || key.kind === "maybe" || (form === "loose" && key.kind !== "password");
}

/** `--password --verbose` */
function isNextFlag(key: AssignedKey, value: AssignedValue): boolean {
  return key.flag && value.form === "tight" && codeAt(value.text, 0) === 45;
}

/** `gcloud --secret=db`, `docker build --secret id=x` */
function isNameOfSecret(text: string, key: AssignedKey): boolean {
  return (
    key.flag && nameOf(text, key) === "secret" && /\b(?:gcloud|docker|podman)\s/.test(lineBefore(text, key))
  );
}

/** `<type>`, `{{ x }}`, `${x}`, `$(x)`. */
function isTemplate(text: string, { text: word, start }: AssignedValue): boolean {
  if (word.startsWith("<") && /^<[A-Za-z][\w -]{0,40}>/.test(text.slice(start, start + 44))) return true;
  return word.includes("{{") || word.includes("${") || word.startsWith("$(");
}

/** `getToken(`, `getToken(x)`, `tokens[`. */
function isCall(word: string): boolean {
  return /^[\w$.]+\(.*\)?$|^[\w$.]+\[$/.test(word);
}

/** Whether the text goes on as code does behind a name: `getToken(`, `tokens[`, `Promise<`, `${`. */
function isCode(text: string, value: AssignedValue): boolean {
  const next = codeAt(text, value.end);
  return isOpening(next) || (isQuote(next) && /[[({$]$/.test(value.text));
}

/** One of `([{<|`. */
function isOpening(code: number): boolean {
  return code === 40 || code === 91 || code === 123 || code === 60 || code === 124;
}

function isQuotedSecret(text: string, key: AssignedKey, value: string): boolean {
  const between = text.slice(key.end, key.end + 12);
  // A comparison, a call or a sentence quotes many things.
  const isSentence = /^\s+(?:is|was|to|as|for|has been|will be)\s|^\s+["`]/.test(between);
  const isWeak = isSentence || /^\(|^["'`\]\\]{0,4}\s*[=!]==?|^["'`],/.test(between);
  if (isWeak && !key.flag && !isDeclared(text, key)) {
    const least = isSentence && key.kind === "password" ? 6 : 8;
    if (/\s/.test(value)) return isSentence && /^[a-z]+(?: [a-z]+){3,}$/.test(value) && !isProse(value);
    return value.length >= least && /\d/.test(value) && looksRandom(value);
  }
  // The quote closed a text (`"password: " + x`), or a dependency is pinned.
  if (/^\s|^,|^\+.*\+$|^[~^]?\d+\.\d+\.\d/.test(value)) return false;
  if (/\s/.test(value)) {
    if (isGivenPassword(text, key)) return !isDescription(value);
    return isEnvironment(text, key) ? !/\b(?:your|enter|please|change)\b/i.test(value) : !isProse(value);
  }
  if (key.kind === "token" && value.length < 16) return looksRandom(value);
  return value.length >= (key.kind === "password" ? 2 : 3);
}

/** `--password x`, `--password=x` */
function isGivenPassword(text: string, key: AssignedKey): boolean {
  const next = codeAt(text, key.end);
  return key.flag && key.kind === "password" && (isSpace(next) || next === 61);
}

/** `PASSWORD=x`, `$env:Password = x`, `ENV PASSWORD x` */
function isEnvironment(text: string, key: AssignedKey): boolean {
  if (/^\$env:$/i.test(text.slice(Math.max(0, key.start - 5), key.start))) return true;
  return isEnvironmentName(text, key) && (codeAt(text, key.end) === 61 || isDeclared(text, key));
}

/** `ENV PASSWORD x`, `setx PASSWORD x` */
function isDeclared(text: string, key: AssignedKey): boolean {
  return isSpace(codeAt(text, key.end)) && /^\s*(?:ENV|setenv|setx)\s+$/i.test(lineBefore(text, key));
}

/** Of a block every word would go, so it must be no text that tells about the key. */
function isBlockSecret(key: AssignedKey, value: string): boolean {
  if (isProse(value)) return false;
  return key.kind === "token" || /\s/.test(value)
    ? looksRandom(value.split(/\s+/)[0] ?? "")
    : value.length >= 3;
}

/** `passwords: [x, y]`: each must look like one, or it is a list of rules or names. */
function isListSecret(text: string, key: AssignedKey, value: string): boolean {
  const least = /pass/i.test(nameOf(text, key)) ? 6 : 16;
  const items = value.split(/[\s,]+/).map((item) => item.replace(/^["']|["']$/g, ""));
  return items.every((item) => item.length >= least && looksRandom(item) && /\d/.test(item));
}

/** `Server=x;Pwd=y;` */
function isConnectionPart(text: string, key: AssignedKey, value: AssignedValue): boolean {
  return (
    value.form === "tight" &&
    codeBefore(text, key.start) === 59 &&
    /^(?:;|\s|$)/.test(text.slice(value.end, value.end + 1))
  );
}

function isTightSecret(text: string, key: AssignedKey, value: AssignedValue, bits: number): boolean {
  const word = value.text;
  const isWord = isAlphanumeric(bits);
  // Of other words it was asked before, whether they are plain.
  if ((!isWord || isSingleWord(bits)) && isCredentialName(word)) return false;
  if (key.flag && /^[A-Z_]+$/.test(word)) return false;
  if (key.kind === "token" && /^\d{1,6}$/.test(word)) return false;
  if (isArgument(text, key, value) && /^[A-Za-z_$][A-Za-z_$.]*$/.test(word)) return false;
  if (isWord) return word.length >= 3;
  if (
    isMemberPath(word) &&
    /^(?:self|this|config|settings|process|os|req|request|ctx|options|opts|args|env|user)\./.test(word)
  )
    return false;
  return word.length >= 3 && !isPath(word);
}

/** Whether a bracket or a comma stands before the key or behind the value. */
function isArgument(text: string, key: AssignedKey, value: AssignedValue): boolean {
  const next = codeAt(text, value.end);
  if (next === 41 || next === 44) return true;
  let end = key.start;
  while (key.start - end < 79 && isSpace(codeBefore(text, end))) end -= 1;
  const before = codeBefore(text, end);
  return before === 40 || before === 44;
}

function isPath(word: string): boolean {
  return /^(?:(?:\.{0,2}|~)\/(?:[\w.-]+\/)+[\w.-]*|(?:\.{1,2}|~)\/[\w.-]+)$/.test(word);
}

function isLooseSecret(text: string, key: AssignedKey, value: AssignedValue): boolean {
  const word = value.text;
  // How Go tells that a test went well.
  if (text.startsWith("--- PASS", key.start - 4) && key.end - key.start === 4) return false;
  if (isMemberPath(word) || (key.kind === "token" && /^[A-Za-z_]+\d{1,2}$/.test(word))) return false;
  if (looksRandom(word)) return true;
  if (key.kind !== "password") return false;
  // A line of its own, as in YAML or an ini file, holds a password even where it is a plain word or a number.
  const endsLine = /^[ \t]*(?:$|[\r\n#]|\\[nr])/.test(text.slice(value.end, value.end + 16));
  const line = lineBefore(text, key);
  const beginsLine = /^[\s+#>-]*$/.test(line);
  const isProperty =
    /^\s*:|^[ \t]*=/.test(text.slice(key.end, key.end + 4)) && (codeAt(text, key.end) === 58 || line === "");
  return (
    endsLine &&
    beginsLine &&
    isProperty &&
    /^(?:[a-z]{4,}|\d{4,}|\S*[^\w\s.,:;/-]\S*)$/.test(word) &&
    !isPlainWord(word)
  );
}
