// Secrets that a text gives to a name: `PASSWORD=x`, `"token": "x"`, `--api-key x`, `password: x`. The name is judged by
// the rule for JSON keys; the value by how it is tied to the name, because `token: string` is no secret.

import { type AssignedKey, keySigns, lineBefore, readKey } from "./assigned-key.js";
import { isEnvironmentName, readValue } from "./assigned-value.js";
import type { Finder } from "./finder.js";
import { isPlaceholder } from "../placeholder.js";
import { isLabel } from "../label.js";
import { isCredentialName, isPlainWord, isProse } from "../plain-word.js";
import { isMemberPath, looksRandom } from "../randomness.js";
import { type AssignedValue, endOf } from "../value-text.js";

/** Finds values given to credential names. */
export const assignmentFinder: Finder = {
  signs: keySigns,
  look({ text, at, from, spans }) {
    const { key, next } = readKey(text, at, from);
    const value = key && readValue(text, key);
    if (key === undefined || value === undefined || !isSecret(text, key, value)) return next;
    const end = endOf(text, value);
    spans.push({ start: value.start, end });
    return Math.max(next, end);
  },
};

function isSecret(text: string, key: AssignedKey, value: AssignedValue): boolean {
  if (value.form === "told" && !/\d/.test(value.text)) return false;
  if (value.text === "" || isPlainWord(value.text) || isPlaceholder(value.text)) return false;
  if (value.form !== "tight" && isLabel(value.text)) return false;
  if (value.text.startsWith("<") && /^<[A-Za-z][\w -]{0,40}>/.test(text.slice(value.start, value.start + 44)))
    return false;
  if (value.text.includes("{{") || value.text.includes("${") || value.text.startsWith("$(")) return false;
  if (value.form === "list") return isListSecret(key, value.text);
  if (key.kind === "maybe" && isConnectionPart(text, key, value)) return value.text.length >= 3;
  if (key.kind === "maybe" && !(value.text.length >= 8 && looksRandom(value.text))) return false;
  if (value.form === "quoted") return isQuotedSecret(text, key, value.text);
  if (value.form === "block") return isBlockSecret(key, value.text);
  if (isCode(text, value)) return false;
  if (value.form === "told") return isToldSecret(text, key, value);
  return value.form === "tight" ? isTightSecret(text, key, value) : isLooseSecret(text, key, value);
}

