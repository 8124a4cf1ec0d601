// Takes secrets out of payloads, once, before anything is stored or published. The first pass finds secrets by their
// keys and forms. The second takes what was found out of every other string of the same payload. Redacting twice
// changes nothing.

import type { JsonValue } from "../json-value.js";
import type { CredentialKind } from "./credential-key.js";
import { copyJson, type Replacement } from "./json-copy.js";
import { knownValues } from "./known-values.js";
import { isLabel } from "./label.js";
import { isPlaceholder } from "./placeholder.js";
import { looksRandom } from "./randomness.js";
import { findSecrets } from "./secret-spans.js";
import { REDACTED, replaceSpans } from "./span.js";

/**
 * The least length of a key whose text is searched. What reads as a secret without a key in front of it is not
 * shorter.
 */
const keyMin = 16;

const url = /^(?:[a-z][a-z0-9+.-]*:\/\/|file:|sqlite:|jdbc:)/i;

/**
 * Tells whether the whole value of a credential's key is replaced, and not only the secrets that are found in its
 * text.
 */
function isWhollySecret(value: string, kind: CredentialKind | undefined): boolean {
  if (kind === undefined || isPlaceholder(value) || /^[\w-]+ \[REDACTED\]$/.test(value)) return false;
  if (kind === "connection") return !url.test(value);
  if (kind !== "header" && isLabel(value)) return false;
  // What `fetch` takes for credentials.
  if (/^(?:include|omit|same-origin)$/.test(value)) return false;
  return kind !== "maybe" || (value.length >= 8 && looksRandom(value));
}

/**
 * Copies a JSON value with `[REDACTED]` in place of every secret, and counts how many it took out. It knows a secret
 * by the key that holds it, by its form in any text, and because it was found elsewhere in the same value. It never
 * fails.
 */
export function redact<T extends JsonValue>(value: T): { value: T; count: number } {
  const found = new Set<string>();
  let count = 0;
  const text = (whole: string): string => {
    const spans = findSecrets(whole);
    if (spans.length === 0) return whole;
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

  const known = knownValues(found);
  if (known === undefined) return { value: copy as T, count };
  const sibling = (whole: string): string => {
    const replaced = known(whole);
    count += replaced.count;
    return replaced.text;
  };
  const rest = copyJson(copy, {
    leaf: (leaf) => (typeof leaf === "string" ? sibling(leaf) : leaf),
    key: sibling,
  });
  return { value: rest as T, count };
}

/** Does the same as {@link redact} for free text, such as a failure message or a reason. */
export function redactText(text: string): { text: string; count: number } {
  const { value, count } = redact(text);
  return { text: value, count };
}
