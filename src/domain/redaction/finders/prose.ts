// Secrets that people tell each other in sentences, where no name and no form gives them away.

import { type Finder, matchAt } from "./finder.js";
import { isPlaceholder } from "../placeholder.js";
import { isPlainWord } from "../plain-word.js";
import { looksRandom } from "../randomness.js";
import { shape, shapeOf } from "../shape.js";
import { spend } from "../work.js";

// `admin / hunter2`: a login and its password.
const pair =
  /(?:admin|administrator|root|login|user|guest|demo)["'`]? {1,2}\/ {1,2}["'`]?([^\s"'`,;|<>()]{6,64})/iy;
const invitation = /log(?:ged)?[ -]?in|sign[ -]?in|credential|password|account|access/i;

function isPairSecret(value: string, before: string): boolean {
  if (!looksRandom(value) || isPlaceholder(value) || isPlainWord(value)) return false;
  if (/^[a-z]{1,6}[-_]?\d{1,2}$|^\d+[a-z%]{0,3}$|\//i.test(value)) return false;
  const bits = shapeOf(value);
  const isMixed = (bits & shape.digit) !== 0 && (bits & (shape.upper | shape.other)) !== 0;
  return invitation.test(before) ? (bits & shape.digit) !== 0 : isMixed && value.length >= 8;
}

const pairFinder: Finder = {
  signs: ["admin", "administrator", "root", "login", "user", "guest", "demo"].flatMap((name) =>
    ["", '"', "'", "`"].map((quote) => `${name}${quote} /`),
  ),
  look({ text, at, from, spans }) {
    const match = matchAt(pair, text, at);
    if (match === null) return from;
    const value = (match[1] ?? "").replace(/[.:!?]+$/, "");
    const start = at + match[0].length - (match[1] ?? "").length;
    if (!isPairSecret(value, text.slice(Math.max(0, at - 60), at))) return from;
    spans.push({ start, end: start + value.length });
    return start + value.length;
  },
};

const phrase =
  /(?:seed|recovery|secret|backup|mnemonic) ?(?:phrase|words)?["'`*]{0,3}(?: is| was| are)?[:=]?[\s"'`*(]{1,8}((?:[a-z]{3,8}[ ,\n]{1,3}){11,23}[a-z]{3,8})(?![a-z])/iy;
// Words that no list of seed words holds, and hardly a sentence lacks.
const sentence = /\b(?:the|and|for|are|was|not|your|from|must|should|words|which|has|have|will|its|our)\b/i;

const seedPhrase: Finder = {
  signs: [
    "seed phrase",
    "seed words",
    "recovery phrase",
    "recovery words",
    "secret phrase",
    "backup phrase",
    "mnemonic",
  ],
  look({ text, at, from, spans }) {
    const match = matchAt(phrase, text, at);
    const words = match?.[1] ?? "";
    if (match === null || sentence.test(words)) return from;
    const end = at + match[0].length;
    spans.push({ start: end - words.length, end });
    return end;
  },
};

const codes =
  /(?:recovery|backup|rescue|scratch) codes?["'`*]{0,3}(?: is| are)?[:=]?[\s"'`*-]{1,8}((?:(?=[a-z-]{0,24}\d)[a-z0-9]{4,10}(?:-[a-z0-9]{4,10}){0,5}(?:[\s,;"'`*-]{1,6}(?:and )?(?=[a-z-]{0,24}\d))?){1,20})/iy;

const recoveryCodes: Finder = {
  signs: ["recovery code", "backup code", "rescue code", "scratch code"],
  look({ text, at, from, spans }) {
    spend(6);
    const match = matchAt(codes, text, at);
    const list = (match?.[1] ?? "").trimEnd();
    const digits = list.replace(/\D/g, "").length;
    if (match === null || list.length < 8 || digits < 3 || /^\d{1,6}\b/.test(list)) return from;
    const start = at + match[0].length - (match[1] ?? "").length;
    spans.push({ start, end: start + list.length });
    return start + list.length;
  },
};

const login =
  /(?:creds|credentials|logins?)(?: are| is|:| =|=) ?["'`]?[\w.@-]{2,40}:([^\s"'`,;|<>()]{6,64})/iy;

const loginFinder: Finder = {
  signs: ["creds", "credentials", "login"],
  look({ text, at, from, spans }) {
    const match = matchAt(login, text, at);
    const value = (match?.[1] ?? "").replace(/[.:!?]+$/, "");
    if (match === null || !looksRandom(value) || isPlaceholder(value) || !/\d/.test(value)) return from;
    const start = at + match[0].length - (match[1] ?? "").length;
    spans.push({ start, end: start + value.length });
    return start + value.length;
  },
};

/** Finds logins with their passwords, seed phrases and recovery codes in prose. */
export const proseFinders: readonly Finder[] = [pairFinder, loginFinder, seedPhrase, recoveryCodes];
