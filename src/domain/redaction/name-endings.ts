// How the names of credentials end, as a tree that is walked from a name's last letter on: one look for each letter, wherever
// humps and separators stand. Most names leave it at their second or third.

import { codeAt } from "./code-at.js";

/**
 * How a credential is named, which decides how sure its value is one:
 * - `password`, `secret`: the value is secret, a number as well.
 * - `token`: the word also has everyday meanings, so numbers under it stay.
 * - `header`: an Authorization or Cookie header.
 * - `connection`: a connection string; of a URL only the password is secret.
 * - `maybe`: secret only where the value itself looks random (`auth`, `pass`, `pwd`).
 */
export type CredentialKind = "password" | "secret" | "token" | "header" | "connection" | "maybe";

/** What names end in, by kind: each of the first words before each of the second, or the second alone. The first that fits counts. */
const endings: readonly [kind: CredentialKind | "everyday", heads: string, tails: string][] = [
  // Tokens of pages, parsers and language models.
  [
    "everyday",
    "page next prev previous continuation cancellation cancel abort resume sync skip max min stop eos bos pad unk mask " +
      "sep cls start end begin first last current per design special image audio input output prompt completion cached " +
      "reasoning total num lexer syntax string comma punctuation keyword identifier operator public",
    "token",
  ],
  ["token", "", "token"],
  ["password", "", "password passwort passwd passphrase passcode passwordhash passwordvalue"],
  ["password", "db user root admin mysql smtp ftp my", "pwd"],
  ["password", "root bind db user admin", "pw"],
  [
    "password",
    "db smtp imap mysql pg user mail ftp redis admin root http proxy auth ssh sudo store key become ansible require wifi ldap " +
      "bind vault",
    "pass",
  ],
  [
    "secret",
    "api access secret private signing encryption decryption master account auth hmac deploy ssh subscription " +
      "license licence app application service webhook jwt aes rsa shared admin function functions unseal storage sdk server write",
    "key",
  ],
  ["secret", "private client", "keydata keypem"],
  ["secret", "", "secret secretvalue secrettext secretstring secretkeybase sharedaccesssignature"],
  ["secret", "wifi wpa sec", "psk"],
  ["token", "", "passwords passphrases secrets credential credentials creds bearer"],
  ["token", "access refresh auth api bearer session id", "tokens"],
  ["token", "api secret", "keys"],
  ["header", "", "authorization cookie cookies"],
  ["connection", "connection conn", "string strings str url uri"],
  ["connection", "", "dsn"],
  [
    "connection",
    "database db redis mongo mongodb postgres postgresql pg mysql amqp rabbitmq broker jdbc",
    "url uri",
  ],
];

/** What a name is as a whole. */
const wholes: readonly [kind: CredentialKind, names: string][] = [
  ["secret", "psk xamzsignature"],
  ["maybe", "pass pwd pw auth jwt npmauth registryauth"],
];

const kinds = [...endings.map(([kind]) => kind), ...wholes.map(([kind]) => kind)];
const none = kinds.length;

/** A row of the tree for each of its places: where each letter before leads to. */
const row = 32;
const steps: number[] = Array.from({ length: row }, () => 0);
const endsAt: number[] = [none];
const wholeAt: number[] = [none];

function placeOf(name: string): number {
  let place = 0;
  for (const letter of [...name].toReversed()) {
    const at = place * row + (codeAt(letter, 0) & 31);
    if (steps[at] === 0) {
      steps[at] = endsAt.length;
      for (let i = 0; i < row; i += 1) steps.push(0);
      endsAt.push(none);
      wholeAt.push(none);
    }
    place = steps[at] as number;
  }
  return place;
}

function plant(names: readonly string[], number: number, found: number[]): void {
  for (const place of names.map(placeOf)) found[place] = Math.min(found[place] as number, number);
}

endings.forEach(([, heads, tails], number) => {
  const names = heads.split(" ").flatMap((head) => tails.split(" ").map((tail) => head + tail));
  plant(names, number, endsAt);
});
wholes.forEach(([, names], number) => plant(names.split(" "), endings.length + number, wholeAt));

const tree = Uint16Array.from(steps);

/**
 * What kind of credential the name in a stretch of a text ends as; undefined for none. Only its ASCII letters and digits count,
 * in either case, and digits at its end do not.
 */
export function kindByEnding(text: string, start: number, end: number): CredentialKind | undefined {
  let i = end - 1;
  while (i >= start && !isLetter(codeAt(text, i))) i -= 1;
  let place = 0;
  let best = none;
  for (; i >= start; i -= 1) {
    const code = codeAt(text, i);
    if (!isLetter(code)) {
      if (isDigit(code)) break;
      continue;
    }
    place = tree[place * row + (code & 31)] as number;
    if (place === 0) break;
    best = Math.min(best, endsAt[place] as number);
  }
  if (i < start) best = Math.min(best, wholeAt[place] as number);
  const kind = kinds[best];
  return kind === "everyday" ? undefined : kind;
}

/** Whether the character is an ASCII letter. */
export function isLetter(code: number): boolean {
  const letter = code | 32;
  return letter >= 97 && letter <= 122;
}

/** Whether the character is an ASCII digit. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
