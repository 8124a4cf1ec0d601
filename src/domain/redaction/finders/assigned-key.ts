import { codeAt, codeBefore } from "../code-at.js";
import { type CredentialKind, credentialKindAt } from "../credential-key.js";
import { RunMemory, hashWith } from "../run-memory.js";
import { spend } from "../work.js";

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
const spacedFirstWord =
  /(?:api|access|private|secret|signing|encryption|auth|account|master|client|license|licence|admin)[ ]$/i;

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
 * What a run of name characters holds: the name of a credential of this length behind `lead` dashes, or none. `word` is how long
 * the word before it is that belongs to it.
 */
type NamedRun = Pick<AssignedKey, "kind" | "flag"> & { lead: number; length: number; word: number };

const noName = "none";
const memory = new RunMemory<NamedRun | typeof noName>();

/**
 * The credential's name around a sign of one, and where to go on looking. A name is a whole run of letters, digits, `_`, `-`
 * and `.`; each run is looked at once, whatever it repeats.
 */
export function readKey(
  text: string,
  at: number,
  from: number,
): { key: AssignedKey | undefined; next: number } {
  let first = at;
  while (first > from && isNameCharacter(codeBefore(text, first))) first -= 1;
  let next = first;
  let hash = 0;
  for (let code = codeAt(text, next); isNameCharacter(code); code = codeAt(text, next)) {
    hash = hashWith(hash, code);
    next += 1;
  }
  if (next - first > nameMax) return { key: undefined, next };
  // Whether it is remembered or not: what a text costs depends on nothing but the text.
  spend(3);
  const run = memory.get(text, first, next, hash) ?? judgeRun(text, first, next, hash);
  if (run === noName) return { key: undefined, next };
  const start = first + run.lead;
  // The user of a URL: its password has a finder of its own.
  if (codeBefore(text, start) === 47 && text.startsWith("://", start - 3)) return { key: undefined, next };
  const end = start + run.length;
  const name = text.slice(start - run.word, end);
  return { key: { name, kind: run.kind, start, end, flag: run.flag }, next };
}

function judgeRun(text: string, first: number, next: number, hash: number): NamedRun | typeof noName {
  let start = first;
  let end = next;
  while (start < end && isDashOrDot(codeAt(text, start))) start += 1;
  while (end > start && isDashOrDot(codeBefore(text, end))) end -= 1;
  const isBareKey = end - start === 3 && isKey(text, start);
  const word = isBareKey ? firstWordOf(text, start).length : 0;
  if (isBareKey && word === 0) return noName;
  const kind = credentialKindAt(text, start - word, end);
  const lead = start - first;
  const flag = lead > 0 && lead < 3 && codeAt(text, first) === 45;
  const isNone = kind === undefined || kind === "header" || kind === "connection";
  const run = isNone ? noName : { kind, flag, lead, length: end - start, word };
  // Of `key` the word before it decides.
  if (!isBareKey) memory.set(text, first, next, hash, run);
  return run;
}

/** Whether `key` stands here, in any case. */
function isKey(text: string, at: number): boolean {
  return (
    (codeAt(text, at) | 32) === 107 &&
    (codeAt(text, at + 1) | 32) === 101 &&
    (codeAt(text, at + 2) | 32) === 121
  );
}

function firstWordOf(text: string, start: number): string {
  if (codeBefore(text, start) !== 32) return "";
  return spacedFirstWord.exec(text.slice(Math.max(0, start - firstWordMax), start))?.[0] ?? "";
}

/** What stands before a key on its line, at most 80 characters. */
export function lineBefore(text: string, key: AssignedKey): string {
  spend(5);
  const before = text.slice(Math.max(0, key.start - 80), key.start);
  return before.slice(before.lastIndexOf("\n") + 1);
}
