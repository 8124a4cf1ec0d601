import { badUserInput } from "./errors.js";
import type { JsonValue } from "./json-value.js";
import { isJsonObject } from "./json.js";

/** How long a name may be, in characters (code points). */
export const maxNameLength = 200;

/**
 * Gives the name back as it is. Throws BAD_USER_INPUT unless it has 1 to 200 characters, not only white space, and
 * neither U+0000 nor lone surrogates.
 */
export function checkName(value: string, field: string): string {
  if (value.trim() === "") throw badUserInput(field, "must not be empty");
  if (value.length > maxNameLength && [...value].length > maxNameLength) {
    throw badUserInput(field, `must be at most ${maxNameLength} characters`);
  }
  return checkCharacters(value, field);
}

/** Does the same as {@link checkName}, but turns null and undefined into null. */
export function checkOptionalName(value: string | null | undefined, field: string): string | null {
  return value === null || value === undefined ? null : checkName(value, field);
}

/** Gives the text back as it is. Throws BAD_USER_INPUT if it holds U+0000 or a lone surrogate. */
export function checkCharacters(value: string, field: string): string {
  if (value.includes("\0") || !value.isWellFormed()) {
    throw badUserInput(field, "must hold neither U+0000 nor lone surrogates");
  }
  return value;
}

/** How long a text that tells why something ended may be, in UTF-16 units. */
export const maxMessageLength = 16_384;

/** Replaces U+0000 and lone surrogates in what an agent printed by U+FFFD, since Postgres can store neither. */
export function cleanText(value: string): string {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}

/** Applies {@link cleanText} to every string and key inside a JSON value. One that needs nothing is given back itself. */
export function cleanJson(value: JsonValue): JsonValue {
  return isClean(value) ? value : copyClean(value);
}

function isClean(value: JsonValue): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  if (Array.isArray(value)) return value.every(isClean);
  return (
    !isJsonObject(value) ||
    Object.keys(value).every((key) => isClean(key) && isClean(value[key] as JsonValue))
  );
}

function copyClean(value: JsonValue): JsonValue {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(copyClean);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [cleanText(key), copyClean(child)]));
}

/**
 * Gives a text in the form that is searched: NFKC and lower case, by Unicode's rules and not by a database's locale.
 */
export function fold(value: string): string {
  return value.normalize("NFKC").toLowerCase();
}

/** Cuts a text to its first `length` characters (code points). */
export function cut(value: string, length: number): string {
  return value.length <= length ? value : [...value].slice(0, length).join("");
}

/** Tells whether the character is escaped by backslashes right before it, none of which stands before `start`. */
export function isEscaped(text: string, start: number, at: number): boolean {
  let slashes = 0;
  while (at - slashes > start && text.charCodeAt(at - slashes - 1) === 92) slashes += 1;
  return slashes % 2 === 1;
}
