// Judges by a key's name whether its value is a credential. The name is split at separators and capital letters, put
// in lower case and joined. Then its ending decides. `DB_PASSWORD`, `dbPassword` and `db-password` are the same name,
// and `passwordPolicy` and `tokenCount` name no credential.

/**
 * The kind of credential that a name stands for. It decides how surely the value is a secret:
 * - `password`, `secret`: the value is secret, even if it is a number.
 * - `token`: the word also has everyday meanings, so numbers under it stay.
 * - `header`: the value is an Authorization or Cookie header.
 * - `connection`: the value is a connection string. In a URL, only the password is secret.
 * - `maybe`: the value is secret only if it looks random itself (`auth`, `pass`, `pwd`).
 */
export type CredentialKind = "password" | "secret" | "token" | "header" | "connection" | "maybe";

const anyCredential = /pass|pwd|secret|token|key|auth|cookie|cred|bearer|conn|dsn|jwt|ur[il]/i;

const endings: readonly [CredentialKind, RegExp][] = [
  [
    "password",
    /(?:password|passwd|passphrase|passcode|passwordhash|passwordvalue|(?:db|user|root|admin|mysql|smtp|ftp|my)pwd)$/,
  ],
  [
    "password",
    /(?:db|smtp|imap|mysql|pg|user|e?mail|ftp|redis|admin|root|http|proxy|auth|ssh|sudo|store|key)pass$/,
  ],
  [
    "secret",
    /(?:api|access|secret|private|signing|encryption|decryption|master|account|auth|hmac|deploy|ssh|subscription)key$/,
  ],
  [
    "secret",
    /(?:license|app|application|service|webhook|jwt|aes|rsa|shared)key$|(?:private|client)key(?:data|pem)$/,
  ],
  ["secret", /secret(?:value|text|string|keybase)?$|sharedaccesssignature$|^xamzsignature$/],
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
  ["maybe", /^(?:pass|pwd|auth|jwt|npmauth|registryauth)$/],
];

// These are tokens of pages, parsers and language models, which are no secrets.
const everydayToken = new RegExp(
  "(?:page|next|prev|previous|continuation|cancellation|cancel|abort|resume|sync|skip|max|min|stop|eos|bos|pad|unk|mask" +
    "|sep|cls|start|end|begin|first|last|current|per|design|special|image|audio|input|output|prompt|completion|cached" +
    "|reasoning|total|num|lexer|syntax|string|comma|punctuation|keyword|identifier|operator|public)token$",
);

const questionsAndVerbs =
  /^(?:is|has|had|show|hide|forgot|forgotten|no|change|require|requires|needs|use|get|fetch|validate|verify|check|compare|generate|create|make|read|load|parse|decode|mask|strip|accept|allow|public)$/;

/** Splits a name into its words, in lower case: `dbPassword` and `DB-PASSWORD` give `db` and `password`. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/**
 * The kinds of the names that were judged, since names come again and again. The map is emptied when it holds a
 * thousand.
 */
const judged = new Map<string, CredentialKind | undefined>();
const judgedMax = 1000;

/**
 * Tells what kind of credential a key of this name holds. Gives undefined if it holds none or is longer than 80
 * characters.
 */
export function credentialKind(key: string): CredentialKind | undefined {
  if (key.length > 80 || !anyCredential.test(key)) return undefined;
  if (!judged.has(key)) {
    if (judged.size >= judgedMax) judged.clear();
    judged.set(key, judge(key));
  }
  return judged.get(key);
}

function judge(key: string): CredentialKind | undefined {
  const words = wordsOf(key);
  if (words.length > 1 && questionsAndVerbs.test(words[0] ?? "")) return undefined;
  const name = words.join("").replace(/\d+$/, "");
  if (name.endsWith("token")) return everydayToken.test(name) ? undefined : "token";
  return endings.find(([, ending]) => ending.test(name))?.[0];
}

/**
 * Tells whether a key describes a credential instead of holding it: `secretName`, `credentialRef`, `keyId`,
 * `username`.
 */
export function isNameKey(key: string): boolean {
  return /(?:ref|refs|name|names|id|ids|count|counts|keys)$/i.test(key) && !/s(?:ession)?_?id$/i.test(key);
}
