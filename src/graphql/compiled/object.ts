import {
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type SelectionSetNode,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { leafOf } from "./leaf.js";
import { Page } from "./page.js";
import { type Json, objectJson, sqlOf, wholeSqlOf } from "./json.js";
import type { Place } from "./place.js";
import type { Kinds, Reads } from "./reads.js";
import { NotCompiled } from "./not-compiled.js";
import { Rows } from "./rows.js";
import { type Asked, readsOf } from "./selection.js";
import { type Sql, isSame, joined, literal, sql } from "./sql.js";

/** An object's JSON, made of a row of its own, of whatever type the row tells. */
export function objectOf(
  place: Place,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
  rows: Rows,
): Json {
  if (isObjectType(type)) return plainObject(place, type, sets, rows, [`"${type.name}"`]);
  const { kinds } = (isInterfaceType(type) ? type.extensions : {}) as { kinds?: Kinds };
  if (!kinds) throw new NotCompiled();
  const kind = rows.column(kinds.field);
  const names = Object.entries(kinds.typenames);
  const named = names.map(([value, name]) => `WHEN ${literal(value)} THEN ${literal(`"${name}"`)}`);
  const typename = [{ sql: sql`CASE ${kind} ${named.join(" ")} END` }];
  const ways: Way[] = [];
  for (const [value, name] of names) {
    const own = place.selections.schema.getType(name);
    if (!isObjectType(own)) throw new NotCompiled();
    const made = plainObject(place, own, sets, rows, typename);
    const way = { json: made, sql: sqlOf(made), values: [value] };
    const same = ways.find((other) => isSame(other.sql, way.sql));
    if (same) same.values.push(value);
    else ways.push(way);
  }
  return choice(kind, ways);
}

/** The JSON of objects of the types that a field's values tell. */
interface Way {
  json: Json;
  sql: Sql;
  values: string[];
}

/** The way that most types share needs no condition. */
function choice(kind: string, ways: readonly Way[]): Json {
  const [most, ...others] = ways.toSorted((one, other) => other.values.length - one.values.length);
  if (!most) throw new NotCompiled();
  if (others.length === 0) return most.json;
  const cases = others.map(
    (way) => sql`WHEN ${kind} IN (${way.values.map(literal).join(", ")}) THEN ${way.sql}`,
  );
  return [{ sql: sql`CASE ${joined(cases, " ")} ELSE ${most.sql} END` }];
}

function plainObject(
  place: Place,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  rows: Rows,
  typename: Json,
): Json {
  const asked = place.selections.of(type, sets);
  return objectJson(
    asked.map((each) => [each.key, each.field ? valueOf(place, each, readsOf(each), rows) : typename]),
  );
}

function valueOf(place: Place, asked: Asked, reads: Reads, rows: Rows): Json {
  const { field, sets } = asked;
  if (!field) throw new NotCompiled();
  const type = getNamedType(field.type);
  const isRequired = isNonNullType(field.type);
  switch (reads.kind) {
    case "exposed":
      if (!isLeafType(type)) throw new NotCompiled();
      return leafOf(field.type, rows.column(reads.field));
    case "value":
      if (!isLeafType(type)) throw new NotCompiled();
      return leafOf(field.type, rows.value(reads.sql));
    case "row": {
      if (!isCompositeType(type)) throw new NotCompiled();
      const { when, join } = reads;
      if (join) {
        place.preparations.push((call) => call.takeJoin(join.make(call.argumentsOf(asked), call.context)));
        rows.join((call) => call.join, join.columns);
      }
      const object = objectOf(place, type, sets, rows);
      if (when === null) return object;
      return [{ sql: sql`CASE WHEN ${rows.value(when)} THEN ${sqlOf(object)} ELSE 'null' END` }];
    }
    case "one": {
      if (!isCompositeType(type)) throw new NotCompiled();
      const { source, keys } = reads;
      const own = new Rows(place.alias(), source.columns);
      const object = objectOf(place, type, sets, own);
      const ids = keys.map((key) => rows.column(key));
      const id = ids.length > 1 ? `coalesce(${ids.join(", ")})` : ids.join();
      const row = rowOf(own, source, sql`${source.columns["id"] ?? ""} = ${id}`);
      if (isRequired) return [{ sql: sql`(SELECT ${sqlOf(object)} FROM ${row})` }];
      return [{ sql: sql`coalesce((SELECT ${wholeSqlOf(object)} FROM ${row}), 'null')` }];
    }
    case "page": {
      const { parent } = reads;
      const { sql } = new Page(place, asked, reads, {
        parent: parent === null ? null : rows.column(parent),
        objectOf,
      });
      return [{ sql }];
    }
    case "sought":
    case "part":
      throw new NotCompiled();
  }
}

/** The SQL of the rows of a source that meet a condition, with what is needed of them. */
export function rowOf(rows: Rows, { table, where }: { table: string; where?: string }, condition: Sql): Sql {
  const more = where === undefined ? "" : ` AND ${where}`;
  const from = sql`${table} ${rows.joins} WHERE ${table}.tenant_id = :tenantId AND ${condition}${more}`;
  return sql`(SELECT ${rows.list} FROM ${from}) AS ${rows.alias}`;
}
