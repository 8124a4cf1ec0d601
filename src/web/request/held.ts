/*
 * What a form holds while it is filled in, what is wrong with it, and the answer that it makes.
 */
import type { Field, Held, HeldGroup, NamedField } from "./schema.js";

/**
 * Whether nothing was filled in, so that what may be missing is left out. What was taken away from a default is an answer where it can be
 * one.
 */
export function isEmpty(field: Field, held: Held): boolean {
  switch (field.kind) {
    case "flag":
      return held === false && field.initial !== true;
    case "choices": {
      const hadSome = field.min === 0 && (field.initial as readonly number[]).length > 0;
      return (held as readonly number[]).length === 0 && !hadSome;
    }
    case "group":
      return field.fields.every(({ name, field: inner }) => isEmpty(inner, heldIn(held, name)));
    case "choice":
    case "text":
    case "number":
    case "json":
      return held === "";
  }
}

/** What a field of a group holds. */
export function heldIn(group: Held, name: string): Held {
  return (group as HeldGroup)[name] ?? "";
}

/** Makes the answer of what a form holds; throws a SyntaxError where JSON was asked for and is none. */
export function valueOf(field: Field, held: Held): unknown {
  switch (field.kind) {
    case "number":
      return held === "" ? undefined : Number(held);
    case "json": {
      const text = (held as string).trim();
      return text === "" ? undefined : JSON.parse(text);
    }
    case "choice":
      return held === "" ? undefined : field.options[Number(held)]?.value;
    case "choices":
      return (held as readonly number[]).map((place) => field.options[place]?.value);
    case "group":
      return groupValue(field.fields, held);
    case "text":
    case "flag":
      return held;
  }
}

/** What was left empty and may be missing is left out. */
function groupValue(fields: readonly NamedField[], held: Held): Record<string, unknown> {
  const entries = fields.flatMap(({ name, isRequired, field }): [string, unknown][] => {
    const own = heldIn(held, name);
    if (!isRequired && isEmpty(field, own)) return [];
    const value = valueOf(field, own);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** What is wrong with what is filled in, beyond what a browser's own inputs tell; empty where all is well. */
export function wrongIn(field: Field, held: Held, isRequired = true): string {
  if (!isRequired && isEmpty(field, held)) return "";
  switch (field.kind) {
    case "text":
      return wrongText(held as string, field);
    case "number":
      return field.isWhole && held !== "" && !Number.isInteger(Number(held))
        ? "Please enter a whole number."
        : "";
    case "choices":
      return wrongCount((held as readonly number[]).length, field);
    case "choice":
    case "flag":
    case "group":
    case "json":
      return "";
  }
}

/** Characters are counted as JSON Schema does, by code points: to a browser many of them are two. */
function wrongText(text: string, { minLength = 0, maxLength = Infinity }: Extract<Field, { kind: "text" }>) {
  const { length } = [...text];
  if (length === 0) return "";
  if (length < minLength) return `Please enter at least ${minLength} characters: these are ${length}.`;
  return length > maxLength ? `Please enter at most ${maxLength} characters: these are ${length}.` : "";
}

function wrongCount(count: number, { min, max = Infinity }: Extract<Field, { kind: "choices" }>) {
  if (count < min) return `Please choose at least ${min}.`;
  return count > max ? `Please choose at most ${max}.` : "";
}
