import { badUserInput } from "./errors.js";
import type { JsonValue } from "./json-value.js";
import { isJsonObject } from "./json.js";

/** How long a name may be, in characters (code points). */
export const maxNameLength = 200;

/** The name as it is, or BAD_USER_INPUT: 1 to 200 characters, not only white space, no U+0000 and no lone surrogate. */
export function checkName(value: string, field: string): string {
  if (value.trim() === "") throw badUserInput(field, "must not be empty");
  if (value.length > maxNameLength && [...value].length > maxNameLength) {
    throw badUserInput(field, `must be at most ${maxNameLength} characters`);
  }
  return checkCharacters(value, field);
}

/** As {@link checkName}; null and undefined become null. */
export function checkOptionalName(value: string | null | undefined, field: string): string | null {
  return value === null || value === undefined ? null : checkName(value, field);
}

/** The text as it is, or BAD_USER_INPUT where it holds U+0000 or a lone surrogate. */
export function checkCharacters(value: string, field: string): string {
  if (value.includes("\0") || !value.isWellFormed()) {
    throw badUserInput(field, "must hold neither U+0000 nor lone surrogates");
  }
  return value;
}

/** What an agent printed, with U+0000 and lone surrogates as U+FFFD: Postgres can store neither. */
export function cleanText(value: string): string {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}

/** {@link cleanText} for every string and key inside a JSON value. */
export function cleanJson(value: JsonValue): JsonValue {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanJson);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [cleanText(key), cleanJson(child)]));
}

/** A text as it is searched: in compatibility form and lower case, by Unicode alone and no database's locale. */
export function fold(value: string): string {
  return value.normalize("NFKC").toLowerCase();
}

/** The first characters of a text, cut by code point. */
export function cut(value: string, length: number): string {
  return value.length <= length ? value : [...value].slice(0, length).join("");
}
