import type { Key } from "../../domain/cursor.js";
import type { TenantClient } from "../statement.js";

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
  /** Where its rows lie on the axis of last_activity_at, so that the scan need not pass all others: see inbox/skip.ts. */
  skip?: { readerId: string; isRead: boolean };
}

/** Collects conditions, leaving out those whose value is null or undefined: what is left out of a filter does not narrow. */
export function conditions(...candidates: readonly [sql: string, value: unknown][]): Condition[] {
  return candidates
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([sql, value]) => ({ sql, value }));
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
