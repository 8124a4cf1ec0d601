// Judges JSON values by schemas that were unfolded. Whoever judges looks at each value by each subschema that is asked of it, so that
// sizes that are harmless for themselves take long together: what they take at most is worked out first.
import { Validator } from "@cfworker/json-schema";
import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";

/**
 * The most that judging a value may take: the values in it times those in the schema, where a text and a name count once for each 64
 * characters. It takes some tenths of a second.
 */
export const maxWork = 100_000;

/** How many comparisons of a list's items take as long as one value by one subschema. */
const comparisons = 32;

/** A JSON Schema (2020-12) in which each `$ref` stands for what it refers to, and that holds what is judged alone. */
export type Unfolded = JsonObject | boolean;

/** Tells whether a value satisfies a schema. Throws BAD_USER_INPUT that names the value's field if that would take more than `maxWork`. */
export function satisfies(schema: Unfolded, value: JsonValue, field: string): boolean {
  if (typeof schema === "boolean") return schema;
  if (workOf(schema, value) > maxWork)
    throw badUserInput(field, "must be smaller: it takes too long to judge it by the answerSchema");
  return new Validator(schema, "2020-12", true).validate(value).valid;
}

function workOf(schema: JsonObject, value: JsonValue): number {
  const asked = measure(schema);
  const given = measure(value);
  return asked.size * given.size + (asked.uniqueLists * given.pairs) / comparisons;
}

/** How large a JSON value is, how often it says `uniqueItems`, and how many comparisons it takes to find two items of a list that are the same. */
interface Measure {
  size: number;
  uniqueLists: number;
  pairs: number;
}

function measure(value: JsonValue): Measure {
  if (typeof value === "string") return { size: sizeOf(value), uniqueLists: 0, pairs: 0 };
  if (typeof value !== "object" || value === null) return { size: 1, uniqueLists: 0, pairs: 0 };
  const all: Measure = { size: 1, uniqueLists: 0, pairs: 0 };
  for (const [name, child = null] of Object.entries(value)) {
    const { size, uniqueLists, pairs } = measure(child);
    all.size += size + (Array.isArray(value) ? 0 : sizeOf(name));
    all.uniqueLists += uniqueLists + (name === "uniqueItems" ? 1 : 0);
    all.pairs += pairs;
  }
  if (Array.isArray(value)) all.pairs += value.length * all.size;
  return all;
}

function sizeOf({ length }: string): number {
  return 1 + Math.floor(length / 64);
}
