import { createHash } from "node:crypto";
import { badUserInput } from "./errors.js";

/** The whole sort key of a row, in the order of its list. Instants are text, so that they keep their microseconds. */
export type Key = readonly (string | number)[];

const checksumBytes = 9;

/**
 * An opaque place in a list: its sort key, with a checksum over it and over the list's scope (tenant, kind, filter and
 * order), so that a cursor that was changed or belongs to another list is recognised.
 */
export function encodeCursor(scope: string, key: Key): string {
  const body = Buffer.from(JSON.stringify(key));
  return Buffer.concat([checksum(scope, body), body]).toString("base64url");
}

/** The sort key in a cursor, or BAD_USER_INPUT where it was not made by the list of this scope. */
export function decodeCursor(scope: string, cursor: string, field: string): Key {
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
  return JSON.parse(body.toString()) as Key;
}

function checksum(scope: string, body: Buffer): Buffer {
  return createHash("sha256").update(scope).update("\0").update(body).digest().subarray(0, checksumBytes);
}
