import { createHash } from "node:crypto";
import { configure } from "safe-stable-stringify";
import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";

/** How deep a JSON value may nest, in levels: `1` has 0 levels, `[1]` has 1. */
export const maxJsonLevels = 64;

/** How long a JSON value may be, in bytes of its UTF-8 text. */
export const maxJsonBytes = 256 * 1024;

const canonical = configure({ deterministic: true, bigint: false });

/** Gives the SHA-256 of the value in hex. Keys are sorted first, so that the same content always has the same hash. */
export function hashJson(value: JsonValue): string {
  return createHash("sha256")
    .update(canonical(value) ?? "null")
    .digest("hex");
}

/** Tells whether a value is an object, neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Gives the value back as it is. Throws BAD_USER_INPUT that names the field if the value nests too deep, is too long
 * or holds a number that JSON lacks.
 */
export function checkJson(value: unknown, field: string): JsonValue {
  checkLevels(value, field, 0);
  const text = JSON.stringify(value);
  if (text === undefined) throw badUserInput(field, "must be a JSON value");
  // A UTF-16 unit takes at most three bytes, so most values need no exact count.
  if (text.length * 3 > maxJsonBytes && Buffer.byteLength(text) > maxJsonBytes) {
    throw badUserInput(field, `must be at most ${maxJsonBytes} bytes of JSON`);
  }
  return value as JsonValue;
}

/** Gives the value back as a JSON object. Throws BAD_USER_INPUT that names the field if it is none. */
export function checkJsonObject(value: JsonValue | undefined, field: string): JsonObject {
  if (!isJsonObject(value)) throw badUserInput(field, "must be a JSON object");
  return value;
}

function checkLevels(value: unknown, field: string, level: number): void {
  if (typeof value === "number" && !Number.isFinite(value))
    throw badUserInput(field, "must hold finite numbers only");
  if (typeof value !== "object" || value === null) return;
  if (level === maxJsonLevels) throw badUserInput(field, `must nest at most ${maxJsonLevels} levels deep`);
  for (const child of Object.values(value)) checkLevels(child, field, level + 1);
}
