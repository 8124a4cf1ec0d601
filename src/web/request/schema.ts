/*
 * Which form a JSON Schema is. What a form can ask in simple fields becomes one; anything else is asked as JSON, and the service
 * judges the answer by the whole schema. The schema is an agent's: any may come, with any default. What a form holds has the shape of its
 * fields, whatever the schema says.
 */

/** A field that a person fills in. */
export type Field = FieldHead &
  (
    | { kind: "text"; isLong: boolean; minLength?: number; maxLength?: number }
    | { kind: "number"; isWhole: boolean; min?: number; max?: number }
    | { kind: "flag" }
    | { kind: "choice"; options: readonly Option[] }
    | { kind: "choices"; options: readonly Option[]; min: number; max?: number }
    | { kind: "group"; fields: readonly NamedField[] }
    | { kind: "json" }
  );

interface FieldHead {
  label: string;
  description: string;
  /** What it holds before anything is filled in: the schema's default, where that has the shape of the field. */
  initial: Held;
}

/** A field of an object. */
export interface NamedField {
  name: string;
  isRequired: boolean;
  field: Field;
}

/** A value that may be chosen. */
export interface Option {
  label: string;
  value: unknown;
}

type Schema = Record<string, unknown>;

/**
 * What a form holds: the text that stands in an input, whether a flag is ticked, the numbers of the options that are taken, and of a group
 * what each of its fields holds.
 */
export type Held = string | boolean | readonly number[] | HeldGroup;

/** What the fields of a group hold, by their names. */
export interface HeldGroup {
  readonly [name: string]: Held;
}

/** How many groups may stand in each other; what is deeper is asked as JSON. */
const depth = 3;
/** How many options and fields a form has at most. */
const most = 50;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** Makes a field of a schema; one of JSON where it is not simple. The default of what it stands in is stronger than its own. */
export function readField(schema: unknown, name = "", level = 0, given?: unknown): Field {
  const own = isSchema(schema) ? schema : {};
  const read = given === undefined ? own : { ...own, default: given };
  const kind = kindOf(read, level);
  return {
    ...kind,
    label: textOf(read["title"]) || name,
    description: textOf(read["description"]),
    initial: initialOf(kind, read["default"]),
  };
}

type Kind = Field extends infer Each ? (Each extends Field ? Omit<Each, keyof FieldHead> : never) : never;

const beyondForms = ["$ref", "allOf", "anyOf", "oneOf", "not", "if", "prefixItems", "patternProperties"];

function kindOf(schema: Schema, level: number): Kind {
  // To the service an answer of null is none: it is not offered.
  const options = optionsOf(schema)?.filter(({ value }) => level > 0 || value !== null);
  if (options) return options.length > 0 ? { kind: "choice", options } : { kind: "json" };
  if (beyondForms.some((keyword) => keyword in schema)) return { kind: "json" };
  switch (schema["type"]) {
    case "string":
      return textKind(schema);
    case "number":
    case "integer":
      return numberKind(schema);
    case "boolean":
      return { kind: "flag" };
    case "array":
      return listKind(schema);
    case "object":
      return groupKind(schema, level);
    default:
      return { kind: "json" };
  }
}

function textKind({ minLength, maxLength, format }: Schema): Kind {
  const max = numberOf(maxLength);
  return {
    kind: "text",
    isLong: format === "textarea" || (max !== undefined && max > 200),
    minLength: numberOf(minLength),
    maxLength: max,
  };
}

function numberKind({ type, minimum, maximum }: Schema): Kind {
  return { kind: "number", isWhole: type === "integer", min: numberOf(minimum), max: numberOf(maximum) };
}

function listKind({ items, minItems, maxItems }: Schema): Kind {
  const options = isSchema(items) ? optionsOf(items) : undefined;
  if (!options) return { kind: "json" };
  return { kind: "choices", options, min: numberOf(minItems) ?? 0, max: numberOf(maxItems) };
}

function groupKind({ properties, required, default: given }: Schema, level: number): Kind {
  const entries = isSchema(properties) ? Object.entries(properties) : [];
  if (entries.length === 0 || entries.length > most || level >= depth) return { kind: "json" };
  const names = Array.isArray(required) ? required : [];
  // The service does not keep the order of properties; that of the names that are required it does.
  const place = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
  entries.sort(([one], [other]) => place(one) - place(other));
  const fields = entries.map(([name, schema]) => ({
    name,
    isRequired: names.includes(name),
    field: readField(schema, name, level + 1, ownOf(given, name)),
  }));
  return { kind: "group", fields };
}

/** The values of an `enum`, of a `const`, or of a `oneOf` of constants, which may have titles. */
function optionsOf(schema: Schema): Option[] | undefined {
  const { enum: values, oneOf } = schema;
  const labelOf = (value: unknown) => (typeof value === "string" && value ? value : JSON.stringify(value));
  const options = Array.isArray(values)
    ? values.map((value) => ({ value, label: labelOf(value) }))
    : "const" in schema
      ? [{ value: schema["const"], label: labelOf(schema["const"]) }]
      : Array.isArray(oneOf) && oneOf.every((each) => isSchema(each) && "const" in each)
        ? oneOf.map((each: Schema) => ({
            value: each["const"],
            label: textOf(each["title"]) || labelOf(each["const"]),
          }))
        : undefined;
  return options && options.length > 0 && options.length <= most ? options : undefined;
}

/** What a form holds before anything is filled in. */
function initialOf(kind: Kind, given: unknown): Held {
  switch (kind.kind) {
    case "flag":
      return given === true;
    case "choices":
      return Array.isArray(given) ? given.flatMap((value) => placeOf(kind.options, value) ?? []) : [];
    case "group":
      return Object.fromEntries(kind.fields.map(({ name, field }) => [name, field.initial]));
    case "choice":
      return String(placeOf(kind.options, given) ?? "");
    case "text":
      return textOf(given);
    case "number":
      return String(numberOf(given) ?? "");
    case "json":
      return given === undefined ? "" : JSON.stringify(given, null, 2);
  }
}

/** What an object has under a name of its own; undefined of anything else. */
function ownOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** The number of the option of a value; undefined if none has it. */
function placeOf(options: readonly Option[], value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const written = JSON.stringify(value);
  const place = options.findIndex((option) => JSON.stringify(option.value) === written);
  return place < 0 ? undefined : place;
}
