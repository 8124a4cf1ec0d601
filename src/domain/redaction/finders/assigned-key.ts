import { credentialKind, type CredentialKind } from "../credential-key.js";

/**
 * A credential's name found in a text. `start` and `end` bound the name without dashes in front of it, `flag` says that
 * there were some (`--token`).
 */
export type AssignedKey = {
  name: string;
  kind: CredentialKind;
  start: number;
  end: number;
  flag: boolean;
};

/** What the name of a credential holds, in lower case. */
export const keySigns = ["pass", "pw", "psk", "secret", "token", "key", "auth", "cred", "bearer"] as const;

const nameMax = 100;
const firstWordMax = 12;
const spacedFirstWord = /(?:api|access|private|secret|signing|encryption|auth|account|master|client)[ ]$/i;

const nameCharacters = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w.-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

function isNameCharacter(code: number): boolean {
  return code < 128 && nameCharacters[code] === 1;
}

function isDashOrDot(code: number): boolean {
  return code === 45 || code === 46;
}

/**
 * The credential's name around a sign of one, and where to go on looking. A name is a whole run of letters, digits, `_`, `-`
 * and `.`; each run is looked at once, whatever it repeats.
 */
export function readKey(
  text: string,
  at: number,
  from: number,
): { key: AssignedKey | undefined; next: number } {
  let start = at;
  while (start > from && isNameCharacter(text.charCodeAt(start - 1))) start -= 1;
  let next = at + 1;
  while (next < text.length && isNameCharacter(text.charCodeAt(next))) next += 1;
  if (next - start > nameMax) return { key: undefined, next };

  const first = start;
  let end = next;
  while (start < end && isDashOrDot(text.charCodeAt(start))) start += 1;
  while (end > start && isDashOrDot(text.charCodeAt(end - 1))) end -= 1;
  const bare = text.slice(start, end);
  const name = bare.length === 3 && bare.toLowerCase() === "key" ? firstWordOf(text, start) + bare : bare;
  const kind = credentialKind(name);
  if (kind === undefined || kind === "header" || kind === "connection") return { key: undefined, next };
  // The user of a URL: its password has a finder of its own.
  if (text.charCodeAt(start - 1) === 47 && text.startsWith("://", start - 3)) return { key: undefined, next };
  const dashes = start - first;
  const flag = dashes > 0 && dashes < 3 && text.charCodeAt(first) === 45;
  return { key: { name, kind, start, end, flag }, next };
}

function firstWordOf(text: string, start: number): string {
  if (text.charCodeAt(start - 1) !== 32) return "";
  return spacedFirstWord.exec(text.slice(Math.max(0, start - firstWordMax), start))?.[0] ?? "";
}

/** What stands before a key on its line, at most 80 characters. */
export function lineBefore(text: string, key: AssignedKey): string {
  const before = text.slice(Math.max(0, key.start - 80), key.start);
  return before.slice(before.lastIndexOf("\n") + 1);
}
