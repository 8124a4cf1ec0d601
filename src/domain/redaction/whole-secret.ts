import type { CredentialKind } from "./credential-key.js";
import { isLabel } from "./label.js";
import { isPlaceholder } from "./placeholder.js";
import { looksRandom } from "./randomness.js";

const url = /^(?:[a-z][a-z0-9+.-]*:\/\/|file:|sqlite:|jdbc:)/i;

/**
 * Tells whether the whole value of a credential's key is replaced, and not only the secrets that are found in its
 * text.
 */
export function isWhollySecret(value: string, kind: CredentialKind | undefined): boolean {
  if (kind === undefined || isPlaceholder(value) || /^[\w-]+ \[REDACTED\]$/.test(value)) return false;
  if (kind === "connection") return !url.test(value);
  if (kind !== "header" && isLabel(value)) return false;
  // What `fetch` takes for credentials.
  if (/^(?:include|omit|same-origin)$/.test(value)) return false;
  return kind !== "maybe" || (value.length >= 8 && looksRandom(value));
}

/** Whether a number is secret under a key of this kind; under other keys it counts or measures. */
export function isSecretNumber(kind: CredentialKind | undefined): boolean {
  return kind !== undefined && kind !== "token" && kind !== "maybe" && kind !== "header";
}
