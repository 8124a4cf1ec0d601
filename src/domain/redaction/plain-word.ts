// Words that stand behind "password:" or "token =" in code, help texts and prose, and are no secret there.

import { codeAt, codeBefore } from "./code-at.js";
import { credentialKind, lastWordOf } from "./credential-key.js";
import { isDigit, isLetter } from "./name-endings.js";
import { isAlphanumeric, isSingleWord, shapeOf } from "./shape.js";
import { spend } from "./work.js";
import { WordSet } from "./word-set.js";

const everyday = (
  "string str number num int integer long float double bool boolean any unknown never object void bytes byte buffer text char " +
  "varchar nvarchar uuid date self this none nil null undefined true false yes no on off ok default empty unset missing " +
  "secretstr symbol optional required nullable readonly private public protected static final const let var new await async " +
  "return lambda function func def class interface type typeof keyof record map list array dict set tuple option some " +
  "valid invalid expired revoked rejected refused denied accepted disabled enabled failed wrong incorrect mismatch changed " +
  "updated rotated stored saved generated created removed deleted found unknown present absent provided redacted hidden masked " +
  "the a an is are was were be been to for from with without and or not in of if else when must may can cannot should will " +
  "your my our their its it this that these use used uses using see only also please enter type choose select please at by on as " +
  "input output value values key keys token tokens secret secrets password passwords passwd passphrase credential credentials " +
  "cookie cookies header headers bearer basic digest auth authentication authorization oauth apikey login user username email admin " +
  "name field label param parameter argument flag option example placeholder todo tbd fixme dummy foo bar baz changeme " +
  "login auto manual prompt stdin file env environment plain plaintext hash hashed encrypted base64 hex utf8 utf-8 bcrypt " +
  "sha-1 sha-256 sha-512 scram-sha-256 aes-128-gcm aes-256-gcm aes-256-cbc argon2 argon2id scrypt pbkdf2 md5 sha1 sha256 sha384 sha512 hs256 rs256 es256 ed25519 oauth2 http https json yaml"
).split(" ");
const words = new WordSet(everyday);

const marks = [..."!\"'(),.:;?"].reduce((bits, mark) => bits | (1 << (codeAt(mark, 0) - 33)), 0);
const shortNames = ["pw", "pwd", "key", "pass"];
const lastWords = new WordSet(shortNames);
const allWords = new WordSet([...everyday, ...shortNames]);

/** Whether the value is an everyday word of code or prose, or a name such as `accessToken`. Case does not matter. */
export function isPlainWord(value: string, bits = shapeOf(value)): boolean {
  // No word is longer, nor is the name of a credential.
  if (value.length > 48) return false;
  spend(2);
  if (value === "") return true;
  if (isAlphanumeric(bits))
    return isSingleWord(bits) ? allWords.has(value) : words.has(value) || isCredentialName(value);
  const text = withoutMarks(value);
  if (text === "" || words.has(text)) return true;
  if (/^(?:your|my|some|the|example|sample|dummy|fake|insert|enter)[-_ ]/i.test(text))
    return /^[A-Za-z_ -]+$/.test(text);
  return isCredentialName(text);
}

/** One of `!"'(),.:;?` and the backtick. */
function isMark(code: number): boolean {
  return code < 64 ? code > 32 && ((marks >>> (code - 33)) & 1) === 1 : code === 96;
}

function withoutMarks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isMark(codeAt(value, start))) start += 1;
  while (end > start && isMark(codeBefore(value, end))) end -= 1;
  return value.slice(start, end);
}

/** Whether the value names a credential instead of being one: `token`, `auth_token`, `userPassword`, `self.token`. */
export function isCredentialName(value: string): boolean {
  if (value.length > 64 || !/^[A-Za-z_$][\w$.?]*$/.test(value)) return false;
  const kind = credentialKind(value);
  if (kind === undefined && !mayEndShort(codeBefore(value, value.length))) return false;
  const last = lastWordOf(value);
  return lastWords.has(last) || (kind !== undefined && words.has(last));
}

/** Whether a short name may end so: with its last letter, or what does not belong to its word. */
function mayEndShort(code: number): boolean {
  if (!isLetter(code)) return !isDigit(code);
  const letter = code | 32;
  return letter === 119 || letter === 100 || letter === 121 || letter === 115;
}

const prose =
  /\b(?:your|the|must|should|is|are|was|has|have|not|please|enter|required|invalid|missing|expired|wrong|incorrect|cannot|for|with|to|and|or|a|an)\b/i;

/** Whether several words are a sentence or a label and not a passphrase. */
export function isProse(value: string): boolean {
  spend(8);
  return (
    /\s/.test(value.trim()) &&
    (prose.test(value) || (!/\d/.test(value) && isPlainWord(value.trim().split(/\s+/)[0] ?? "")))
  );
}

/** Whether several words where a password is expected say what belongs there: `your password`, `the new passphrase`. */
export function isDescription(value: string): boolean {
  spend(8);
  return (
    /\b(?:your|enter|please|change)\b/i.test(value) ||
    (!/\d/.test(value) && /\b(?:password|passphrase|secret|token|key)\b/i.test(value))
  );
}
