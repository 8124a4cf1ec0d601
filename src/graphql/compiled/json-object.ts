import { type Sql, joined, literal, sql } from "./sql.js";

/** The SQL of an object's JSON of the SQL of its values'. */
export function concat(entries: readonly (readonly [key: string, value: Sql])[]): Sql {
  const parts = entries.map(
    ([key, value], index) => sql`${literal(`${index === 0 ? "{" : ","}"${key}":`)}, ${value}`,
  );
  // A function takes a hundred arguments.
  const groups = Array.from({ length: Math.ceil(parts.length / 40) }, (_, group) =>
    joined(parts.slice(group * 40, group * 40 + 40), ", "),
  );
  return sql`concat(${joined(
    groups.map((group) => (groups.length === 1 ? group : sql`concat(${group})`)),
    ", ",
  )}, '}')`;
}
