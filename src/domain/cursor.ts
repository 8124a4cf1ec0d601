import { createHash } from "node:crypto";
import { badUserInput } from "./errors.js";
import { isInstant } from "./instant.js";

/** All values that a list sorts a row by, in that order. Instants are text, so that they keep their microseconds. */
export type Key = readonly (string | number)[];

/** What each value of a list's keys is. */
export type KeyShape = readonly ("number" | "text" | "instant")[];

const checksumBytes = 9;

/**
 * Writes a row's place in a list as an opaque text: its sort key, with a checksum over the key and the list's scope.
 * The scope is the tenant, kind, filter and order. By the checksum, {@link decodeCursor} recognises a cursor that was
 * changed or belongs to another list.
 */
export function encodeCursor(scope: string, key: Key): string {
  const body = Buffer.from(JSON.stringify(key));
  return Buffer.concat([checksum(scope, body), body]).toString("base64url");
}

/**
 * Reads the sort key from a cursor. Throws BAD_USER_INPUT if the cursor was not made for the list of this scope, or holds a
 * key of none of these shapes: the checksum has no secret, so somebody who knows this code can make one for anything.
 */
export function decodeCursor(scope: string, cursor: string, field: string, ...shapes: KeyShape[]): Key {
  const bytes = Buffer.from(cursor, "base64url");
  const body = bytes.subarray(checksumBytes);
  if (
    bytes.toString("base64url") !== cursor ||
    !checksum(scope, body).equals(bytes.subarray(0, checksumBytes))
  ) {
    throw badUserInput(
      field,
      "must be a cursor of this very list: the same tenant, filter and order, unchanged",
    );
  }
  const key = readJson(body.toString());
  const isOf = (shape: KeyShape) =>
    Array.isArray(key) && key.length === shape.length && shape.every((kind, index) => isA(kind, key[index]));
  if (shapes.some(isOf)) return key as Key;
  throw badUserInput(field, "must be a cursor that this service made");
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isA(kind: KeyShape[number], value: unknown): boolean {
  if (kind === "number") return Number.isSafeInteger(value);
  if (typeof value !== "string") return false;
  return kind === "instant" ? isInstant(value) : !value.includes("\0") && value.isWellFormed();
}

function checksum(scope: string, body: Buffer): Buffer {
  return createHash("sha256").update(scope).update("\0").update(body).digest().subarray(0, checksumBytes);
}
