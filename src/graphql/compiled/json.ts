import { missing } from "./fill.js";
import { type Sql, joined, literal, sql } from "./sql.js";

/** JSON as it is put together: text as it stands, and SQL of text, which is null where there must be a value and is none. */
export type Json = readonly JsonPart[];

type JsonPart = string | { readonly sql: Sql };

/** How many parts are put together at once: each copies those before it. */
const partsAtOnce = 16;

/** The JSON of an object. */
export function objectJson(entries: readonly (readonly [key: string, value: Json])[]): Json {
  const parts = entries.flatMap(([key, value], index) => [`${index === 0 ? "{" : ","}"${key}":`, ...value]);
  return [...parts, "}"];
}

/** The SQL of a JSON: null if a part of it is. */
export function sqlOf(json: Json): Sql {
  return chained(merged(json).map((part) => (typeof part === "string" ? [literal(part)] : part.sql)));
}

/** The SQL of a JSON that is never null: where a part of it is, the call is answered otherwise. */
export function wholeSqlOf(json: Json): Sql {
  return sql`coalesce(${sqlOf(json)}, ${missing})`;
}

function chained(parts: readonly Sql[]): Sql {
  if (parts.length <= partsAtOnce) return joined(parts, " || ");
  const groups = Array.from({ length: Math.ceil(parts.length / partsAtOnce) }, (_, group) =>
    chained(parts.slice(group * partsAtOnce, (group + 1) * partsAtOnce)),
  );
  return chained(groups.map((group) => sql`(${group})`));
}

/** Puts texts that touch together: each part costs every row. */
function merged(json: Json): Json {
  const parts: JsonPart[] = [];
  for (const part of json) {
    const last = parts.at(-1);
    if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
    else parts.push(part);
  }
  return parts;
}
