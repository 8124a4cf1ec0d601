// Judges JSON values by schemas that were unfolded. It counts its steps, so that it ends soon whatever schema and value are made
// of, and reads own keys alone: schemas and values may name members of Object.prototype.
import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { canonicalJson, isJsonObject } from "./json.js";

/**
 * The most steps of judging one value: one for each subschema that is asked of a value, for each name or constant that is looked
 * at, and for 64 characters of a text that is compared. They take tens of milliseconds.
 */
export const maxSteps = 200_000;

/** A JSON Schema (2020-12) in which each `$ref` stands for what it refers to, and that holds what is judged alone. */
export type Unfolded = boolean | UnfoldedKeywords;

interface UnfoldedKeywords {
  type?: string | string[];
  enum?: JsonValue[];
  const?: JsonValue;
  allOf?: Unfolded[];
  anyOf?: Unfolded[];
  oneOf?: Unfolded[];
  not?: Unfolded;
  if?: Unfolded;
  then?: Unfolded;
  else?: Unfolded;
  multipleOf?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  prefixItems?: Unfolded[];
  items?: Unfolded;
  contains?: Unfolded;
  minContains?: number;
  maxContains?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  dependentRequired?: Record<string, string[]>;
  dependentSchemas?: Record<string, Unfolded>;
  properties?: Record<string, Unfolded>;
  additionalProperties?: Unfolded;
  propertyNames?: Unfolded;
}

/**
 * Tells whether a value satisfies a schema. Throws BAD_USER_INPUT that names the value's field if that takes more than 200,000
 * steps.
 */
export function satisfies(schema: Unfolded, value: JsonValue, field: string): boolean {
  return new SchemaJudge(field).isSatisfied(schema, value);
}

class SchemaJudge {
  readonly #field: string;
  readonly #texts = new Map<object, string>();
  readonly #names = new Map<object, string[]>();
  readonly #lengths = new Map<string, number>();
  #steps = 0;

  constructor(field: string) {
    this.#field = field;
  }

