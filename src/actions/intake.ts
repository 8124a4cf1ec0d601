import type { JsonValue } from "../domain/json-value.js";
import { redact, redactText } from "../domain/redaction/redact.js";
import { cleanJson, cleanText } from "../domain/text.js";

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
