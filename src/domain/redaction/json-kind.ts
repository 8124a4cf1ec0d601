// What the keys and neighbours of a value in JSON say about it.

import type { JsonObject, JsonValue } from "../json-value.js";
import { credentialKind, isNameKey, type CredentialKind } from "./credential-key.js";
import { looksRandom } from "./randomness.js";

/** What is said of a value of an object: by its own key, and by that or what holds the object. */
export type FieldKinds = { own: CredentialKind | undefined; inner: CredentialKind | undefined };

/** Judges the value of an object's key; `outer` is what is said of the object itself. */
export function fieldKinds(
  object: JsonObject,
  key: string,
  value: JsonValue,
  outer: CredentialKind | undefined,
): FieldKinds {
  const own = kindOf(object, key, value) ?? (isValue(key) ? kindByName(object) : undefined);
  return { own, inner: own ?? (outer === undefined || isNameKey(key) ? undefined : outer) };
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

const nameKeys = ["name", "key", "variable", "Name", "Key", "Variable"];

/** Judges `{ "name": "DB_PASSWORD", "value": "x" }`, as lists of environment variables and headers have it. */
function kindByName(pair: JsonObject): CredentialKind | undefined {
  const name = nameKeys.map((key) => pair[key]).find((given) => given !== undefined);
  return typeof name === "string" ? credentialKind(name) : undefined;
}

/** Judges `["--password", "x"]` and `["Authorization", "Bearer x"]`, as lists of arguments and raw headers have it. */
export function kindAfter(name: JsonValue | undefined, value: JsonValue): CredentialKind | undefined {
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
  /^(?:type|description|title|format|(?:min|max)(?:imum|Length|Items|Properties)|pattern|nullable|properties|items|required|additionalProperties|enum|writeOnly|readOnly|deprecated|default|const|examples|oneOf|anyOf|allOf|\$ref|\$comment)$/;
const schemaType = /^(?:string|object|array|number|integer|boolean|null)$/;
const choosing = ["oneOf", "anyOf", "allOf", "enum"];

/** Tells whether a value is a JSON Schema. Under a credential's name, it only describes the credential. */
export function isJsonSchema(value: JsonObject | JsonValue[]): boolean {
  if (Array.isArray(value)) return false;
  const { type } = value;
  const isTyped =
    type === undefined
      ? choosing.some((key) => Array.isArray(value[key]))
      : (Array.isArray(type) ? type : [type]).every(
          (word) => typeof word === "string" && schemaType.test(word),
        );
  return isTyped && Object.keys(value).every((key) => schemaKeys.test(key));
}

/** Whether a schema's keyword holds a value of what it describes, which may be the credential itself. */
export function holdsValue(keyword: string): boolean {
  return keyword === "default" || keyword === "const" || keyword === "examples";
}
