import { badUserInput } from "./errors.js";

/** Takes a version that a caller saw; null if it is left out. Throws BAD_USER_INPUT that names the field if it is negative. */
export function takeVersion(version: number | null | undefined, field: string): number | null {
  if (version === null || version === undefined) return null;
  if (version < 0) throw badUserInput(field, "must not be negative");
  return version;
}
