import {
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
} from "graphql";
import { missing, part } from "./fill.js";
import { NotCompiled } from "./not-compiled.js";

/** The SQL of a value's JSON, by its type in the graph. */
export function leafOf(type: GraphQLOutputType, value: string): string {
  const named = getNamedType(type);
  const json = isListType(getNullableType(type)) ? listOf(named, value) : jsonOf(named, value);
  return `coalesce(${json}, ${isNonNullType(type) ? missing : "'null'"})`;
}

/** A list of texts. */
function listOf(type: GraphQLNamedType, value: string): string {
  if (type.name !== "String") throw new NotCompiled();
  return `to_json(${value})::text`;
}

/** Null where the value is. What needs no escape is not looked through for it. */
function jsonOf(type: GraphQLNamedType, value: string): string {
  if (isEnumType(type)) {
    if (type.getValues().some(({ name, value }) => name !== value)) throw new NotCompiled();
    return quoted(`${value}::text`);
  }
  switch (type.name) {
    case "ID":
      return quoted(value);
    case "DateTime":
      return quoted(instantOf(value));
    case "Int":
    case "SafeInt":
    case "Boolean":
      return `${value}::text`;
    case "String":
      return `to_json(${value})::text`;
    case "JSON":
      return part("json", `${value}::text`);
    default:
      throw new NotCompiled();
  }
}

/** An instant as {@link readInstant} writes it. */
export function instantOf(value: string): string {
  return `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

function quoted(text: string): string {
  return `'"' || ${text} || '"'`;
}
