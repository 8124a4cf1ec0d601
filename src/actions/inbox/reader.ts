import { requireScope } from "../../auth/viewer.js";
import { badUserInput } from "../../domain/errors.js";
import { checkName } from "../../domain/text.js";
import type { Caller } from "../caller.js";

/**
 * Finds the reader that is meant: the one that is named, or else the viewer's own. Gives null if none is named and the
 * viewer has none. To name another reader than its own, the viewer needs the scope operator.
 */
export function resolveReader(
  { viewer }: Caller,
  readerId: string | null | undefined,
  field: string,
): string | null {
  if (readerId === null || readerId === undefined) return viewer.readerId;
  const name = checkName(readerId, field);
  if (name !== viewer.readerId) requireScope(viewer, "operator");
  return name;
}

/**
 * Does the same as {@link resolveReader} for what only a reader can mark. Throws BAD_USER_INPUT if neither the caller
 * nor its token names a reader.
 */
export function requireReader(caller: Caller, readerId: string | null | undefined, field: string): string {
  requireScope(caller.viewer, "reader");
  const reader = resolveReader(caller, readerId, field);
  if (reader === null) throw badUserInput(field, "must name a reader, since the token names none");
  return reader;
}
