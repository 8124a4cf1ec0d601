import { badUserInput } from "../domain/errors.js";
import { type NameInput, fieldPath } from "../domain/intake-list.js";
import type { JsonValue } from "../domain/json-value.js";
import { redact, redactInSteps, redactText } from "../domain/redaction/redact.js";
import { holdsSecret } from "../domain/redaction/secret-spans.js";
import { REDACTED } from "../domain/redaction/span.js";
import { checkName, cleanJson, cleanText, maxMessageLength } from "../domain/text.js";
import { createPace } from "./pace.js";

/**
 * Prepares a JSON value from outside to be stored. All such values pass here once. Characters that Postgres cannot
 * hold become U+FFFD, and secrets are taken out. An object stays an object. Others are served in between if it takes
 * longer than 10 ms.
 */
export async function takeJson<Value extends JsonValue>(value: Value): Promise<Value> {
  return (await redactInSteps(cleanJson(value) as Value, createPace())).value;
}

/** Does the same as {@link takeJson} for free text of at most {@link maxMessageLength}, BAD_USER_INPUT if it is longer. Null stays null. */
export function takeText(value: string | null, field: string): string | null {
  return takeTextCounted(value, field).text;
}

/** As {@link takeText}, and how many secrets were taken out: the events that tell the text count them. */
export function takeTextCounted(value: string | null, field: string): { text: string | null; count: number } {
  if (value === null) return { text: null, count: 0 };
  if (value.length > maxMessageLength) {
    throw badUserInput(field, `must be at most ${maxMessageLength} characters`);
  }
  return redactText(cleanText(value));
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

/** Throws BAD_USER_INPUT for what redaction would change, or what holds its mark: it is taken as it is, or not at all. */
export function refuseSecret(value: JsonValue, field: string): void {
  if (JSON.stringify(value).includes(REDACTED))
    throw badUserInput(field, `must not hold ${REDACTED}, which stands for a secret`);
  if (redact(value).count > 0) throw badUserInput(field, "must not hold a secret");
}
