import { createHash } from "node:crypto";
import { configure } from "safe-stable-stringify";
import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";

/** How deep a JSON value may nest: `1` is 0 levels, `[1]` is 1. */
export const maxJsonLevels = 64;

/** How long a JSON value may be, in bytes of its UTF-8 text. */
export const maxJsonBytes = 256 * 1024;

const canonical = configure({ deterministic: true, bigint: false });

/** SHA-256 in hex of the value with its keys sorted, so that the same content always has the same hash. */
export function hashJson(value: JsonValue): string {
  return createHash("sha256")
    .update(canonical(value) ?? "null")
    .digest("hex");
}

/** True for an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as it is, or BAD_USER_INPUT naming the field where it nests too deep, is too long or holds a number that JSON lacks. */
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

/** The value as a JSON object, or BAD_USER_INPUT naming the field. */
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
