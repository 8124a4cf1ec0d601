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
  /** What each row is joined to: row by row in the list's order, and in whatever way is fastest over all of them. */
  join?: { ordered: Condition; whole: Condition };
  /** The column that names the parent row, where there is one list for each parent. */
  parentColumn?: string;
  /** Further conditions. */
  where: readonly Condition[];
  /**
   * Where the list is in bands: what the rows of each have to meet beside `where`. All rows of one band stand before those of
   * the next, each in the list's order; every row that meets `where` is in one.
   */
  bands?: readonly Band[];
  /** The fields of the sort key, with their columns' types; all in the same direction. */
  order: readonly { field: string; type: "timestamptz" | "text" | "int" | "bigint" }[];
  direction: "asc" | "desc";
}

/** A piece of SQL about the rows of a table; every `?` in it stands for its value. */
export interface Condition {
  sql: string;
  value?: unknown;
}

/** A band of a list. */
export interface Band {
  /** What its rows have to meet beside the list's `where`. */
  where: readonly Condition[];
  /** Where its rows lie on the axis of last_activity_at, so that the scan need not pass all others: see reader-skip.ts. */
  skip?: { readerId: string; isRead: boolean };
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

/** The sort key of a row; it begins with the number of its band, where the list is in bands. */
export function keyOf(listing: Listing, row: object): Key {
  const fields = [...(listing.bands ? ["band"] : []), ...listing.order.map(({ field }) => field)];
  return fields.map((field) => (row as Record<string, string | number>)[field] ?? "");
}

/** What a cursor is bound to: the tenant, the list, its parent, filter and order. */
export function scopeOf(client: TenantClient, listing: Listing, parent: string): string {
  const { table, join, parentColumn, where, bands, order, direction } = listing;
  return JSON.stringify([client.tenantId, table, join, parentColumn, parent, where, bands, order, direction]);
}

/** Reads the window of each parent's list in one statement, each band along the order's index. */
export async function readParts<Row>(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
  window: Window,
): Promise<Map<string, Part<Row>>> {
  const sql = new Clause(listing);
  const limit = window.limit + 1;
  const parentList = sql.value(parents, "text[]");
  const limitValue = sql.value(limit, "int");
  const direction = window.backward === (listing.direction === "desc") ? "ASC" : "DESC";
  const bandDirection = window.backward ? "DESC" : "ASC";
  const order = (table: string) =>
    listing.order.map(({ field }) => `${table}${columnOf(field)} ${direction}`).join(", ");
  const orderInBands = `band ${bandDirection}, ${listing.order.map(({ field }) => `"${field}" ${direction}`).join(", ")}`;
  const ends = { after: window.after, before: window.before };
  const bands = sql.bands(ends).map(({ band, where, skip }) => {
    const rows = `SELECT ${band} AS band, ${listing.columns} FROM ${sql.from("ordered")} WHERE ${where}`;
    const inOrder = `ORDER BY ${order(`${listing.table}.`)} LIMIT ${limitValue}`;
    return skip ? skipping(sql, skip, { rows, inOrder, limitValue, bandDirection }) : `(${rows} ${inOrder})`;
  });
  if (bands.length === 0) return new Map(parents.map((id) => [id, { rows: [], hasMore: false }]));
  const text = `
    SELECT parent.id AS "parentId", item.* FROM unnest(${parentList}) WITH ORDINALITY AS parent (id, place)
    CROSS JOIN LATERAL (
      SELECT row_number() OVER (ORDER BY ${orderInBands}) AS "place", * FROM (${bands.join(" UNION ALL ")}) AS band
      ORDER BY ${orderInBands} LIMIT ${limitValue}
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
 * The first rows of a band that lies in stretches of the activity axis: stretch by stretch until there are enough, and beside
 * them what the reader has marked since the stretches were found.
 */
function skipping(
  sql: Clause,
  { readerId, isRead }: NonNullable<Band["skip"]>,
  band: { rows: string; inOrder: string; limitValue: string; bandDirection: string },
): string {
  const reader = sql.value(readerId, "text");
  const skip = (column: string) =>
    `(SELECT ${column} FROM reader_skip WHERE tenant_id = $1 AND reader_id = ${reader} AND is_read = ${isRead})`;
  return `(
        (SELECT hit.* FROM (
          SELECT low, high FROM unnest(
            coalesce(${skip("lows")}, ARRAY['-infinity'::timestamptz]), coalesce(${skip("highs")}, ARRAY['infinity'::timestamptz])
          ) WITH ORDINALITY AS every (low, high, place) ORDER BY place ${band.bandDirection}
        ) AS stretch CROSS JOIN LATERAL (
          ${band.rows} AND session.last_activity_at BETWEEN stretch.low AND stretch.high ${band.inOrder}
        ) AS hit LIMIT ${band.limitValue})
        UNION
        (${band.rows} AND session.id = ANY(ARRAY(
          SELECT session_id FROM reader_mark
          WHERE tenant_id = $1 AND reader_id = ${reader} AND change_version > ${skip("version")}
        )) ${band.inOrder}))`;
}

/** What can be asked of a list beside its rows; each is answered where it is asked for. */
export interface Question {
  /** Whether there is a row at or before this key. */
  before?: Key;
  /** Whether there is a row at or after this key. */
  after?: Key;
  /** How many rows there are. */
  count?: true;
}

/** What is known of a list; what was not asked for is missing. */
export interface Facts {
  hasBefore?: boolean;
  hasAfter?: boolean;
  count?: number;
}

/**
 * Answers the same question for each parent's list, in one statement. Probes along the order's index: under EXISTS a generic
 * plan reads the table from its start.
 */
export async function readFacts(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
  question: Question,
): Promise<Map<string, Facts>> {
  const sql = new Clause(listing);
  const parentList = sql.value(parents, "text[]");
  const facts: string[] = [];
  // Each probe begins at the key and goes away from it, so that it seldom looks further than one row.
  const probe = (name: string, ends: Ends, forward: boolean) => {
    const direction = forward === (listing.direction === "asc") ? "ASC" : "DESC";
    const order = listing.order
      .map(({ field }) => `${listing.table}.${columnOf(field)} ${direction}`)
      .join(", ");
    const found = sql
      .bands(ends)
      .map(
        ({ where }) =>
          `(SELECT true FROM ${sql.from("ordered")} WHERE ${where} ORDER BY ${order} LIMIT 1) IS NOT NULL`,
      );
    facts.push(`${(forward ? found : found.toReversed()).join(" OR ") || "false"} AS "${name}"`);
  };
  if (question.before) probe("hasBefore", { upTo: question.before }, false);
  if (question.after) probe("hasAfter", { from: question.after }, true);
  if (question.count) {
    facts.push(`(SELECT count(*) FROM ${sql.from("whole")} WHERE ${sql.where()}) AS "count"`);
  }
  const text = `SELECT parent.id AS "parentId", ${facts.join(", ")} FROM unnest(${parentList}) AS parent (id)`;
  const rows = await client.rows<Facts & { parentId: string }>(prepare(text), ...sql.values);
  return new Map(rows.map((row) => [row.parentId, row]));
}

/** The statements of the texts that were sent before: hashing a text costs more than building it. There are as many as shapes. */
const prepared = new Map<string, Statement>();

/** The statement of a text that was built. */
export function prepare(text: string): Statement {
  const made = prepared.get(text) ?? statement(text);
  prepared.set(text, made);
  return made;
}

/** Between which keys rows lie: after and before one, or from and up to one, that one included. */
interface Ends {
  after?: Key | null;
  from?: Key | null;
  before?: Key | null;
  upTo?: Key | null;
}

/** The SQL of one listing in the making, and the values of its parameters from $2 on. */
export class Clause {
  readonly values: unknown[] = [];
  readonly #listing: Listing;

  constructor(listing: Listing) {
    this.#listing = listing;
  }

  /** A parameter. */
  value(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length + 1}::${type}`;
  }

