import type { JsonValue } from "../../domain/json-value.js";
import { textIn } from "../../store/event.js";
import type { RunEventRow } from "../../store/row.js";
import type { builder } from "../builder.js";
import { readsValue } from "../compiled/reads.js";

// Payloads were normalised when they were stored, and redaction keeps a value's type: a redacted string is still a
// string.

/** The fields of one type of event. */
export type Fields = NonNullable<
  Parameters<ReturnType<typeof builder.objectRef<RunEventRow>>["implement"]>[0]["fields"]
>;

type FieldBuilder = Parameters<Fields>[0];

/** A field for a text that the payload holds. */
export function text(t: FieldBuilder, key: string, description: string) {
  return t.string({
    description,
    resolve: ({ payload }) => textOf(payload[key]),
    extensions: readsValue(`coalesce(${textIn(key)}, '')`),
  });
}

/** A field for a text that the payload may hold; null if it does not. */
export function optionalText(t: FieldBuilder, key: string, description: string) {
  return t.string({
    nullable: true,
    description,
    resolve: ({ payload }) => optionalTextOf(payload[key]),
    extensions: readsValue(textIn(key)),
  });
}

/** The text that a value is; an empty one if it is none. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The text that a value is; null if it is none. */
export function optionalTextOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** The whole number that a value is; null if it is none. */
export function optionalIntOf(value: JsonValue | undefined): number | null {
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}
