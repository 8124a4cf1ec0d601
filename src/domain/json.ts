import { createHash } from "node:crypto";
import { configure } from "safe-stable-stringify";
import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";

/** How deep a JSON value may nest, in levels: `1` has 0 levels, `[1]` has 1. */
export const maxJsonLevels = 64;

/** How long a JSON value may be, in bytes of its UTF-8 text. */
export const maxJsonBytes = 256 * 1024;

const canonical = configure({ deterministic: true, bigint: false });

/** Gives the value as JSON with its keys sorted, so that the same content always gives the same text. */
export function canonicalJson(value: JsonValue): string {
  return canonical(value) ?? "null";
}

/**
 * Gives the SHA-256 of {@link canonicalJson} in hex. Whoever guesses a short value can prove the guess by it, so it is
 * not for showing.
 */
export function hashJson(value: JsonValue): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** Tells whether a value is an object, neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Gives the value back as it is. Throws BAD_USER_INPUT that names the field if the value nests too deep, is too long
 * or holds a number that JSON lacks or that JavaScript changes.
 */
export function checkJson(value: unknown, field: string): JsonValue {
  const least = { bytes: 0 };
  const fault = findFault(value, 0, least);
  if (fault) throw badUserInput([field, ...(fault.path ?? []).toReversed()].join("."), fault.allowed);
  if (value !== undefined && least.bytes * mostOfLeast <= maxJsonBytes) return value as JsonValue;
  const text = JSON.stringify(value);
  if (text === undefined) throw badUserInput(field, "must be a JSON value");
  // A UTF-16 unit takes at most three bytes, so most values need no exact count.
  if (text.length * 3 > maxJsonBytes && Buffer.byteLength(text) > maxJsonBytes) {
    throw badUserInput(field, tooLong.allowed);
  }
  return value as JsonValue;
}

/** Gives the value back as a JSON object. Throws BAD_USER_INPUT that names the field if it is none. */
export function checkJsonObject(value: JsonValue | undefined, field: string): JsonObject {
  if (!isJsonObject(value)) throw badUserInput(field, "must be a JSON object");
  return value;
}

/** What is wrong inside a value, with the keys that lead to it, the innermost first; null if it is the value as a whole. */
interface Fault {
  path: string[] | null;
  allowed: string;
}

/** How many bytes of text a counted one can come to: a number counts one, and may have 25 digits, a sign, a point and a comma. */
const mostOfLeast = 32;

const tooLong: Fault = { path: null, allowed: `must be at most ${maxJsonBytes} bytes of JSON` };
const tooDeep: Fault = { path: null, allowed: `must nest at most ${maxJsonLevels} levels deep` };

/** `least` is how long the text is at least that was looked at so far: what is far too long is not looked through. */
function findFault(value: unknown, level: number, least: { bytes: number }): Fault | null {
  least.bytes += typeof value === "string" ? value.length + 2 : 1;
  if (least.bytes > maxJsonBytes) return tooLong;
  if (typeof value === "number") return findNumberFault(value);
  if (typeof value !== "object" || value === null) return null;
  if (level === maxJsonLevels) return tooDeep;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const fault = findFault(value[index], level + 1, least);
      if (fault) return below(fault, String(index));
    }
    return null;
  }
  for (const key of Object.keys(value)) {
    least.bytes += key.length;
    const fault = findFault((value as JsonObject)[key], level + 1, least);
    if (fault) return below(fault, key);
  }
  return null;
}

function below(fault: Fault, key: string): Fault {
  return fault.path === null ? fault : { ...fault, path: [...fault.path, key] };
}

/** JSON's numbers are read as doubles: a whole number past 53 bits is not what was sent, and nobody could tell. */
function findNumberFault(value: number): Fault | null {
  if (!Number.isFinite(value)) return { path: null, allowed: "must hold finite numbers only" };
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return { path: [], allowed: "must be a whole number of at most 53 bits: send it as a string" };
  return null;
}
