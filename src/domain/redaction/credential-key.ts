// What a key's name says about its value. The name is split at separators and humps, lower-cased and joined, and its
// ending decides: `DB_PASSWORD`, `dbPassword` and `db-password` are one name, `passwordPolicy` and `tokenCount` are none.

/**
 * How a credential is named, which decides how sure its value is one:
 * - `password`, `secret`: the value is secret, a number as well.
 * - `token`: the word also has everyday meanings, so numbers under it stay.
 * - `header`: an Authorization or Cookie header.
 * - `connection`: a connection string; of a URL only the password is secret.
 * - `maybe`: secret only where the value itself looks random (`auth`, `pass`, `pwd`).
 */
export type CredentialKind = "password" | "secret" | "token" | "header" | "connection" | "maybe";

const endings: readonly [CredentialKind, RegExp][] = [
  [
    "password",
    /(?:password|passwort|passwd|passphrase|passcode|passwordhash|passwordvalue|(?:db|user|root|admin|mysql|smtp|ftp|my)pwd|(?:root|bind|db|user|admin)pw)$/,
  ],
  [
    "password",
    /(?:db|smtp|imap|mysql|pg|user|e?mail|ftp|redis|admin|root|http|proxy|auth|ssh|sudo|store|key|become|ansible|require|wifi|ldap|bind|vault)pass$/,
  ],
  [
    "secret",
    /(?:api|access|secret|private|signing|encryption|decryption|master|account|auth|hmac|deploy|ssh|subscription)key$/,
  ],
  [
    "secret",
    /(?:license|app|application|service|webhook|jwt|aes|rsa|shared)key$|(?:private|client)key(?:data|pem)$/,
  ],
  [
    "secret",
    /secret(?:value|text|string|keybase)?$|sharedaccesssignature$|^(?:wifi|wpa)?psk$|^xamzsignature$/,
  ],
  [
    "token",
    /(?:passwords|passphrases|secrets|credentials?|creds|bearer|(?:access|refresh|auth|api|bearer|session|id)tokens)$/,
  ],
  ["header", /authorization$|cookies?$/],
  ["connection", /(?:connection|conn)(?:strings?|str|ur[il])$|dsn$/],
  [
    "connection",
    /(?:database|db|redis|mongo|mongodb|postgres|postgresql|pg|mysql|amqp|rabbitmq|broker|jdbc)ur[il]$/,
  ],
  ["maybe", /^(?:pass|pwd|pw|auth|jwt|npmauth|registryauth)$/],
];

// Tokens of pages, parsers and language models.
const everydayToken = new RegExp(
  "(?:page|next|prev|previous|continuation|cancellation|cancel|abort|resume|sync|skip|max|min|stop|eos|bos|pad|unk|mask" +
    "|sep|cls|start|end|begin|first|last|current|per|design|special|image|audio|input|output|prompt|completion|cached" +
    "|reasoning|total|num|lexer|syntax|string|comma|punctuation|keyword|identifier|operator|public)token$",
);

const questionsAndVerbs =
  /^(?:is|has|had|show|hide|forgot|forgotten|no|change|require|requires|needs|use|get|fetch|validate|verify|check|compare|generate|create|make|read|load|parse|decode|mask|strip|accept|allow|public|existing)$/;

/** The last of {@link wordsOf}; "" where there is none. */
export function lastWordOf(name: string): string {
  let end = name.length;
  while (end > 0 && !isAlphanumeric(name.charCodeAt(end - 1))) end -= 1;
  let start = end;
  while (start > 0 && isAlphanumeric(name.charCodeAt(start - 1))) {
    start -= 1;
    const isHump = isCapital(name.charCodeAt(start)) && !isCapital(name.charCodeAt(start - 1));
    if (isHump) break;
  }
  return name.slice(start, end).toLowerCase();
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || isCapital(code & ~32);
}

/** The words of a name, lower-case: `dbPassword` and `DB-PASSWORD` are `db`, `password`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

// The last three letters of every name that `endings` knows: two looks at the end of a name settle most of them.
const lastLetters = new Set(
  (
    "ord swd ase ode ash lue pwd ass key ata pem ret ext ing ure rds ses ets ial als eds rer ens ken ion kie ies ngs str url " +
    "uri dsn uth jwt psk ort"
  ).split(" "),
);
const byLetters = new Uint8Array(27 ** 3);
for (const [a, b, c] of lastLetters) byLetters[placeOf(a, b, c)] = 1;
for (const letter of "abcdefghijklmnopqrstuvwxyz") byLetters[placeOf(letter, "p", "w")] = 1;

function placeOf(...letters: (string | undefined)[]): number {
  return letters.reduce((place, letter) => place * 27 + ((letter?.charCodeAt(0) ?? 96) - 96), 0);
}

/** False where a name certainly ends like no credential's; digits and separators do not count. */
export function mayNameCredential(name: string): boolean {
  let place = 0;
  let weight = 1;
  for (let i = name.length - 1; i >= 0 && weight < 27 ** 3; i -= 1) {
    const letter = name.charCodeAt(i) | 32;
    if (letter < 97 || letter > 122) continue;
    place += (letter - 96) * weight;
    weight *= 27;
  }
  return weight < 27 ** 3 || byLetters[place] === 1;
}

/** Names come again and again: each is judged once, and the memory is emptied when it holds four thousand. */
const judged = new Map<string, CredentialKind | "none">();
const judgedMax = 4000;

/** What kind of credential a key of this name holds; undefined for an innocent one or a name past 80 characters. */
export function credentialKind(key: string): CredentialKind | undefined {
  if (key.length > 80 || !mayNameCredential(key)) return undefined;
  const name = withoutNumber(key);
  const known = judged.get(name);
  if (known !== undefined) return known === "none" ? undefined : known;
  if (judged.size >= judgedMax) judged.clear();
  const kind = judge(name);
  judged.set(name, kind ?? "none");
  return kind;
}

function withoutNumber(key: string): string {
  let end = key.length;
  while (end > 0 && key.charCodeAt(end - 1) <= 57 && key.charCodeAt(end - 1) >= 48) end -= 1;
  return end === key.length ? key : key.slice(0, end);
}

function judge(key: string): CredentialKind | undefined {
  const words = wordsOf(key);
  if (words.length > 1 && questionsAndVerbs.test(words[0] ?? "")) return undefined;
  const name = words.join("").replace(/\d+$/, "");
  if (name.endsWith("token")) return everydayToken.test(name) ? undefined : "token";
  const kind = endings.find(([, ending]) => ending.test(name))?.[0];
  return kind ?? (words.length > 1 && /^(?:pass|pwd)$/.test(words.at(-1) ?? "") ? "maybe" : undefined);
}

/** Whether a key tells about its neighbour instead of holding it: `secretName`, `credentialRef`, `keyId`, `username`. */
export function isNameKey(key: string): boolean {
  return /(?:ref|refs|name|names|id|ids|count|counts|keys)$/i.test(key) && !/s(?:ession)?_?id$/i.test(key);
}
