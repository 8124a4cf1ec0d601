import { createHash, randomBytes } from "node:crypto";
import { v7 } from "uuid";

/**
 * An API key is a prefix, by which people, scanners and our own redaction know it, and 256 random bits in base64url. It
 * is shown once, to whoever creates it.
 */
const prefix = "agk_";
const shape = /^agk_[\w-]{43}$/;

/** How many characters of a key are kept, so that people know it again. They tell 48 of its 256 bits. */
const keptLength = 12;

/** Makes a new API key. */
export function newApiKey(): string {
  return prefix + randomBytes(32).toString("base64url");
}

/** Makes the id of a new API key. It is not secret. */
export function newApiKeyId(): string {
  return `key_${v7().replaceAll("-", "")}`;
}

/** Gives what is stored of an API key: its SHA-256 in hex. The key is random, so that nothing slower is needed. */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Gives what is shown of an API key in lists: its first characters. */
export function prefixOfApiKey(key: string): string {
  return key.slice(0, keptLength);
}

/** Tells whether a bearer token is meant to be an API key. No other token begins with its prefix. */
export function isMeantAsApiKey(token: string): boolean {
  return token.startsWith(prefix);
}

/** Tells whether a text has the form of an API key. */
export function isApiKey(text: string): boolean {
  return shape.test(text);
}
