import { badUserInput } from "../domain/errors.js";
import { type NameInput, fieldPath } from "../domain/intake-list.js";
import type { JsonValue } from "../domain/json-value.js";
import { redact, redactText } from "../domain/redaction/redact.js";
import { holdsSecret } from "../domain/redaction/secret-spans.js";
import { checkName, cleanJson, cleanText } from "../domain/text.js";

/**
 * Prepares a JSON value from outside to be stored. All such values pass here once. Characters that Postgres cannot
 * hold become U+FFFD, and secrets are taken out. An object stays an object.
 */
export function takeJson<Value extends JsonValue>(value: Value): Value {
  return redact(cleanJson(value) as Value).value;
}

/** Does the same as {@link takeJson} for free text. Null stays null. */
export function takeText(value: string | null): string | null {
  return value === null ? null : redactText(cleanText(value)).text;
}

/** A name as it is, as {@link checkName} gives it; BAD_USER_INPUT also where it holds a secret, which a name would show to everybody. */
export function takeName(place: NameInput, value: string, field = fieldPath(place)): string {
  const name = checkName(value, field);
  if (holdsSecret(name)) throw badUserInput(field, "must not hold a secret");
  return name;
}

/** As {@link takeName}; null and undefined become null. */
export function takeOptionalName(
  place: NameInput,
  value: string | null | undefined,
  field?: string,
): string | null {
  return value === null || value === undefined ? null : takeName(place, value, field);
}