  isSatisfied(schema: Unfolded, value: JsonValue): boolean {
    this.#spend(1);
    if (typeof schema === "boolean") return schema;
    return (
      this.#isOneOf(schema, value) && this.#isOfItsKind(schema, value) && this.#satisfiesOthers(schema, value)
    );
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps)
      throw badUserInput(
        this.#field,
        `must be smaller: judging it by the answerSchema takes more than ${maxSteps} steps`,
      );
  }

  #isOneOf({ type, enum: constants, const: constant }: UnfoldedKeywords, value: JsonValue): boolean {
    const types = typeof type === "string" ? [type] : type;
    return (
      (types === undefined || types.some((name) => isOfType(name, value))) &&
      (constants === undefined || constants.some((each) => this.#isEqual(each, value))) &&
      (constant === undefined || this.#isEqual(constant, value))
    );
  }

  #isOfItsKind(schema: UnfoldedKeywords, value: JsonValue): boolean {
    if (typeof value === "number") return this.#isNumber(schema, value);
    if (typeof value === "string") return this.#isText(schema, value);
    if (Array.isArray(value)) return this.#isList(schema, value);
    return !isJsonObject(value) || this.#isObject(schema, value);
  }

  #satisfiesOthers(schema: UnfoldedKeywords, value: JsonValue): boolean {
    const { allOf, anyOf, oneOf, not, if: condition, then = true, else: otherwise = true } = schema;
    const fits = (each: Unfolded) => this.isSatisfied(each, value);
    return (
      (allOf === undefined || allOf.every(fits)) &&
      (anyOf === undefined || anyOf.some(fits)) &&
      (oneOf === undefined || oneOf.filter(fits).length === 1) &&
      (not === undefined || !fits(not)) &&
      (condition === undefined || fits(fits(condition) ? then : otherwise))
    );
  }

  #isNumber(schema: UnfoldedKeywords, value: number): boolean {
    const { minimum = value, maximum = value, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    if (value < minimum || value > maximum) return false;
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return false;
    if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return false;
    return multipleOf === undefined || this.#isMultiple(value, multipleOf);
  }

  #isText({ minLength = 0, maxLength = Infinity }: UnfoldedKeywords, value: string): boolean {
    if (minLength === 0 && maxLength === Infinity) return true;
    const length = this.#lengths.get(value) ?? lengthOf(value);
    this.#lengths.set(value, length);
    return length >= minLength && length <= maxLength;
  }

  #isList(schema: UnfoldedKeywords, list: readonly JsonValue[]): boolean {
    const { minItems = 0, maxItems = Infinity, uniqueItems, prefixItems, items } = schema;
    const anyItems = prefixItems === undefined && items === undefined;
    return (
      list.length >= minItems &&
      list.length <= maxItems &&
      (anyItems || list.every((item, n) => this.isSatisfied(prefixItems?.[n] ?? items ?? true, item))) &&
      this.#contains(schema, list) &&
      (uniqueItems !== true || new Set(list.map((item) => this.#textOf(item))).size === list.length)
    );
  }

  #contains(schema: UnfoldedKeywords, list: readonly JsonValue[]): boolean {
    const { contains, minContains = 1, maxContains = Infinity } = schema;
    if (contains === undefined) return true;
    const found = list.filter((item) => this.isSatisfied(contains, item)).length;
    return found >= minContains && found <= maxContains;
  }

  #isObject(schema: UnfoldedKeywords, value: JsonObject): boolean {
    const { minProperties = 0, maxProperties = Infinity, required = [], propertyNames } = schema;
    const { properties = {}, additionalProperties = true } = schema;
    const anyProperties = schema.properties === undefined && additionalProperties === true;
    const names = this.#names.get(value) ?? Object.keys(value);
    this.#names.set(value, names);
    const isThere = (name: string) => {
      this.#spend(1);
      return Object.hasOwn(value, name);
    };
    const schemaOf = (name: string) =>
      (Object.hasOwn(properties, name) ? properties[name] : undefined) ?? additionalProperties;
    return (
      names.length >= minProperties &&
      names.length <= maxProperties &&
      required.every(isThere) &&
      (anyProperties || names.every((name) => this.isSatisfied(schemaOf(name), value[name] ?? null))) &&
      (propertyNames === undefined || names.every((name) => this.isSatisfied(propertyNames, name))) &&
      Object.entries(schema.dependentRequired ?? {}).every(
        ([name, others]) => !isThere(name) || others.every(isThere),
      ) &&
      Object.entries(schema.dependentSchemas ?? {}).every(
        ([name, other]) => !isThere(name) || this.isSatisfied(other, value),
      )
    );
  }

  #isEqual(one: JsonValue, other: JsonValue): boolean {
    this.#spend(1);
    if (one === other) return true;
    if (!isContainer(one) || !isContainer(other)) return false;
    return this.#textOf(one) === this.#textOf(other);
  }

  /** Whether a number is a multiple of another as they are written: 0.3 is one of 0.1. */
  #isMultiple(value: number, of: number): boolean {
    const [digits, power] = decimalOf(value);
    const [ofDigits, ofPower] = decimalOf(of);
    const distance = Math.abs(power - ofPower);
    this.#spend(1 + Math.floor(distance / 16));
    const shift = 10n ** BigInt(distance);
    return power >= ofPower ? (digits * shift) % ofDigits === 0n : digits % (ofDigits * shift) === 0n;
  }

  /** A text that values have in common if they are equal. That of a list or object is made once. */
  #textOf(value: JsonValue): string {
    const known = isContainer(value) ? this.#texts.get(value) : undefined;
    const text = known ?? canonicalJson(value);
    this.#spend(1 + Math.floor(text.length / 64));
    if (isContainer(value)) this.#texts.set(value, text);
    return text;
  }
}

function isContainer(value: JsonValue): value is JsonObject | JsonValue[] {
  return typeof value === "object" && value !== null;
}

function isOfType(type: string, value: JsonValue): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  return type === "object" ? isJsonObject(value) : typeof value === type;
}

/** How many characters a text has: those beyond 16 bits are two units, and one character. */
function lengthOf(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}

/** A number as digits and a power of ten. */
function decimalOf(value: number): [digits: bigint, power: number] {
  const [written = "", power = "0"] = Math.abs(value).toString().split("e");
  const [whole = "", fraction = ""] = written.split(".");
  return [BigInt(whole + fraction), Number(power) - fraction.length];
}
