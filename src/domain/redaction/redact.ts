// Redaction, done once, before anything is stored or published. Two passes: secrets are found by key and by form; then what
// was found is taken from every other string of the same payload. Redacting twice changes nothing.

import type { JsonValue } from "../json-value.js";
import type { CredentialKind } from "./credential-key.js";
import { copyJson, type Replacement } from "./json-copy.js";
import { knownValuePattern } from "./known-values.js";
import { isPlaceholder } from "./placeholder.js";
import { looksRandom } from "./randomness.js";
import { findSecrets } from "./secret-spans.js";
import { REDACTED, replaceSpans } from "./span.js";

/** Nothing that reads as a secret without a key in front of it is shorter. */
const keyMin = 16;

const url = /^(?:[a-z][a-z0-9+.-]*:\/\/|file:|sqlite:|jdbc:)/i;

/** Whether the value of a credential's key goes as a whole, and not only what its text gives away. */
function isWhollySecret(value: string, kind: CredentialKind | undefined): boolean {
  if (kind === undefined || isPlaceholder(value) || /^[\w-]+ \[REDACTED\]$/.test(value)) return false;
  if (kind === "connection") return !url.test(value);
  return kind !== "maybe" || (value.length >= 8 && looksRandom(value));
}

/**
 * A copy of a JSON value with `[REDACTED]` in place of every secret, and how many were taken out. Secrets are known by the
 * key that holds them, by their form in any text, and by having been found elsewhere in the same value. Never fails.
 */
export function redact<T extends JsonValue>(value: T): { value: T; count: number } {
  const found = new Set<string>();
  let count = 0;
  const text = (whole: string): string => {
    const spans = findSecrets(whole);
    for (const { start, end } of spans) found.add(whole.slice(start, end));
    const replaced = replaceSpans(whole, spans);
    count += replaced.count;
    return replaced.text;
  };
  const bySecret: Replacement = {
    leaf: (leaf, kind) => {
      if (typeof leaf === "number" && (kind === "token" || kind === "maybe" || kind === "header"))
        return leaf;
      if (!isWhollySecret(String(leaf), kind)) return typeof leaf === "number" ? leaf : text(leaf);
      found.add(String(leaf));
      count += 1;
      return REDACTED;
    },
    key: (name) => (name.length < keyMin ? name : text(name)),
  };
  const copy = copyJson(value, bySecret);

  const known = knownValuePattern(found);
  if (known === undefined) return { value: copy as T, count };
  const sibling = (whole: string): string =>
    whole.replace(known, () => {
      count += 1;
      return REDACTED;
    });
  const rest = copyJson(copy, {
    leaf: (leaf) => (typeof leaf === "string" ? sibling(leaf) : leaf),
    key: sibling,
  });
  return { value: rest as T, count };
}

/** The same for free text, such as a failure message or a reason. */
export function redactText(text: string): { text: string; count: number } {
  const { value, count } = redact(text);
  return { text: value, count };
}
