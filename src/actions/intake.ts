import type { JsonValue } from "../domain/json-value.js";
import { redact, redactText } from "../domain/redaction/redact.js";
import { cleanJson, cleanText } from "../domain/text.js";

/**
 * What comes from outside passes here once before it is stored: characters that Postgres cannot hold become U+FFFD, and
 * secrets are taken out. An object stays an object.
 */
export function takeJson<Value extends JsonValue>(value: Value): Value {
  return redact(cleanJson(value) as Value).value;
}

/** As {@link takeJson} for free text; null stays null. */
export function takeText(value: string | null): string | null {
  return value === null ? null : redactText(cleanText(value)).text;
}
