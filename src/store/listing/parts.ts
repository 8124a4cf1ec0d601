import type { Key } from "../../domain/cursor.js";
import { columnOf } from "../row.js";
import type { TenantClient } from "../statement.js";
import { Clause, prepare } from "./clause.js";
import type { Band, Listing } from "./listing.js";

/** Which rows of a listing are read: at most `limit`, from one end, between two keys. */
export interface Window {
  limit: number;
  /** True to count from the end of the list. The rows still come in the list's order. */
  backward: boolean;
  after: Key | null;
  before: Key | null;
  /** What else is read of the same moment, of a list of the whole tenant. */
  moment?: Moment;
}

/** What else is read: the tenant's version always, and how many rows the list has if `count` is true. */
export interface Moment {
  count: boolean;
}

/** The rows that were read. `hasMore` is true if the window holds more of them in the direction of counting. */
export interface Part<Row> {
  rows: Row[];
  hasMore: boolean;
  /** The tenant's version at the moment of the rows, and how many there are in all, where that was asked. */
  version?: number;
  count?: number;
}

/**
 * Gives the SELECT of the rows of a list's window in the direction of counting, each with its `place` from 1 on, one more than the
 * limit where there are more. It reads each band along the order's index. Null if no row can lie between its ends.
 */
export function windowOf(sql: Clause, listing: Listing, window: Window): string | null {
  const limitValue = sql.value(window.limit + 1, "int");
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
  if (bands.length === 0) return null;
  return `SELECT row_number() OVER (ORDER BY ${orderInBands}) AS "place", * FROM (${bands.join(" UNION ALL ")}) AS band
      ORDER BY ${orderInBands} LIMIT ${limitValue}`;
}

/** Gives a window without rows. */
export function emptyWindow(sql: Clause, { columns }: Listing): string {
  return `SELECT 0 AS "place", 0 AS band, ${columns} FROM ${sql.from("ordered")} WHERE false`;
}

/** Reads the window of each parent's list in one statement. */
export async function readParts<Row>(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
  window: Window,
): Promise<Map<string, Part<Row>>> {
  const sql = new Clause(listing);
  const limit = window.limit + 1;
  const parentList = sql.value(parents, "text[]");
  const found = windowOf(sql, listing, window);
  if (found === null && !window.moment)
    return new Map(parents.map((id) => [id, { rows: [], hasMore: false }]));
  const seen = window.moment ? `${momentColumns(sql, window.moment)}, ` : "";
  const text = `
    SELECT parent.id AS "listParent", ${seen}item.* FROM unnest(${parentList}) WITH ORDINALITY AS parent (id, place)
    ${window.moment ? "LEFT JOIN" : "CROSS JOIN"} LATERAL (
      ${found ?? emptyWindow(sql, listing)}
    ) AS item ${window.moment ? "ON true " : ""}ORDER BY parent.place, item.place`;
  type PartRow = Row & { listParent: string; place: number | null; atVersion?: number; atCount?: number };
  const rows = await client.rows(prepare<PartRow>(text), sql.values);
  const parts = new Map<string, Part<Row>>(parents.map((id) => [id, { rows: [], hasMore: false }]));
  for (const row of rows) {
    const part = parts.get(row.listParent);
    if (part && row.place !== null) part.rows.push(row);
    if (part && row.atVersion !== undefined)
      Object.assign(part, { version: row.atVersion, count: row.atCount });
  }
  for (const part of parts.values()) {
    part.hasMore = part.rows.length === limit;
    if (part.hasMore) part.rows.pop();
    if (window.backward) part.rows.reverse();
  }
  return parts;
}

function momentColumns(sql: Clause, { count }: Moment): string {
  const version = `coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS "atVersion"`;
  if (!count) return version;
  return `${version}, (SELECT count(*) FROM ${sql.from("whole")} WHERE ${sql.where()}) AS "atCount"`;
}

/**
 * Makes the SQL that reads the first rows of a band by skips. It reads stretch by stretch of the activity axis until
 * there are enough rows, and besides what the reader has marked since the skips were saved, and what has changed since without
 * its activity moving to the change. A reader without skips has one stretch that is the whole axis.
 */
function skipping(
  sql: Clause,
  { readerId, isRead }: NonNullable<Band["skip"]>,
  band: { rows: string; inOrder: string; limitValue: string; bandDirection: string },
): string {
  const reader = sql.value(readerId, "text");
  const skip = (column: string) =>
    `(SELECT ${column} FROM reader_skip WHERE tenant_id = :tenantId AND reader_id = ${reader} AND is_read = ${isRead})`;
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
          WHERE tenant_id = :tenantId AND reader_id = ${reader} AND change_version > ${skip("version")}
        )) ${band.inOrder})
        UNION
        (${band.rows} AND session.id = ANY(ARRAY(
          SELECT id FROM session WHERE tenant_id = :tenantId AND late_at >= ${skip("nullif(lows[1], '-infinity')")}
        )) ${band.inOrder}))`;
}
