import type { Key } from "../domain/cursor.js";
import { columnOf } from "./row.js";
import { type Statement, type TenantClient, statement } from "./statement.js";

/** A list of rows in one order that no two rows share, of one tenant, whole or one for each parent row. */
export interface Listing {
  table:
    | "session"
    | "run"
    | "command"
    | "run_event"
    | "runner"
    | "runner_job"
    | "queue_task"
    | "queue_attempt";
  /** What is selected of each row: see selectList. */
  columns: string;
  /** The column that names the parent row, where there is one list for each parent. */
  parentColumn?: string;
  /** Further conditions; `?` in one stands for its value. */
  where: readonly Condition[];
  /** The fields of the sort key, with their columns' types; all in the same direction. */
  order: readonly { field: string; type: "timestamptz" | "text" | "int" | "bigint" }[];
  direction: "asc" | "desc";
}

/** A condition on the rows of a table. */
export interface Condition {
  sql: string;
  value?: unknown;
}

/** Collects conditions, leaving out those whose value is null or undefined: what is left out of a filter does not narrow. */
export function conditions(...candidates: readonly [sql: string, value: unknown][]): Condition[] {
  return candidates
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([sql, value]) => ({ sql, value }));
}

/** Which rows of a listing. */
export interface Window {
  limit: number;
  /** Counts from the end of the list; the rows still come in the list's order. */
  backward: boolean;
  after: Key | null;
  before: Key | null;
}

/** A part of a listing, and whether there is more in the direction of counting, inside the window. */
export interface Part<Row> {
  rows: Row[];
  hasMore: boolean;
}

/** What stands for a parent where a listing has none: it is then one list, of the whole tenant. */
export const wholeTenant = "";

/** The sort key of a row. */
export function keyOf(listing: Listing, row: object): Key {
  return listing.order.map(({ field }) => (row as Record<string, string | number>)[field] ?? "");
}

/** What a cursor is bound to: the tenant, the list, its parent, filter and order. */
export function scopeOf(client: TenantClient, listing: Listing, parent: string): string {
  const { table, parentColumn, where, order, direction } = listing;
  return JSON.stringify([client.tenantId, table, parentColumn, parent, where, order, direction]);
}

/** Reads the window of each parent's list in one statement, along the order's index. */
export async function readParts<Row>(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
  window: Window,
): Promise<Map<string, Part<Row>>> {
  const sql = new Clause();
  const limit = window.limit + 1;
  const parentList = sql.value(parents, "text[]");
  const where = sql.where(listing, [keyset(listing, window.after, ">"), keyset(listing, window.before, "<")]);
  const direction = window.backward === (listing.direction === "desc") ? "ASC" : "DESC";
  const order = listing.order.map(({ field }) => `${columnOf(field)} ${direction}`).join(", ");
  const text = `
    SELECT parent.id AS "parentId", item.* FROM unnest(${parentList}) WITH ORDINALITY AS parent (id, place)
    CROSS JOIN LATERAL (
      SELECT row_number() OVER (ORDER BY ${order}) AS "place", ${listing.columns} FROM ${listing.table}
      WHERE ${where} ORDER BY ${order} LIMIT ${sql.value(limit, "int")}
    ) AS item ORDER BY parent.place, item.place`;
  const rows = await client.rows<Row & { parentId: string }>(prepare(text), ...sql.values);
  const parts = new Map<string, Part<Row>>(parents.map((id) => [id, { rows: [], hasMore: false }]));
  for (const row of rows) parts.get(row.parentId)?.rows.push(row);
  for (const part of parts.values()) {
    part.hasMore = part.rows.length === limit;
    if (part.hasMore) part.rows.pop();
    if (window.backward) part.rows.reverse();
  }
  return parts;
}

/**
 * Says for each parent's list whether it has a row at or before a key, or at or after it. Probes along the order's index:
 * under EXISTS a generic plan reads the table from its start.
 */
export async function hasRows(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
  side: "before" | "after",
  key: Key,
): Promise<Map<string, boolean>> {
  const sql = new Clause();
  const parentList = sql.value(parents, "text[]");
  const where = sql.where(listing, [keyset(listing, key, side === "before" ? "<=" : ">=")]);
  const order = listing.order.map(({ field }) => `${listing.table}.${columnOf(field)}`).join(", ");
  const text = `
    SELECT id, (SELECT true FROM ${listing.table} WHERE ${where} ORDER BY ${order} LIMIT 1) IS NOT NULL AS found
    FROM unnest(${parentList}) AS parent (id)`;
  const rows = await client.rows<{ id: string; found: boolean }>(prepare(text), ...sql.values);
  return new Map(rows.map(({ id, found }) => [id, found]));
}

/** Counts all rows of each parent's list. */
export async function countRows(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
): Promise<Map<string, number>> {
  const sql = new Clause();
  const parentList = sql.value(parents, "text[]");
  const where = sql.where(listing, []);
  const rows = await client.rows<{ id: string; count: number }>(
    prepare(
      `SELECT id, (SELECT count(*) FROM ${listing.table} WHERE ${where}) AS count FROM unnest(${parentList}) AS parent (id)`,
    ),
    ...sql.values,
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/** The statements of the texts that were sent before: hashing a text costs more than building it. There are as many as shapes. */
const prepared = new Map<string, Statement>();

function prepare(text: string): Statement {
  const made = prepared.get(text) ?? statement(text);
  prepared.set(text, made);
  return made;
}

/** A text of SQL in the making, and the values of its parameters from $2 on. */
class Clause {
  readonly values: unknown[] = [];

  value(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length + 1}::${type}`;
  }

  where(listing: Listing, keysets: readonly (Keyset | null)[]): string {
    const parts = [`${listing.table}.tenant_id = $1`];
    if (listing.parentColumn !== undefined)
      parts.push(`${listing.table}.${listing.parentColumn} = parent.id`);
    for (const { sql, value } of listing.where) {
      if (value !== undefined) this.values.push(value);
      parts.push(sql.replace("?", `$${this.values.length + 1}`));
    }
    for (const bound of keysets) {
      if (bound === null) continue;
      const columns = bound.columns.map(({ field }) => `${listing.table}.${columnOf(field)}`).join(", ");
      const values = bound.columns.map(({ type }, index) => this.value(bound.key[index], type)).join(", ");
      parts.push(`(${columns}) ${bound.operator} (${values})`);
    }
    return parts.join(" AND ");
  }
}

interface Keyset {
  columns: Listing["order"];
  operator: string;
  key: Key;
}

/** The rows that lie on one side of a key in the list's own order: in a descending list, later means smaller. */
function keyset(listing: Listing, key: Key | null, side: "<" | ">" | "<=" | ">="): Keyset | null {
  if (key === null) return null;
  const flipped = side.replace(/[<>]/, (sign) => (sign === "<" ? ">" : "<"));
  return { columns: listing.order, operator: listing.direction === "asc" ? side : flipped, key };
}
