/*
 * Which form a JSON Schema is. What a form can ask in simple fields becomes one; anything else is asked as JSON, and the service
 * judges the answer by the whole schema.
 */

/** A field that a person fills in. */
export type Field = FieldHead &
  (
    | { kind: "text"; isLong: boolean; minLength?: number; maxLength?: number }
    | { kind: "number"; isWhole: boolean; min?: number; max?: number }
    | { kind: "flag" }
    | { kind: "choice"; options: readonly Option[] }
    | { kind: "choices"; options: readonly Option[] }
    | { kind: "group"; fields: readonly NamedField[] }
    | { kind: "json" }
  );

interface FieldHead {
  label: string;
  description: string;
  /** What it holds before anything is filled in. */
  initial: unknown;
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

/** How many groups may stand in each other; what is deeper is asked as JSON. */
const depth = 3;
/** How many options and fields a form has at most. */
const most = 50;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** Makes a field of a schema; one of JSON where it is not simple. */
export function readField(schema: unknown, name = "", level = 0): Field {
  const read = isSchema(schema) ? schema : {};
  const head: FieldHead = {
    label: textOf(read["title"]) || name,
    description: textOf(read["description"]),
    initial: read["default"],
  };
  return { ...head, ...kindOf(read, level) };
}

type Kind = Field extends infer Each ? (Each extends Field ? Omit<Each, keyof FieldHead> : never) : never;

const beyondForms = ["$ref", "allOf", "anyOf", "oneOf", "not", "if", "prefixItems", "patternProperties"];

function kindOf(schema: Schema, level: number): Kind {
  const options = optionsOf(schema);
  if (options) return { kind: "choice", options };
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

function listKind({ items }: Schema): Kind {
  const options = isSchema(items) ? optionsOf(items) : undefined;
  return options ? { kind: "choices", options } : { kind: "json" };
}

function groupKind({ properties, required }: Schema, level: number): Kind {
  const entries = isSchema(properties) ? Object.entries(properties) : [];
  if (entries.length === 0 || entries.length > most || level >= depth) return { kind: "json" };
  const names = Array.isArray(required) ? required : [];
  // The service does not keep the order of properties; that of the names that are required it does.
  const place = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
  entries.sort(([one], [other]) => place(one) - place(other));
  const fields = entries.map(([name, schema]) => ({
    name,
    isRequired: names.includes(name),
    field: readField(schema, name, level + 1),
  }));
  return { kind: "group", fields };
}

/** The values of an `enum`, or of a `oneOf` of constants, which may have titles. */
function optionsOf(schema: Schema): Option[] | undefined {
  const { enum: values, oneOf } = schema;
  const options = Array.isArray(values)
    ? values.map((value) => ({ value, label: typeof value === "string" ? value : JSON.stringify(value) }))
    : Array.isArray(oneOf) && oneOf.every((each) => isSchema(each) && "const" in each)
      ? oneOf.map((each: Schema) => ({
          value: each["const"],
          label: textOf(each["title"]) || String(each["const"]),
        }))
      : undefined;
  return options && options.length > 0 && options.length <= most ? options : undefined;
}

/** What a form holds before anything is filled in. */
export function initialOf(field: Field): unknown {
  if (field.initial !== undefined)
    return field.kind === "json" ? JSON.stringify(field.initial, null, 2) : field.initial;
  switch (field.kind) {
    case "flag":
      return false;
    case "choices":
      return [];
    case "group":
      return Object.fromEntries(field.fields.map(({ name, field }) => [name, initialOf(field)]));
    case "text":
    case "json":
    case "number":
    case "choice":
      return "";
  }
}

/** Makes the answer of what a form holds; throws a SyntaxError where JSON was asked for and is none. */
export function valueOf(field: Field, held: unknown): unknown {
  switch (field.kind) {
    case "number":
      return held === "" ? undefined : Number(held);
    case "json": {
      const text = String(held).trim();
      return text === "" ? undefined : JSON.parse(text);
    }
    case "choice":
      return held === "" ? undefined : held;
    case "group":
      return groupValue(field.fields, held as Record<string, unknown>);
    case "text":
    case "flag":
    case "choices":
      return held;
  }
}

/** What was left empty and may be missing is left out. */
function groupValue(fields: readonly NamedField[], held: Record<string, unknown>): Record<string, unknown> {
  const entries = fields.flatMap(({ name, isRequired, field }): [string, unknown][] => {
    const value = valueOf(field, held[name]);
    const isLeftOut = value === undefined || (value === "" && !isRequired);
    return isLeftOut ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}
