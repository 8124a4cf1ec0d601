import type { CredentialKind } from "./credential-key.js";
import { isLabel } from "./label.js";
import { isPlaceholder } from "./placeholder.js";
import { looksRandom } from "./randomness.js";
import { shapeOf } from "./shape.js";
import { REDACTED } from "./span.js";

const url = /^(?:[a-z][a-z0-9+.-]*:\/\/|file:|sqlite:|jdbc:)/i;

/**
 * Tells whether the whole value of a credential's key is replaced, and not only the secrets that are found in its
 * text.
 */
export function isWhollySecret(value: string, kind: CredentialKind | undefined): boolean {
  if (kind === undefined) return false;
  const bits = shapeOf(value);
  if (isPlaceholder(value, bits) || isRedactedPart(value)) return false;
  if (kind === "connection") return !url.test(value);
  if (kind !== "header" && isLabel(value, bits)) return false;
  // What `fetch` takes for credentials.
  if (value === "include" || value === "omit" || value === "same-origin") return false;
  return kind !== "maybe" || (value.length >= 8 && looksRandom(value, bits));
}

/** `Bearer [REDACTED]` */
function isRedactedPart(value: string): boolean {
  return value.endsWith(REDACTED) && /^[\w-]+ \[REDACTED\]$/.test(value);
}

/** Whether a number is secret under a key of this kind; under other keys it counts or measures. */
export function isSecretNumber(kind: CredentialKind | undefined): boolean {
  return kind !== undefined && kind !== "token" && kind !== "maybe" && kind !== "header";
}
