import type { GraphQLEnumType, GraphQLScalarType } from "graphql";

/** A type of words, numbers and other single values. */
export type Leaf = GraphQLScalarType | GraphQLEnumType;

/** How many items a list may have: to coerce a million takes half a second, and no argument takes so many. */
export const maxItems = 10_000;

/** How long a text may be that is no String, in characters: no word, number or instant is longer. */
const maxWord = 1_000;

/**
 * What is wrong with an object, a list, a long text or a large number where a word or number belongs; undefined if it may be one.
 * graphql-js would write the value into its message, whatever its size.
 */
export function wrongLeaf(value: unknown, { name }: Leaf): string | undefined {
  if (name === "JSON") return undefined;
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return "Expected a whole number of at most 53 bits: send it as a string.";
  const isFat = typeof value === "object" || (typeof value === "string" && value.length > maxWord);
  const takesAnyText = typeof value === "string" && (name === "String" || name === "ID");
  return isFat && !takesAnyText ? `Expected type "${name}".` : undefined;
}
