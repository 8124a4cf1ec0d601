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
import { type Sql, sql } from "./sql.js";

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
      return [{ sql: counted(`octet_length(${value}) < ${shortBytes}`, `to_json(${value})::text`) }];
    case "JSON":
      return part("json", counted(isShortJson(value), `${value}::text`));
    default:
      throw new NotCompiled();
  }
}

/** Texts of so many bytes are not counted: their number is bounded by what an operation may cost. */
const shortBytes = 2_000;

/** Whether a value of JSON is short, told by how it is stored: where it is compressed it may be long. */
function isShortJson(value: string): string {
  return `pg_column_size(${value}) < ${shortBytes} AND pg_column_compression(${value}) IS NULL`;
}

/** The text of a value, which counts unless it is short: where all that an answer holds is too long, its statement ends there. */
function counted(isShort: string, text: string): Sql {
  return sql`CASE WHEN ${isShort} THEN ${text} ELSE count_of_answer(${text}, :answerBytes) END`;
}

/** An instant as {@link readInstant} writes it. */
export function instantOf(value: string): string {
  return `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

function quoted(text: string): Json {
  return ['"', { sql: [text] }, '"'];
}
