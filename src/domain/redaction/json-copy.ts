import type { JsonObject, JsonValue } from "../json-value.js";
import { credentialKind, isNameKey, type CredentialKind } from "./credential-key.js";
import { looksRandom } from "./randomness.js";

/**
 * What a copy puts in place of the parts of a JSON value. `leaf` replaces each string, and each number directly under
 * a credential's key. `key` replaces each key.
 */
export type Replacement = {
  leaf(value: string | number, kind: CredentialKind | undefined): JsonValue;
  key(name: string): string;
};

type Container = JsonObject | JsonValue[];
type Pending = { from: Container; to: Container; kind: CredentialKind | undefined };

/** A copy is a step further after so many keys and items, each of 16 characters: they take about a millisecond to search. */
const stepSize = 1_000;

/**
 * Copies a JSON value and replaces its strings, in steps. Keys keep their order, and `__proto__` is a key like any other.
 * It keeps a list of what is left to copy instead of calling itself, so that no depth overflows the stack.
 */
export function* copyJson(root: JsonValue, replacement: Replacement): Generator<void, JsonValue> {
  let copied = 0;
  const pending: Pending[] = [];
  const copy = (value: JsonValue, kind: CredentialKind | undefined, direct: boolean): JsonValue => {
    if (typeof value === "string") return replacement.leaf(value, kind);
    if (typeof value === "number" && kind !== undefined && direct) return replacement.leaf(value, kind);
    if (typeof value !== "object" || value === null) return value;
    const to: Container = Array.isArray(value) ? [] : {};
    pending.push({ from: value, to, kind: isJsonSchema(value) ? undefined : kind });
    return to;
  };

  const result = copy(root, undefined, false);
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { from, to, kind } = item;
    if (Array.isArray(from)) {
      for (let index = 0; index < from.length; index += 1) {
        const child = from[index] as JsonValue;
        (to as JsonValue[]).push(copy(child, kind ?? kindAfter(from[index - 1], child), false));
        copied += sizeOf(child);
        if (copied < stepSize) continue;
        copied = 0;
        yield;
      }
      continue;
    }
    const taken = new Map<string, number>();
    for (const key of Object.keys(from)) {
      const own = kindOf(from, key) ?? (key.toLowerCase() === "value" ? kindByName(from) : undefined);
      const child = copy(
        from[key] as JsonValue,
        own ?? (isNameKey(key) ? undefined : kind),
        own !== undefined,
      );
      define(to as JsonObject, replacement.key(key), child, taken);
      copied += sizeOf(key) + sizeOf(from[key]);
      if (copied < stepSize) continue;
      copied = 0;
      yield;
    }
  }
  return result;
}

function sizeOf(value: JsonValue | undefined): number {
  return typeof value === "string" ? 1 + (value.length >> 4) : 1;
}

/** The kind of a key, unless what stands beside it says that its token is one of a text: of a model's or a parser's. */
function kindOf(object: JsonObject, key: string): CredentialKind | undefined {
  const kind = credentialKind(key);
  const value = object[key];
  if (kind !== "token" || key.toLowerCase() !== "token" || typeof value !== "string") return kind;
  if ("logprob" in object || "top_logprobs" in object) return undefined;
  const isLexical = object["type"] === "token" || positions.some((name) => typeof object[name] === "number");
  return isLexical && !(value.length >= 16 && looksRandom(value)) ? undefined : kind;
}

/** `taken` holds, of each key that came more than once, the number that its last one was given. */
function define(target: JsonObject, key: string, value: JsonValue, taken: Map<string, number>): void {
  let free = key;
  for (let n = (taken.get(key) ?? 1) + 1; Object.hasOwn(target, free); n += 1) {
    free = `${key} ${n}`;
    taken.set(key, n);
  }
  if (free !== "__proto__") target[free] = value;
  else Object.defineProperty(target, free, { value, enumerable: true, configurable: true, writable: true });
}

/** Judges `{ "name": "DB_PASSWORD", "value": "x" }`, as lists of environment variables and headers have it. */
function kindByName(pair: JsonObject): CredentialKind | undefined {
  const name = pair["name"] ?? pair["key"] ?? pair["Name"] ?? pair["Key"];
  return typeof name === "string" ? credentialKind(name) : undefined;
}

/** Judges `["--password", "x"]` and `["Authorization", "Bearer x"]`, as lists of arguments and raw headers have it. */
function kindAfter(name: JsonValue | undefined, value: JsonValue): CredentialKind | undefined {
  if (typeof name !== "string" || typeof value !== "string") return undefined;
  // No name of a credential is shorter.
  if (name.length < 2 || name.length > 60) return undefined;
  const isFlag = /^--?[A-Za-z]/.test(name);
  if (!/^-{0,2}[A-Za-z][\w.-]*$/.test(name) || (isFlag && value.startsWith("-"))) return undefined;
  const kind = credentialKind(name);
  return kind !== undefined && (isFlag || looksRandom(value) || /^(?:bearer|basic) \S/i.test(value))
    ? kind
    : undefined;
}

const positions = ["start", "end", "line", "column", "col", "pos", "offset"];

const schemaKeys =
  /^(?:type|description|title|format|minLength|maxLength|pattern|nullable|properties|items|required|additionalProperties|enum|writeOnly|readOnly)$/;

/**
 * Tells whether a value is a JSON Schema. Under a credential's name, it only describes the credential. With `default`,
 * `const` or `examples` it might hold one, so it does not count as a schema.
 */
function isJsonSchema(value: Container): boolean {
  if (Array.isArray(value) || typeof value["type"] !== "string") return false;
  if (!/^(?:string|object|array|number|integer|boolean|null)$/.test(value["type"])) return false;
  return Object.keys(value).every((key) => schemaKeys.test(key));
}
