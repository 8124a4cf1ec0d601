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

/** Whether there is a string, a key, an array or an object in a value: none of them is in a list of numbers, say. */
export function mayHoldText(value: JsonValue): value is Container {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value)) {
    for (const _key in value) return true;
    return false;
  }
  for (const item of value)
    if (typeof item === "string" || (typeof item === "object" && item !== null)) return true;
  return false;
}

/**
 * Copies a JSON value and replaces its strings, in steps. What holds none is not copied: it is shared with the original. Keys keep their order, and `__proto__` is a key like any other.
 * It keeps a list of what is left to copy instead of calling itself, so that no depth overflows the stack.
 */
export function* copyJson(root: JsonValue, replacement: Replacement): Generator<void, JsonValue> {
  if (typeof root === "string") return replacement.leaf(root, undefined);
  if (typeof root !== "object" || root === null) return root;
  let copied = 0;
  const pending: Pending[] = [];
  const copyOf = (from: Container, kind: CredentialKind | undefined): Container => {
    if (!mayHoldText(from)) return from;
    const to: Container = Array.isArray(from) ? [] : {};
    pending.push({ from, to, kind: kind === undefined || isJsonSchema(from) ? undefined : kind });
    return to;
  };

  const result = copyOf(root, undefined);
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { from, to, kind } = item;
    if (Array.isArray(from)) {
      let before: JsonValue | undefined;
      for (const child of from) {
        let copy = child;
        if (typeof child === "string") copy = replacement.leaf(child, kind ?? kindAfter(before, child));
        else if (typeof child === "object" && child !== null) copy = copyOf(child, kind);
        (to as JsonValue[]).push(copy);
        before = child;
        copied += sizeOf(child);
        if (copied < stepSize) continue;
        copied = 0;
        yield;
      }
      continue;
    }
    const names = new Names(to as JsonObject);
    for (const key of Object.keys(from)) {
      const child = from[key] as JsonValue;
      const own = kindOf(from, key, child) ?? (isValue(key) ? kindByName(from) : undefined);
      const inner = own ?? (kind === undefined || isNameKey(key) ? undefined : kind);
      let copy = child;
      if (typeof child === "string" || (typeof child === "number" && own !== undefined))
        copy = replacement.leaf(child, inner);
      else if (typeof child === "object" && child !== null) copy = copyOf(child, inner);
      names.define(key, replacement.key(key), copy);
      copied += sizeOf(key) + sizeOf(child);
      if (copied < stepSize) continue;
      copied = 0;
      yield;
    }
  }
  return result;
}

/** Replaces the strings and keys of a value that nobody else holds, in steps, and gives it back. */
export function* replaceTexts(
  root: JsonValue,
  replace: (text: string) => string,
): Generator<void, JsonValue> {
  if (typeof root === "string") return replace(root);
  let passed = 0;
  const pending: Container[] = typeof root === "object" && root !== null ? [root] : [];
  const replaced = (child: JsonValue): JsonValue => {
    passed += sizeOf(child);
    if (typeof child === "string") return replace(child);
    if (mayHoldText(child)) pending.push(child);
    return child;
  };
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (Array.isArray(item)) {
      for (let index = 0; index < item.length; index += 1) {
        const child = item[index] as JsonValue;
        const text = replaced(child);
        if (text !== child) item[index] = text;
        if (passed < stepSize) continue;
        passed = 0;
        yield;
      }
      continue;
    }
    const keys = Object.keys(item);
    const renamed = new Map<string, string>();
    for (const key of keys) {
      const child = item[key] as JsonValue;
      const text = replaced(child);
      if (text !== child) item[key] = text;
      const name = replace(key);
      if (name !== key) renamed.set(key, name);
      passed += sizeOf(key);
      if (passed < stepSize) continue;
      passed = 0;
      yield;
    }
    if (renamed.size > 0) rename(item, keys, renamed);
  }
  return root;
}

/** Gives keys of an object other names; all keep their order. */
function rename(object: JsonObject, keys: readonly string[], renamed: ReadonlyMap<string, string>): void {
  const children = keys.map((key) => object[key] as JsonValue);
  for (const key of keys) delete object[key];
  const names = new Names(object);
  keys.forEach((key, n) => names.define(key, renamed.get(key) ?? key, children[n] as JsonValue));
}

function sizeOf(value: JsonValue | undefined): number {
  return typeof value === "string" ? 1 + (value.length >> 4) : 1;
}

/** The kind of a key, unless what stands beside it says that its token is one of a text: of a model's or a parser's. */
function kindOf(object: JsonObject, key: string, value: JsonValue): CredentialKind | undefined {
  const kind = credentialKind(key);
  if (kind !== "token" || typeof value !== "string" || key.toLowerCase() !== "token") return kind;
  if ("logprob" in object || "top_logprobs" in object) return undefined;
  const isLexical = object["type"] === "token" || positions.some((name) => typeof object[name] === "number");
  return isLexical && !(value.length >= 16 && looksRandom(value)) ? undefined : kind;
}

function isValue(key: string): boolean {
  return key.length === 5 && key.toLowerCase() === "value";
}

/** Puts keys into an object of which some have got the same name; each but the first is given a number. */
class Names {
  readonly #target: JsonObject;
  /** Of each key that came more than once, the number that its last one was given; undefined as long as all are as they were. */
  #taken: Map<string, number> | undefined;

  constructor(target: JsonObject) {
    this.#target = target;
  }

  define(key: string, name: string, value: JsonValue): void {
    if (name !== key) this.#taken ??= new Map();
    const free = this.#taken === undefined ? name : this.#freeName(name, this.#taken);
    if (free !== "__proto__") this.#target[free] = value;
    else
      Object.defineProperty(this.#target, free, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }

  #freeName(name: string, taken: Map<string, number>): string {
    let free = name;
    for (let n = (taken.get(name) ?? 1) + 1; Object.hasOwn(this.#target, free); n += 1) {
      free = `${name} ${n}`;
      taken.set(name, n);
    }
    return free;
  }
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
