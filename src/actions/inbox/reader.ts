import { requireScope } from "../../auth/viewer.js";
import { badUserInput } from "../../domain/errors.js";
import { checkName } from "../../domain/text.js";
import type { Caller } from "../caller.js";

/**
 * Whose reading is meant: the viewer's own where nobody is named, null for a viewer without one. Naming another reader needs
 * the scope operator.
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

/** As {@link resolveReader}, for what only a reader can mark: BAD_USER_INPUT where the token names none and the caller neither. */
export function requireReader(caller: Caller, readerId: string | null | undefined, field: string): string {
  requireScope(caller.viewer, "reader");
  const reader = resolveReader(caller, readerId, field);
  if (reader === null) throw badUserInput(field, "must name a reader, since the token names none");
  return reader;
}
