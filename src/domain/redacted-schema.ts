import type { JsonValue } from "./json-value.js";
import { isJsonObject } from "./json.js";

/** Keywords that explain a schema, and judge nothing. */
const annotations = new Set(["title", "description", "default", "examples", "$comment"]);

/** Keywords under which schemas stand by names. */
const named = new Set(["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"]);

/** Keywords that hold values, and no schemas. */
const values = new Set(["const", "enum"]);

type Role = "schema" | "names" | "value";

/**
 * Where redaction has changed what a JSON Schema asks for, as a path that begins with a dot or is empty. Undefined where it has
 * changed nothing but what explains it.
 */
export function changeOfSchema(
  before: JsonValue,
  after: JsonValue,
  path = "",
  role: Role = "schema",
): string | undefined {
  if (before === after) return undefined;
  if (Array.isArray(before) && Array.isArray(after))
    return firstOf(before, (item, index) =>
      changeOfSchema(item, after[index] ?? null, `${path}.${index}`, role),
    );
  if (!isJsonObject(before) || !isJsonObject(after)) return path;
  return firstOf(Object.entries(before), ([key, value]) => {
    if (!Object.hasOwn(after, key)) return path;
    if (role === "schema" && annotations.has(key)) return undefined;
    return changeOfSchema(value, after[key] ?? null, `${path}.${key}`, roleBelow(role, key));
  });
}

function roleBelow(role: Role, key: string): Role {
  if (role === "value") return role;
  if (role === "names") return "schema";
  return named.has(key) ? "names" : values.has(key) ? "value" : "schema";
}

function firstOf<Item>(
  items: readonly Item[],
  find: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
