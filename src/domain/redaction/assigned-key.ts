import { credentialKind, type CredentialKind } from "./credential-key.js";

/**
 * A credential's name that was found in a text. `start` and `end` bound the name without the dashes in front of it.
 * `flag` is true if there were dashes (`--token`). `line` is what stands before the name on its line, at most 80
 * characters.
 */
export type AssignedKey = {
  name: string;
  kind: CredentialKind;
  start: number;
  end: number;
  flag: boolean;
  line: string;
};

const keyword = /pass|pwd|secret|token|key|auth|cred|bearer/gi;
const spacedFirstWord = /(?:api|access|private|secret|signing|encryption|auth|account|master|client)[ ]$/i;

function isNameCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46
  );
}

/**
 * Finds the next credential's name at or after `from`, and tells where to go on looking. Gives undefined if there is
 * none left. A name is a whole stretch of letters, digits, `_`, `-` and `.`. Each stretch is looked at once, however
 * often a keyword occurs in it.
 */
export function nextKey(
  text: string,
  from: number,
): { key: AssignedKey | undefined; next: number } | undefined {
  keyword.lastIndex = from;
  const hit = keyword.exec(text);
  if (hit === null) return undefined;
  let start = hit.index;
  while (start > from && isNameCharacter(text.charCodeAt(start - 1))) start -= 1;
  let next = hit.index + hit[0].length;
  while (next < text.length && isNameCharacter(text.charCodeAt(next))) next += 1;
  if (next - start > 100) return { key: undefined, next };

  const run = text.slice(start, next);
  const dashes = /^[-.]*/.exec(run)?.[0].length ?? 0;
  const bare = run.slice(dashes).replace(/[-.]+$/, "");
  start += dashes;
  const before = text.slice(Math.max(0, start - 80), start);
  const name = bare.toLowerCase() === "key" ? (spacedFirstWord.exec(before)?.[0] ?? "") + bare : bare;
  const kind = credentialKind(name);
  if (kind === undefined || kind === "header" || kind === "connection") return { key: undefined, next };
  // This is the user of a URL, whose password has a pattern of its own.
  if (before.endsWith("://")) return { key: undefined, next };
  const end = start + bare.length;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return { key: { name, kind, start, end, flag: run.startsWith("-") && dashes < 3, line }, next };
}
