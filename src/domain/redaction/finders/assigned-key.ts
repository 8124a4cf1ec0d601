import { codeAt, codeBefore } from "../code-at.js";
import { type CredentialKind, credentialKindAt } from "../credential-key.js";
import { spend } from "../work.js";

/**
 * A credential's name found in a text. `start` and `end` bound the name without dashes in front of it, `flag` says that
 * there were some (`--token`). `nameStart` is where the word before it begins, if one belongs to it (`api key`).
 */
export type AssignedKey = {
  kind: CredentialKind;
  nameStart: number;
  start: number;
  end: number;
  flag: boolean;
};

/** What the name of a credential holds, in lower case. */
export const keySigns = ["pass", "pw", "psk", "secret", "token", "key", "auth", "cred", "bearer"] as const;

const nameMax = 100;
const firstWordMax = 12;
const spacedFirstWord =
  /(?:api|access|private|secret|signing|encryption|auth|account|master|client|license|licence|admin)[ ]$/i;

const nameCharacters = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w.-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

function isNameCharacter(code: number): boolean {
  return code < 128 && nameCharacters[code] === 1;
}

/** What a name may begin and end with that belongs to none. */
export function isDashOrDot(code: number): boolean {
  return code === 45 || code === 46;
}

/** Where the run of letters, digits, `_`, `-` and `.` ends that goes on at a place. */
export function endOfRun(text: string, at: number): number {
  let end = at;
  while (isNameCharacter(codeAt(text, end))) end += 1;
  return end;
}

/** The credential's name that is a whole run: the one that ends at `runEnd`, from `from` on. */
export function readKey(text: string, runEnd: number, from: number): AssignedKey | undefined {
  const least = Math.max(from, runEnd - nameMax - 1);
  let first = runEnd;
  while (first > least && isNameCharacter(codeBefore(text, first))) first -= 1;
  if (runEnd - first > nameMax) return undefined;
  spend(3);
  let start = first;
  let end = runEnd;
  while (start < end && isDashOrDot(codeAt(text, start))) start += 1;
  while (end > start && isDashOrDot(codeBefore(text, end))) end -= 1;
  const isBareKey = end - start === 3 && isKey(text, start);
  // Of `key` the word before it decides.
  const word = isBareKey ? firstWordOf(text, start) : 0;
  if (isBareKey && word === 0) return undefined;
  const kind = credentialKindAt(text, start - word, end);
  if (kind === undefined || kind === "header" || kind === "connection") return undefined;
  // The user of a URL: its password has a finder of its own.
  if (codeBefore(text, start) === 47 && text.startsWith("://", start - 3)) return undefined;
  const lead = start - first;
  const flag = lead > 0 && lead < 3 && codeAt(text, first) === 45;
  return { kind, nameStart: start - word, start, end, flag };
}

/** The name as it is written, with the word before it that belongs to it. */
export function nameOf(text: string, key: AssignedKey): string {
  return text.slice(key.nameStart, key.end);
}

/** Whether `key` stands here, in any case. */
function isKey(text: string, at: number): boolean {
  return (
    (codeAt(text, at) | 32) === 107 &&
    (codeAt(text, at + 1) | 32) === 101 &&
    (codeAt(text, at + 2) | 32) === 121
  );
}

/** How long the word before `key` is that belongs to it, with its space; 0 if none does. */
function firstWordOf(text: string, start: number): number {
  if (codeBefore(text, start) !== 32) return 0;
  return spacedFirstWord.exec(text.slice(Math.max(0, start - firstWordMax), start))?.[0].length ?? 0;
}

/** What stands before a key on its line, at most 80 characters. */
export function lineBefore(text: string, key: AssignedKey): string {
  spend(5);
  const before = text.slice(Math.max(0, key.start - 80), key.start);
  return before.slice(before.lastIndexOf("\n") + 1);
}
