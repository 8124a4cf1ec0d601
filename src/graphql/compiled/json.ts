import { type Sql, joined, literal, sql } from "./sql.js";

/** JSON as it is put together: text as it stands, and SQL of text, which is null where there must be a value and is none. */
export type Json = readonly JsonPart[];

type JsonPart = string | { readonly sql: Sql };

/**
 * What stands around a part of an answer that Postgres cannot write as this service does. It is a character that JSON never has
 * as it is.
 */
export const mark = "\u0001";

/** What such a part is: JSON that is stored, the key of a cursor, the version of a feed's cursor. */
export const letters = { json: "J", key: "K", feed: "F" } as const;

/** Such a part, by SQL of its content. */
export function part(kind: keyof typeof letters, content: Sql): Json {
  return [`${mark}${letters[kind]}`, { sql: content }, mark];
}

/** The SQL of what stands where there must be a value and is none: then the call is answered otherwise. */
const missing = literal(`${mark}!${mark}`);

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