/** Whether the text goes on as code does behind a name: `getToken(`, `tokens[`, `Promise<`, `${`. */
function isCode(text: string, value: AssignedValue): boolean {
  if (/^[\w$.]+\(.*\)?$|^[\w$.]+\[$/.test(value.text)) return true;
  const next = text[value.end] ?? "";
  return /[([{<|]/.test(next) || (/["'`]/.test(next) && /[[({$]$/.test(value.text));
}

function isQuotedSecret(text: string, key: AssignedKey, value: string): boolean {
  const between = text.slice(key.end, key.end + 12);
  // A comparison, a call or a sentence quotes many things.
  const isSentence = /^\s+(?:is|was|to|as|for|has been|will be)\s|^\s+["`]/.test(between);
  const isWeak = isSentence || /^\(|^["'`\]\\]{0,4}\s*[=!]==?|^["'`],/.test(between);
  if (isWeak && !key.flag) {
    const least = isSentence && key.kind === "password" ? 6 : 8;
    if (/\s/.test(value)) return isSentence && /^[a-z]+(?: [a-z]+){3,}$/.test(value) && !isProse(value);
    return value.length >= least && /\d/.test(value) && looksRandom(value);
  }
  // The quote closed a text (`"password: " + x`), or a dependency is pinned.
  if (/^\s|^,|^\+.*\+$|^[~^]?\d+\.\d+\.\d/.test(value)) return false;
  if (/\s/.test(value)) {
    const isEnvironment = isEnvironmentName(key.name) && text[key.end] === "=";
    return isEnvironment ? !/\b(?:your|enter|please|change)\b/i.test(value) : !isProse(value);
  }
  if (key.kind === "token" && value.length < 16) return looksRandom(value);
  return value.length >= (key.kind === "password" ? 2 : 3);
}

/** Of a block every word would go, so it must be no text that tells about the key. */
function isBlockSecret(key: AssignedKey, value: string): boolean {
  if (isProse(value)) return false;
  return key.kind === "token" || /\s/.test(value)
    ? looksRandom(value.split(/\s+/)[0] ?? "")
    : value.length >= 3;
}

/** `passwords: [x, y]`: each must look like one, or it is a list of rules or names. */
function isListSecret(key: AssignedKey, value: string): boolean {
  const least = /pass/i.test(key.name) ? 6 : 16;
  const items = value.split(/[\s,]+/).map((item) => item.replace(/^["']|["']$/g, ""));
  return items.every((item) => item.length >= least && looksRandom(item) && /\d/.test(item));
}

/** `Server=x;Pwd=y;` */
function isConnectionPart(text: string, key: AssignedKey, value: AssignedValue): boolean {
  return (
    value.form === "tight" &&
    text[key.start - 1] === ";" &&
    /^(?:;|\s|$)/.test(text.slice(value.end, value.end + 1))
  );
}

function isTightSecret(text: string, key: AssignedKey, value: AssignedValue): boolean {
  const word = value.text;
  if (isCredentialName(word)) return false;
  if (key.flag && (/^[A-Z_]+$/.test(word) || word.startsWith("-"))) return false;
  if (key.kind === "token" && /^\d{1,6}$/.test(word)) return false;
  const isArgument = /[(,]\s*$/.test(lineBefore(text, key)) || /[),]/.test(text[value.end] ?? "");
  if (isArgument && /^[A-Za-z_$][A-Za-z_$.]*$/.test(word)) return false;
  if (
    isMemberPath(word) &&
    /^(?:self|this|config|settings|process|os|req|request|ctx|options|opts|args|env|user)\./.test(word)
  )
    return false;
  return word.length >= 3 && !isPath(word);
}

function isPath(word: string): boolean {
  return /^(?:(?:\.{0,2}|~)\/(?:[\w.-]+\/)+[\w.-]*|(?:\.{1,2}|~)\/[\w.-]+)$/.test(word);
}

/** In a sentence only what no sentence says: `the password is hunter2`, `apikey Zx9Qw8Er7...`. */
function isToldSecret(text: string, key: AssignedKey, value: AssignedValue): boolean {
  const word = value.text;
  if (!looksRandom(word)) return false;
  const between = text.slice(key.end, value.start);
  const link = /\s(is|was|now|be|to|as|been|→|->|[–-]|\S{1,40}:)[ \t:]{1,5}["'`]?$/.exec(between)?.[1];
  const isHyphenated = /^[a-z0-9]+(?:[-/][a-z]+)+$/i.test(word);
  if (isHyphenated) return false;
  if (link === undefined) {
    if (key.kind === "password" && isDirective(text, key, value)) return true;
    if (key.kind === "password" && /\b(?:with|wifi connect \S+) (?:the )?$/.test(lineBefore(text, key)))
      return true;
    return word.length >= 20 && isMixed(word) && word.replace(/\D/g, "").length > 2;
  }
  if ((link === "to" || link === "as") && !/(?:set|changed|reset) to/.test(between)) {
    return /(?:set|chang|reset|updat|rotat)\w{0,4}\s[^\n.]{0,60}$/i.test(lineBefore(text, key));
  }
  // Behind other words, or a dash, many things stand.
  const isNear = between.length <= 12 && !/[→–>-]/.test(link);
  return (
    isNear ||
    (word.length >= 8 && (isMixed(word) || (key.kind === "password" && /[a-z]\d|\d[a-z]/.test(word))))
  );
}

/** Whether small and capital letters stand in it, with a digit or a sign. */
function isMixed(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[^A-Za-z]/.test(word);
}

/** `BindPassword x` on a line of its own. */
function isDirective(text: string, key: AssignedKey, value: AssignedValue): boolean {
  return (
    /^[ \t]*$/.test(lineBefore(text, key)) && /^[ \t]*(?:\r?\n|$)/.test(text.slice(value.end, value.end + 16))
  );
}

function isLooseSecret(text: string, key: AssignedKey, value: AssignedValue): boolean {
  const word = value.text;
  // How Go tells that a test went well.
  if (key.name === "PASS" && text.startsWith("--- ", key.start - 4)) return false;
  if (isMemberPath(word) || (key.kind === "token" && /^[A-Za-z_]+\d{1,2}$/.test(word))) return false;
  if (looksRandom(word)) return true;
  if (key.kind !== "password") return false;
  // A line of its own, as in YAML or an ini file, holds a password even where it is a plain word or a number.
  const endsLine = /^[ \t]*(?:$|[\r\n#]|\\[nr])/.test(text.slice(value.end, value.end + 16));
  const line = lineBefore(text, key);
  const beginsLine = /^[\s+#>-]*$/.test(line);
  const isProperty =
    /^\s*:|^[ \t]*=/.test(text.slice(key.end, key.end + 4)) && (text[key.end] === ":" || line === "");
  return (
    endsLine &&
    beginsLine &&
    isProperty &&
    /^(?:[a-z]{4,}|\d{4,}|\S*[^\w\s.,:;/-]\S*)$/.test(word) &&
    !isPlainWord(word)
  );
}
