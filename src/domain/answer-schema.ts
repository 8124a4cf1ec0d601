// The JSON Schema (2020-12) of an answer's value. It is walked once when it comes, to see that it is one and stays small, and
// interpreted when it is used (schema-judge.ts): it never becomes code.
import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { isJsonObject } from "./json.js";
import type { Unfolded } from "./schema-judge.js";

/** The most bytes of a schema as JSON. */
export const maxSchemaBytes = 16_384;

/** How many subschemas it may have once each `$ref` stands for what it refers to. */
export const maxSubschemas = 1_000;

/** How a keyword's value holds further schemas. */
const holding: ReadonlyMap<string, "one" | "list" | "named"> = new Map([
  ...["additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else"].map(
    (keyword) => [keyword, "one"] as const,
  ),
  ...["prefixItems", "allOf", "anyOf", "oneOf"].map((keyword) => [keyword, "list"] as const),
  ...["properties", "dependentSchemas"].map((keyword) => [keyword, "named"] as const),
]);

/**
 * Keywords that have to be what the meta-schema says, and are not judged: they may take for ever, mean what no two programs agree
 * upon, or say nothing of values. Those that are not known at all are not judged either.
 */
const unjudged = new Set(["pattern", "format", "title", "description"]);

type Check = (value: JsonValue) => boolean;
const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isFlag: Check = (value) => typeof value === "boolean";
const isCount: Check = (value) => typeof value === "number" && Number.isInteger(value) && value >= 0;
const isTexts: Check = (value) =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length;
const types = ["null", "boolean", "object", "array", "number", "string", "integer"];
const isType: Check = (value) =>
  typeof value === "string"
    ? types.includes(value)
    : isTexts(value) && (value as string[]).every((type) => types.includes(type));

/** What the meta-schema of JSON Schema 2020-12 says of the keywords that hold no schema. */
const valueChecks: ReadonlyMap<string, [check: Check, allowed: string]> = new Map(
  Object.entries<[check: Check, allowed: string]>({
    const: [() => true, "any value"],
    type: [isType, `one of ${types.join(", ")}, or a list of them`],
    enum: [(value) => Array.isArray(value), "a list"],
    multipleOf: [(value) => typeof value === "number" && value > 0, "a number above 0"],
    maximum: [isNumber, "a number"],
    exclusiveMaximum: [isNumber, "a number"],
    minimum: [isNumber, "a number"],
    exclusiveMinimum: [isNumber, "a number"],
    maxLength: [isCount, "a whole number from 0 on"],
    minLength: [isCount, "a whole number from 0 on"],
    maxItems: [isCount, "a whole number from 0 on"],
    minItems: [isCount, "a whole number from 0 on"],
    uniqueItems: [isFlag, "true or false"],
    maxContains: [isCount, "a whole number from 0 on"],
    minContains: [isCount, "a whole number from 0 on"],
    maxProperties: [isCount, "a whole number from 0 on"],
    minProperties: [isCount, "a whole number from 0 on"],
    required: [isTexts, "a list of different strings"],
    dependentRequired: [
      (value) => isJsonObject(value) && Object.values(value).every((names) => isTexts(names ?? null)),
      "an object of lists of different strings",
    ],
    pattern: [isText, "a string"],
    format: [isText, "a string"],
    title: [isText, "a string"],
    description: [isText, "a string"],
  }),
);

/**
 * Unfolds a schema: each `$ref` stands for what it refers to, and what is not judged is left out. Throws BAD_USER_INPUT that
 * names the field if it is no schema, is larger than 16 KiB, refers elsewhere or to itself, or unfolds to more than 1,000
 * subschemas.
 */
export function unfoldSchema(schema: JsonValue, field: string): Unfolded {
  if (Buffer.byteLength(JSON.stringify(schema)) > maxSchemaBytes)
    throw badUserInput(field, `must have at most ${maxSchemaBytes} bytes as JSON`);
  return new Unfolding(schema, field).run();
}

