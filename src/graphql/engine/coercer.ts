import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { type Leaf, maxItems, wrongLeaf } from "./wrong-leaf.js";

/** Stands for a value that is wrong somewhere: what is wrong, coercing it with its path tells. */
export const wrong = Symbol("a wrong value");

/** Brings a value that is not undefined into the form of a type; gives {@link wrong} if it is not of the type. */
export type Coercer = (value: unknown) => unknown;

const made = new WeakMap<GraphQLInputType, Coercer>();

/**
 * What coerces values of a type as graphql-js does, made once for each: it interprets the type anew for each value, which was a
 * ninth of the time of an append of a hundred events.
 */
export function coercerOf(type: GraphQLInputType): Coercer {
  const there = made.get(type);
  if (there) return there;
  const coercer = coercerFor(type);
  made.set(type, coercer);
  return coercer;
}

function coercerFor(type: GraphQLInputType): Coercer {
  if (isNonNullType(type)) {
    const inner = coercerOf(type.ofType);
    return (value) => (value === null ? wrong : inner(value));
  }
  if (isListType(type)) return listCoercer(coercerOf(type.ofType));
  return isInputObjectType(type) ? objectCoercer(type) : leafCoercer(type);
}

function listCoercer(inner: Coercer): Coercer {
  return (value) => {
    if (value === null) return null;
    if (!Array.isArray(value)) {
      const only = inner(value);
      return only === wrong ? wrong : [only];
    }
    if (value.length > maxItems) return wrong;
    const items: unknown[] = [];
    for (const item of value) {
      const coerced = inner(item ?? null);
      if (coerced === wrong) return wrong;
      items.push(coerced);
    }
    return items;
  };
}

function objectCoercer(type: GraphQLInputObjectType): Coercer {
  const names = new Set(Object.keys(type.getFields()));
  const fields = Object.values(type.getFields()).map(({ name, type, defaultValue }) => ({
    name,
    defaultValue,
    isRequired: isNonNullType(type) && defaultValue === undefined,
    // Not before it is needed: a type may hold itself.
    coerce: (value: unknown) => coercerOf(type)(value),
  }));
  const { isOneOf } = type;
  return (value) => {
    if (value === null) return null;
    if (typeof value !== "object" || Array.isArray(value)) return wrong;
    const given = value as Record<string, unknown>;
    for (const name of Object.keys(given)) if (!names.has(name)) return wrong;
    const coerced = Object.create(null) as Record<string, unknown>;
    for (const { name, defaultValue, isRequired, coerce } of fields) {
      const field = given[name];
      if (field !== undefined) {
        const inside = coerce(field);
        if (inside === wrong) return wrong;
        coerced[name] = inside;
      } else if (isRequired) {
        return wrong;
      } else if (defaultValue !== undefined) {
        coerced[name] = defaultValue;
      }
    }
    return isOneOf && !hasOne(coerced) ? wrong : coerced;
  };
}

function hasOne(coerced: Record<string, unknown>): boolean {
  const values = Object.values(coerced);
  return values.length === 1 && values[0] !== null;
}

function leafCoercer(type: Leaf): Coercer {
  return (value) => {
    if (value === null) return null;
    if (wrongLeaf(value, type) !== undefined) return wrong;
    try {
      const parsed: unknown = type.parseValue(value);
      return parsed === undefined ? wrong : parsed;
    } catch {
      return wrong;
    }
  };
}
