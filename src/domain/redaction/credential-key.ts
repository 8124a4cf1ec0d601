// What a key's name says about its value. The name is split at separators and humps, lower-cased and joined, and its
// ending decides: `DB_PASSWORD`, `dbPassword` and `db-password` are one name, `passwordPolicy` and `tokenCount` are none.

import { codeAt, codeBefore } from "./code-at.js";
import { type CredentialKind, isDigit, isLetter, kindByEnding } from "./name-endings.js";
import { spend } from "./work.js";
import { WordSet } from "./word-set.js";

export type { CredentialKind } from "./name-endings.js";

const verbMax = 9;
const questionsAndVerbs = new WordSet(
  (
    "is has had show hide forgot forgotten no change require requires needs use get fetch validate verify check compare generate " +
    "create make read load parse decode mask strip accept allow public existing"
  ).split(" "),
);

// Which of several it is: `API_KEY_PROD`, `PASSWORD_OLD`, `ENCRYPTION_KEY_V2`.
const editions = new Set("prod dev test staging live old new v".split(" "));
const lastOfEditions = lastLettersOf(editions);

const weakNames = new Set(["pass", "pwd", "pw"]);
const lastOfWeakNames = lastLettersOf(weakNames);

const nameMax = 80;

/** One bit for each letter that one of the words ends in. */
function lastLettersOf(words: Iterable<string>): number {
  let bits = 0;
  for (const word of words) bits |= 1 << (codeBefore(word, word.length) & 31);
  return bits;
}

function endsInOneOf(letters: number, code: number): boolean {
  return isLetter(code) && ((letters >>> (code & 31)) & 1) === 1;
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isAlphanumeric(code: number): boolean {
  return isLetter(code) || isDigit(code);
}

/** Where the word ends that is the last in a stretch of a text; `start` where there is none. */
function endOfLastWord(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && !isAlphanumeric(codeBefore(text, at))) at -= 1;
  return at;
}

/** Where the word begins that ends at `end`: at a separator or a hump. */
function beginOfWord(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isAlphanumeric(codeBefore(text, at))) {
    at -= 1;
    if (isCapital(codeAt(text, at)) && (at === start || !isCapital(codeBefore(text, at)))) break;
  }
  return at;
}

/** The last word of a name, lower-case; "" where there is none. */
export function lastWordOf(name: string): string {
  const end = endOfLastWord(name, 0, name.length);
  return name.slice(beginOfWord(name, 0, end), end).toLowerCase();
}

/** Whether the first word of a name in a stretch of a text asks or does something. */
function beginsWithVerb(text: string, start: number, end: number): boolean {
  let first = start;
  while (first < end && !isAlphanumeric(codeAt(text, first))) first += 1;
  return questionsAndVerbs.has(text, first, endOfFirstWord(text, first, end));
}

/** Where the word ends that begins at `first`; what is longer than any verb is not read to its end. */
function endOfFirstWord(text: string, first: number, end: number): number {
  const most = Math.min(end, first + verbMax + 1);
  let last = first + 1;
  while (last < most && isAlphanumeric(codeAt(text, last))) {
    if (isCapital(codeAt(text, last)) && !isCapital(codeBefore(text, last))) break;
    last += 1;
  }
  return last;
}

/** Whether a name in a stretch of a text has more than one word. */
function hasSeveralWords(text: string, start: number, end: number): boolean {
  const last = endOfLastWord(text, start, end);
  return endOfLastWord(text, start, beginOfWord(text, start, last)) > start;
}

/** Where a name ends without its number and without the word that says which of several it is. */
function withoutEdition(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && isDigit(codeBefore(text, last))) last -= 1;
  const wordEnd = endOfLastWord(text, start, last);
  if (!endsInOneOf(lastOfEditions, codeBefore(text, wordEnd))) return last;
  const word = beginOfWord(text, start, wordEnd);
  const isEdition = wordEnd - word <= 7 && editions.has(text.slice(word, wordEnd).toLowerCase());
  return isEdition && endOfLastWord(text, start, word) > start ? word : last;
}

/** Whether the last of several words is `pass`, `pwd` or `pw`. */
function isWeak(text: string, start: number, end: number): boolean {
  const wordEnd = endOfLastWord(text, start, end);
  if (!endsInOneOf(lastOfWeakNames, codeBefore(text, wordEnd))) return false;
  const word = beginOfWord(text, start, wordEnd);
  return wordEnd - word <= 4 && weakNames.has(text.slice(word, wordEnd).toLowerCase());
}

/** Does the same as {@link credentialKind} for the name in a stretch of a text. */
export function credentialKindAt(text: string, start: number, end: number): CredentialKind | undefined {
  if (end - start > nameMax) return undefined;
  const kind = kindByEnding(text, start, end) ?? kindOfEdition(text, start, end);
  return kind === undefined || beginsWithVerb(text, start, end) ? undefined : kind;
}

/** What kind a name has without its number and edition, or by a weak ending, if nothing else is said by how it ends. */
function kindOfEdition(text: string, start: number, end: number): CredentialKind | undefined {
  const final = codeBefore(text, end);
  const isPlain = isLetter(final) && !endsInOneOf(lastOfEditions, final);
  const last = isPlain ? end : withoutEdition(text, start, end);
  const kind = last === end ? undefined : kindByEnding(text, start, last);
  if (kind !== undefined || !isWeak(text, start, last)) return kind;
  return hasSeveralWords(text, start, last) ? "maybe" : undefined;
}

/** What kind of credential a key of this name holds; undefined for an innocent one or a name past 80 characters. */
export function credentialKind(key: string): CredentialKind | undefined {
  spend(3);
  return credentialKindAt(key, 0, key.length);
}

/** Whether a key tells about its neighbour instead of holding it: `secretName`, `credentialRef`, `keyId`, `username`. */
export function isNameKey(key: string): boolean {
  return /(?:ref|refs|name|names|id|ids|count|counts|keys)$/i.test(key) && !/s(?:ession)?_?id$/i.test(key);
}
