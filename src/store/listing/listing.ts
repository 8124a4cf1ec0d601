import type { Key, KeyShape } from "../../domain/cursor.js";
import type { TenantClient } from "../statement.js";

/**
 * A list of one tenant's rows, in an order in which no two rows are equal. It is one list of the whole tenant, or one
 * for each parent row.
 */
export interface Listing {
  table:
    | "session"
    | "run"
    | "command"
    | "run_event"
    | "runner"
    | "runner_job"
    | "input_request"
    | "queue_task"
    | "queue_attempt";
  /** The select list of each row: see selectList. */
  columns: string;
  /**
   * What each row is joined to: `ordered` keeps the list's order, `whole` is the fastest over all rows. Default:
   * nothing.
   */
  join?: { ordered: Condition; whole: Condition };
  /** The column that names the parent row. Default: there are no parents, and one list is the whole tenant's. */
  parentColumn?: string;
  /** In place of that column: the condition, over `parent.id`, of a list that is not found by a column of its rows. */
  parentCondition?: string;
  /** The conditions that the rows meet, beside the tenant and the parent. */
  where: readonly Condition[];
  /**
   * The bands of the list: parts that follow one another, each in the list's order. Each row that meets `where` must
   * be in exactly one band. Default: the list has no bands.
   */
  bands?: readonly Band[];
  /**
   * Conditions of which each row of the list meets exactly one: where an index has the list's order for each of them and not
   * for all together, each is read for itself. Default: all are read together.
   */
  alternatives?: readonly Alternative[];
  /** Where one of these gives few rows, the list is read from them and not along its order: see narrow.ts. Default: none. */
  narrowings?: readonly (Narrowing | LateNarrowing)[];
  /** How many rows the list has, where that may be kept. Default: it is not. */
  kept?: Kept;
  /** The fields of the sort key, with the types of their columns. All are sorted in the same direction. */
  order: readonly { field: string; type: "timestamptz" | "text" | "int" | "bigint" }[];
  direction: "asc" | "desc";
}

/** The kept number of a list's rows. */
export interface Kept {
  /** Makes its SQL, which is null where it is not kept after all: then the rows are counted. */
  sql: (add: AddValue) => string;
  /** True if it is missing so seldom that no fast way to count the rows is looked for. */
  isSure: boolean;
}

/** Adds a parameter of this type to a statement, and gives its SQL. */
export type AddValue = (value: unknown, type: string) => string;

/** A piece of SQL about the rows of a table. Each `?` in it stands for the value. */
export interface Condition {
  sql: string;
  value?: unknown;
  /**
   * The same as no index has it, for rows that are read along the list's order or are few: an index for the condition alone would find
   * all rows that meet it first, or be looked into for each row.
   */
  inOrder?: string;
}

/** A sub-select of ids, along an index: all rows of a list are among them. */
export interface Narrowing extends Condition {
  /** True if the same index has these rows in the list's order. */
  isListed?: true;
}

/** One that is made anew for each reading, from what is stored then. Null where there is none. */
export interface LateNarrowing {
  /** What it is made for. */
  key: string;
  find(client: TenantClient): Promise<Narrowing | null>;
}

/** A part of a list, all rows of which stand before those of the next part. */
export interface Band {
  /** The conditions that its rows meet beside the list's `where`. */
  where: readonly Condition[];
  /**
   * The skips that tell where its rows lie by the first field of the order, so that a scan need not pass all others: see
   * inbox/skip.ts.
   */
  skip?: Skip;
  /** The condition, of no row, on which the band can have rows at all. Default: it always can. */
  opens?: Condition;
}

/** The skips of one reader's read sessions, or of those that are unread, along the time that the list goes by. */
export interface Skip {
  readerId: string;
  isRead: boolean;
  axis: SkipAxis;
  /** The SQL of which stretches, and parts of them, may hold rows of the list, by their `kind`. Default: all may. */
  mayHold?: (add: AddValue) => string;
  /** Where more parts may hold rows, the whole axis is read: an index has the band's few rows. Default: any number is read. */
  mostParts?: number;
}

/** By which of their times sessions are found, and whether only roots are: see SkipAxis in prisma/schema.prisma. */
export const skipAxes = {
  ACTIVITY: { column: "last_activity_at", where: "parent_id IS NULL" },
  CREATED: { column: "created_at", where: "parent_id IS NULL" },
  ACTIVITY_OF_ALL: { column: "last_activity_at", where: "true" },
  CREATED_OF_ALL: { column: "created_at", where: "true" },
} as const;
export type SkipAxis = keyof typeof skipAxes;
export const skipAxisNames = Object.keys(skipAxes) as SkipAxis[];

/** One of several conditions. */
export interface Alternative {
  where: readonly Condition[];
  /** In place of the band's. */
  skip?: Skip;
}

/** Collects conditions, and leaves out those whose value is null or undefined. */
export function conditions(
  ...candidates: readonly (readonly [sql: string, value: unknown, inOrder?: string])[]
): Condition[] {
  return candidates
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([sql, value, inOrder]) => ({ sql, value, ...(inOrder === undefined ? {} : { inOrder }) }));
}

/** Stands for the parent if a listing has no parents and is one list of the whole tenant. */
export const wholeTenant = "";

/** The sort key of a row. If the list has bands, it begins with the number of the row's band. */
export function keyOf(listing: Listing, row: object): Key {
  const fields = [...(listing.bands ? ["band"] : []), ...listing.order.map(({ field }) => field)];
  return fields.map((field) => (row as Record<string, string | number>)[field] ?? "");
}

/** What the values of such a key are. */
export function keyShape({ bands, order }: Listing): KeyShape {
  const kinds = { timestamptz: "instant", text: "text", int: "number", bigint: "number" } as const;
  return [...(bands ? (["number"] as const) : []), ...order.map(({ type }) => kinds[type])];
}

/** The scope that a list's cursors are bound to: the tenant, the list, its parent, its filter and its order. */
export function scopeOf(client: TenantClient, listing: Listing, parent: string): string {
  const { table, join, parentColumn = listing.parentCondition, where, order, direction } = listing;
  // How the rows are found may change without the list: cursors from before bands of what asks had skips are still good.
  const bands = listing.bands?.map(({ where: meant, skip }) => ({
    where: meant,
    skip: skip && skip.mostParts === undefined ? { readerId: skip.readerId, isRead: skip.isRead } : undefined,
  }));
  const meant = where.map(({ sql, value }) => ({ sql, value }));
  return JSON.stringify([client.tenantId, table, join, parentColumn, parent, meant, bands, order, direction]);
}
