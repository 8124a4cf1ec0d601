import type { Key } from "../../domain/cursor.js";
import { columnOf } from "../row.js";
import type { TenantClient } from "../statement.js";
import { type Branch, Clause, type Ends, prepare } from "./clause.js";
import { type Condition, type Listing, type Skip, skipAxes } from "./listing.js";
import { type Counting, countOf, findCounting } from "./facts.js";
import { findFew } from "./narrow.js";

/** Which rows of a listing are read: at most `limit`, from one end, between two keys. */
export interface Window {
  limit: number;
  /** True to count from the end of the list. The rows still come in the list's order. */
  backward: boolean;
  after: Key | null;
  before: Key | null;
  /** Whether each row tells if it is the last that was read, in `isLast`. */
  tellLast?: boolean;
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
  /** How long that took before the rows were read, in milliseconds. */
  momentMs?: number;
}

/**
 * Gives the SELECT of the rows of a list's window in the direction of counting, each with its `place` from 1 on, one more than the
 * limit where there are more: each band along the order's index, and only as many bands as fill the window, or all of the few rows
 * among which the list is. Null if no row can lie between its ends.
 */
export function windowOf(
  sql: Clause,
  listing: Listing,
  window: Window,
  few: Condition | null,
): string | null {
  const limitValue = sql.value(window.limit + 1, "int");
  const direction = window.backward === (listing.direction === "desc") ? "ASC" : "DESC";
  const bandDirection = window.backward ? "DESC" : "ASC";
  const fields = listing.order.map(({ field }) => `"${field}" ${direction}`).join(", ");
  const shape = { direction, bandDirection, limitValue, inBand: fields } as const;
  const orderInBands = `band ${bandDirection}, ${fields}`;
  const ends = { after: window.after, before: window.before };
  const bands = few ? [amongFew(sql, listing, { few, ends }, shape)] : inBands(sql, listing, ends, shape);
  if (bands.length === 0) return null;
  // A band is read only if those before it do not fill the window: nothing is sorted before the LIMIT.
  const isLast = window.tellLast ? `lead(1) OVER in_order IS NULL AS "isLast", ` : "";
  return `SELECT row_number() OVER in_order AS "place", ${isLast}* FROM (
      SELECT * FROM (${bands.join(" UNION ALL ")}) AS band LIMIT ${limitValue}
    ) AS band WINDOW in_order AS (ORDER BY ${orderInBands})`;
}

/** Gives a window without rows. */
export function emptyWindow(sql: Clause, { columns }: Listing): string {
  return `SELECT 0 AS "place", false AS "isLast", 0 AS band, ${columns} FROM ${sql.from("ordered")} WHERE false`;
}

/** Reads the window of each parent's list in one statement. */
export async function readParts<Row>(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
  window: Window,
): Promise<Map<string, Part<Row>>> {
  const few = await findFew(client, listing);
  const sql = new Clause(listing);
  const limit = window.limit + 1;
  const parentList = sql.value(parents, "text[]");
  const found = windowOf(sql, listing, window, few);
  if (found === null && !window.moment)
    return new Map(parents.map((id) => [id, { rows: [], hasMore: false }]));
  const counting = window.moment?.count ? await findCounting(client, listing, few) : null;
  const moment = window.moment && readingMoment(sql, counting);
  const text = `
    SELECT parent.id AS "listParent", ${moment ? "moment.*, " : ""}item.* FROM unnest(${parentList}) WITH ORDINALITY AS parent (id, place)
    ${moment ? `CROSS JOIN LATERAL (${moment}) AS moment LEFT JOIN` : "CROSS JOIN"} LATERAL (
      ${found ?? emptyWindow(sql, listing)}
    ) AS item ${moment ? "ON true " : ""}ORDER BY parent.place, item.place`;
  type PartRow = Row & { listParent: string; place: number | null } & Partial<MomentRow>;
  const rows = await client.rows(prepare<PartRow>(text), sql.values);
  const parts = new Map<string, Part<Row>>(parents.map((id) => [id, { rows: [], hasMore: false }]));
  for (const row of rows) {
    const part = parts.get(row.listParent);
    if (part && row.place !== null) part.rows.push(row);
    if (part && row.atVersion !== undefined)
      Object.assign(part, { version: row.atVersion, count: row.atCount, momentMs: row.atMs });
  }
  for (const part of parts.values()) {
    part.hasMore = part.rows.length === limit;
    if (part.hasMore) part.rows.pop();
    if (window.backward) part.rows.reverse();
  }
  return parts;
}

/** What is read of the moment of a list. */
interface MomentRow {
  atVersion: number;
  atCount?: number;
  /** How long it took, in milliseconds from the statement's beginning. */
  atMs: number;
}

/** Makes the SQL of a moment. OFFSET keeps it one row that is read once for each parent, before the parent's rows. */
function readingMoment(sql: Clause, counting: Counting | null): string {
  const counted = counting ? `${countOf(sql, counting)} AS "atCount", ` : "";
  return `SELECT coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS "atVersion", ${counted}
      (extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000)::float8 AS "atMs" OFFSET 0`;
}

/** How the rows of a window come: within a band by `inBand`, over the names of the fields. */
interface Shape {
  direction: "ASC" | "DESC";
  bandDirection: "ASC" | "DESC";
  limitValue: string;
  inBand: string;
}