  /** A piece of SQL with its value's parameter in it. */
  piece({ sql, value }: Condition): string {
    if (value !== undefined) this.values.push(value);
    return sql.replaceAll("?", `$${this.values.length + 1}`);
  }

  /** The table and what its rows are joined to. */
  from(way: "ordered" | "whole"): string {
    const { table, join } = this.#listing;
    return join ? `${table} ${this.piece(join[way])}` : table;
  }

  /** The condition of the whole list, or of the rows of it that meet more. */
  where(more: readonly Condition[] = []): string {
    const { table, parentColumn, where } = this.#listing;
    return [
      `${table}.tenant_id = $1`,
      ...(parentColumn === undefined ? [] : [`${table}.${parentColumn} = parent.id`]),
      ...[...where, ...more].map((condition) => this.piece(condition)),
    ].join(" AND ");
  }

  /** The bands that have rows between the ends, in order, each with its condition. A list without bands is one. */
  bands(ends: Ends): { band: number; where: string; skip: Band["skip"] }[] {
    const { bands } = this.#listing;
    const sides = [
      { key: ends.after ?? ends.from, operator: ends.after ? ">" : ">=" },
      { key: ends.before ?? ends.upTo, operator: ends.before ? "<" : "<=" },
    ] as const;
    return (bands ?? [{ where: [] } as Band]).flatMap(({ where: more, skip }, band) => {
      const keysets: [Key, Side][] = [];
      for (const { key, operator } of sides) {
        if (!key) continue;
        const keyBand = bands ? Number(key[0]) : 0;
        const isLater = operator.startsWith(">") ? band > keyBand : band < keyBand;
        if (band !== keyBand && !isLater) return [];
        if (band === keyBand) keysets.push([bands ? key.slice(1) : key, operator]);
      }
      const where = [this.where(more), ...keysets.map(([key, side]) => this.#keyset(key, side))];
      return [{ band, where: where.join(" AND "), skip }];
    });
  }

  /** The rows that lie on one side of a key in the list's own order: in a descending list, later means smaller. */
  #keyset(key: Key, side: Side): string {
    const { table, order, direction } = this.#listing;
    const flipped = side.replace(/[<>]/, (sign) => (sign === "<" ? ">" : "<"));
    const columns = order.map(({ field }) => `${table}.${columnOf(field)}`).join(", ");
    const values = order.map(({ type }, index) => this.value(key[index], type)).join(", ");
    return `(${columns}) ${direction === "asc" ? side : flipped} (${values})`;
  }
}

type Side = "<" | ">" | "<=" | ">=";
