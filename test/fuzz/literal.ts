import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from "graphql";

/**
 * Writes a value as it stands in a document. `replace` may give other text for any value inside it, such as a variable; it is
 * told whether null is forbidden there.
 */
export function literalOf(
  value: unknown,
  type: GraphQLInputType,
  replace: (value: unknown, type: GraphQLInputType, solid: boolean) => string | undefined,
  solid = false,
): string {
  const other = replace(value, type, solid);
  if (other !== undefined) return other;
  if (isNonNullType(type)) return plain(value, type.ofType, replace);
  return plain(value, type, replace);
}

function plain(value: unknown, type: GraphQLInputType, replace: Parameters<typeof literalOf>[2]): string {
  if (value === null) return "null";
  if (isNonNullType(type)) return plain(value, type.ofType, replace);
  if (isListType(type)) {
    if (!Array.isArray(value)) return literalOf(value, type.ofType, replace);
    return `[${value.map((item) => literalOf(item, type.ofType, replace)).join(", ")}]`;
  }
  if (isInputObjectType(type)) {
    const fields = type.getFields();
    const parts = Object.entries(value as object).map(([name, child]) => {
      const field = fields[name];
      return field ? `${name}: ${literalOf(child, field.type, replace, type.isOneOf)}` : "";
    });
    return `{${parts.join(", ")}}`;
  }
  return isEnumType(type) ? (value as string) : jsonLiteral(value);
}

/** JSON as a literal: keys that are no names are left out. */
function jsonLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonLiteral).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value)
      .filter(([key]) => /^[A-Za-z_]\w*$/.test(key))
      .map(([key, child]) => `${key}: ${jsonLiteral(child)}`);
    return `{${parts.join(", ")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