/** Makes the SQL of each band's first rows, in the order in which the bands are read. */
function inBands(sql: Clause, listing: Listing, ends: Ends, shape: Shape): string[] {
  const { direction, limitValue, inBand, bandDirection } = shape;
  const order = listing.order
    .map(({ field }) => `${listing.table}.${columnOf(field)} ${direction}`)
    .join(", ");
  const inOrder = `ORDER BY ${order} LIMIT ${limitValue}`;
  const bands = sql.bands(ends).map(({ band, branches }) => {
    const read = branches.map((branch) => {
      const rows = `SELECT ${band} AS band, ${listing.columns} FROM ${sql.from("ordered")} WHERE`;
      return branch.skip
        ? skipping(sql, { ...branch, skip: branch.skip }, { rows, inOrder, ...shape })
        : `(${rows} ${branch.where} ${inOrder})`;
    });
    const isSorted = branches.length === 1 && !branches[0]?.skip;
    return isSorted
      ? `${read[0]}`
      : `(SELECT * FROM (${read.join(" UNION ALL ")}) AS found ORDER BY ${inBand} LIMIT ${limitValue})`;
  });
  return bandDirection === "ASC" ? bands : bands.toReversed();
}

/** Makes the SQL of the first rows of a list that is among few rows: all of them are looked at. */
function amongFew(
  sql: Clause,
  listing: Listing,
  { few, ends }: { few: Condition; ends: Ends },
  shape: Shape,
): string {
  const { band, where } = sql.bandOfRow(ends);
  return `(SELECT band.number AS band, ${listing.columns} FROM ${sql.from("ordered")} CROSS JOIN LATERAL (SELECT ${band} AS number) AS band
    WHERE ${sql.where([few], "ordered")}${where} ORDER BY 1 ${shape.bandDirection}, ${shape.inBand} LIMIT ${shape.limitValue})`;
}

/** Postgres before 18 begins to read an index at the key of a row, however near the stretch is. */
const justAround = {
  low: "stretch.low - interval '1 microsecond'",
  high: "stretch.high + interval '1 microsecond'",
};

/**
 * Makes the SQL that reads the first rows of a band by skips. It reads stretch by stretch of the axis until there are enough rows,
 * and besides what the reader has marked since the skips were saved, and what has changed since without its place on the axis
 * moving to the change. A reader without skips, or with too many parts, has one stretch that is the whole axis.
 */
function skipping(
  sql: Clause,
  {
    skip: { readerId, isRead, axis, mayHold, mostParts },
    where: listed,
    within,
    low,
    high,
  }: Branch & { skip: Skip },
  band: { rows: string; inOrder: string } & Shape,
): string {
  const reader = sql.value(readerId, "text");
  const ofIt = `tenant_id = :tenantId AND reader_id = ${reader} AND is_read = ${isRead} AND axis = '${axis}'`;
  const skip = (column: string) => `(SELECT ${column} FROM reader_skip WHERE ${ofIt})`;
  // A stretch is read from the key on: it may be long.
  const from = low === undefined ? "stretch.low" : `greatest(stretch.low, ${low})`;
  const upTo = high === undefined ? "stretch.high" : `least(stretch.high, ${high})`;
  const meets = [
    ...(low === undefined ? [] : [` AND high >= ${low}`]),
    ...(high === undefined ? [] : [` AND low <= ${high}`]),
  ].join("");
  const holding = mayHold ? ` AND (kind IS NULL OR ${mayHold((value, type) => sql.value(value, type))})` : "";
  const [newestFirst, inPart] = band.bandDirection === "ASC" ? ["DESC", "ASC"] : ["ASC", "DESC"];
  const few =
    mostParts === undefined
      ? ""
      : ` AND NOT EXISTS (SELECT FROM reader_skip_part AS part
          WHERE ${ofIt} AND part.build = reader_skip.build${meets}${holding} OFFSET ${mostParts})`;
  const build = `(SELECT build FROM reader_skip WHERE ${ofIt}${few})`;
  const settled = skip("nullif(settled, '-infinity')");
  const oneByOne = (ids: string) =>
    `UNION (${band.rows} ${listed} AND session.id = ANY(ARRAY(${ids})) ${band.inOrder})`;
  const { column, where } = skipAxes[axis];
  const moved = `SELECT id FROM session WHERE tenant_id = :tenantId AND ${where} AND last_activity_at >= ${settled}`;
  return `(
        (SELECT hit.* FROM (
          SELECT every.low, every.high FROM (
            SELECT lows, highs, kinds FROM reader_skip_part WHERE ${ofIt} AND build = ${build}${meets}${holding} ORDER BY reader_skip_part.high ${newestFirst}
          ) AS part CROSS JOIN LATERAL (
            SELECT low, high FROM unnest(lows, highs, kinds) WITH ORDINALITY AS one (low, high, kind, place)
            WHERE true${meets}${holding} ORDER BY place ${inPart}
          ) AS every
          UNION ALL SELECT '-infinity', 'infinity' WHERE ${build} IS NULL
        ) AS stretch CROSS JOIN LATERAL (
          ${band.rows} ${within(justAround)} AND session.${column} BETWEEN ${from} AND ${upTo} ${band.inOrder}
        ) AS hit LIMIT ${band.limitValue})
        ${oneByOne(`SELECT session_id FROM reader_mark
          WHERE tenant_id = :tenantId AND reader_id = ${reader} AND change_version > ${skip("version")}`)}
        ${oneByOne(`SELECT id FROM session WHERE tenant_id = :tenantId AND late_at >= ${settled}`)}
        ${column === "last_activity_at" ? "" : oneByOne(moved)})`;
}
