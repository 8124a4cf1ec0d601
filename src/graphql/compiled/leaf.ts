import {
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
} from "graphql";
import { type Json, part, sqlOf } from "./json.js";
import { NotCompiled } from "./not-compiled.js";
import { sql } from "./sql.js";

/** A value's JSON, by its type in the graph. */
export function leafOf(type: GraphQLOutputType, value: string): Json {
  const named = getNamedType(type);
  const json = isListType(getNullableType(type)) ? listOf(named, value) : jsonOf(named, value);
  return isNonNullType(type) ? json : [{ sql: sql`coalesce(${sqlOf(json)}, 'null')` }];
}

/** A list of texts. */
function listOf(type: GraphQLNamedType, value: string): Json {
  if (type.name !== "String") throw new NotCompiled();
  return [{ sql: sql`to_json(${value})::text` }];
}

/** What needs no escape is not looked through for it. */
function jsonOf(type: GraphQLNamedType, value: string): Json {
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
      return [{ sql: sql`${value}::text` }];
    case "String":
      return listOf(type, value);
    case "JSON":
      return part("json", sql`${value}::text`);
    default:
      throw new NotCompiled();
  }
}

/** An instant as {@link readInstant} writes it. */
export function instantOf(value: string): string {
  return `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

function quoted(text: string): Json {
  return ['"', { sql: [text] }, '"'];
}