class Unfolding {
  readonly #root: JsonValue;
  readonly #field: string;
  readonly #anchors = new Map<string, JsonValue>();
  #count = 0;

  constructor(root: JsonValue, field: string) {
    this.#root = root;
    this.#field = field;
  }

  run(): JsonObject | boolean {
    this.#findAnchors(this.#root);
    return this.#unfold(this.#root, []);
  }

  #refuse(allowed: string): never {
    throw badUserInput(this.#field, allowed);
  }

  /** Schemas by the names that they give themselves, wherever they stand. */
  #findAnchors(value: JsonValue): void {
    if (Array.isArray(value)) for (const item of value) this.#findAnchors(item);
    else if (isJsonObject(value)) {
      const { $anchor } = value;
      if (typeof $anchor === "string") this.#anchors.set($anchor, value);
      for (const item of Object.values(value)) this.#findAnchors(item ?? null);
    }
  }

  #unfold(schema: JsonValue, within: readonly JsonValue[]): JsonObject | boolean {
    this.#count += 1;
    if (this.#count > maxSubschemas) this.#refuse(`must unfold to at most ${maxSubschemas} subschemas`);
    if (typeof schema === "boolean") return schema;
    if (!isJsonObject(schema)) this.#refuse("must be a JSON Schema: an object, true or false");
    if (within.includes(schema)) this.#refuse("must not refer to itself");
    const inside = [...within, schema];
    const unfolded: JsonObject = {};
    for (const [keyword, value = null] of Object.entries(schema)) {
      if (keyword === "$dynamicRef" || keyword === "$recursiveRef") this.#refuse(`must not use ${keyword}`);
      const check = valueChecks.get(keyword);
      if (check && !check[0](value))
        this.#refuse(`must be a JSON Schema, in which ${keyword} is ${check[1]}`);
      const how = holding.get(keyword);
      if (how !== undefined) unfolded[keyword] = this.#unfoldHeld(keyword, how, value, inside);
      else if (check && !unjudged.has(keyword)) unfolded[keyword] = value;
    }
    const target = schema["$ref"];
    if (target === undefined) return unfolded;
    const referred = this.#unfold(this.#find(target), inside);
    return { ...unfolded, allOf: [...((unfolded["allOf"] as JsonValue[] | undefined) ?? []), referred] };
  }

  #unfoldHeld(
    keyword: string,
    how: "one" | "list" | "named",
    value: JsonValue,
    inside: readonly JsonValue[],
  ): JsonValue {
    if (how === "one") return this.#unfold(value, inside);
    if (how === "list") {
      if (!Array.isArray(value) || value.length === 0)
        this.#refuse(`must be a JSON Schema, in which ${keyword} is a list of schemas`);
      return value.map((item) => this.#unfold(item, inside));
    }
    if (!isJsonObject(value))
      this.#refuse(`must be a JSON Schema, in which ${keyword} is an object of schemas`);
    const entries = Object.entries(value).map(([name, item]) => [name, this.#unfold(item, inside)] as const);
    return Object.fromEntries<JsonValue>(entries);
  }

  /** What a `$ref` refers to: `#`, a JSON pointer after it, or the name of an anchor. */
  #find(reference: JsonValue): JsonValue {
    if (typeof reference !== "string" || !reference.startsWith("#"))
      this.#refuse('must refer to itself alone: each $ref begins with "#"');
    const place = this.#decode(reference.slice(1));
    const anchored = this.#anchors.get(place);
    if (anchored !== undefined) return anchored;
    let found: JsonValue | undefined = this.#root;
    for (const step of place === "" ? [] : place.split("/").slice(1)) {
      const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
      if (Array.isArray(found)) found = found[Number(name)];
      else found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    }
    if (found === undefined || (place !== "" && !place.startsWith("/")))
      this.#refuse("must have a schema at the place of each $ref");
    return found;
  }

  #decode(reference: string): string {
    try {
      return decodeURIComponent(reference);
    } catch {
      return this.#refuse("must have each $ref percent-encoded as a URI is");
    }
  }
}
