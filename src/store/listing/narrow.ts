import { LRUCache } from "lru-cache";
import { entries } from "../../domain/entries.js";
import type { TenantClient } from "../statement.js";
import { Clause, prepare } from "./clause.js";
import type { Condition, LateNarrowing, Listing, Narrowing } from "./listing.js";

/** So many rows are few: all are looked at sooner than a list is walked in its order; along an index of its own it is walked sooner. */
const fewRows = 1_000;
const fewListedRows = 200;

/** So many are looked up one by one sooner than all rows are counted. */
const fewCountedRows = 20_000;

/** The rows of which a column has one of these values, by an index on the column and the order. */
export function amongRows(
  index: { table: string; id?: string; column: string; type?: string; order: string; isListed?: true },
  values: readonly string[],
): Narrowing {
  const { table, id = "id", column, type = "text", order, isListed } = index;
  // Each value for itself and in order, so that a plan for any values is no scan.
  const sql = `SELECT one.id FROM unnest(?::${type}[]) AS wanted (value) CROSS JOIN LATERAL (
    SELECT ${id} AS id FROM ${table} WHERE tenant_id = :tenantId AND ${column} = wanted.value ORDER BY ${order}) AS one`;
  return { sql, value: values, ...(isListed ? { isListed } : {}) };
}

/** The rows of which a column, that has an index, comes after a value. */
export function amongNewer(table: string, column: string, type: string, value: unknown): Narrowing {
  const sql = `SELECT id FROM ${table} WHERE tenant_id = :tenantId AND ${column} > ?::${type} ORDER BY ${column}`;
  return { sql, value };
}

/** How long it is remembered which way is shorter, in milliseconds, and of how many lists. */
const rememberedMs = 10_000;
const rememberedLists = 10_000;

/** Which of its narrowings gives few rows, by the list; -1 for none. What is remembered decides how long a reading takes, never what it gives. */
const remembered = new LRUCache<string, number>({ ...entries(rememberedLists), ttl: rememberedMs });

/** What a list is asked for: its rows in their order, or how many there are. */
export type Purpose = "rows" | "count";

/** Gives the condition of the few rows among which all of a list are; null if it has none or they are many for the purpose. */
export async function findFew(
  client: TenantClient,
  listing: Pick<Listing, "table" | "narrowings">,
  purpose: Purpose = "rows",
): Promise<Condition | null> {
  const { narrowings = [], table } = listing;
  if (narrowings.length === 0) return null;
  const key = JSON.stringify([client.tenantId, purpose, narrowings]);
  const make = async (each: Narrowing | LateNarrowing | undefined) =>
    each && "find" in each ? each.find(client) : (each ?? null);
  const known = remembered.get(key);
  const made = known === undefined ? await Promise.all(narrowings.map(make)) : [];
  const fewest = known ?? (await findFewest(client, table, made, purpose));
  if (known === undefined) remembered.set(key, fewest);
  const narrowing = made[fewest] ?? (await make(narrowings[fewest]));
  return narrowing ? { ...narrowing, sql: `${table}.id = ANY(ARRAY(${narrowing.sql}))` } : null;
}

async function findFewest(
  client: TenantClient,
  table: Listing["table"],
  narrowings: readonly (Narrowing | null)[],
  purpose: Purpose,
): Promise<number> {
  const sql = new Clause({ table, columns: "", where: [], order: [], direction: "asc" });
  const most = purpose === "count" ? fewCountedRows : fewRows;
  const mostListed = purpose === "count" ? fewCountedRows : fewListedRows;
  const counts = narrowings.map((narrowing) =>
    narrowing
      ? `(SELECT count(*) FROM (${sql.piece(narrowing)} LIMIT ${sql.value(most + 1, "int")}) AS few)`
      : "NULL",
  );
  const text = `SELECT ARRAY[${counts.join(", ")}]::int[] AS counts FROM (SELECT :tenantId::text AS tenant_id) AS caller`;
  const [row] = await client.rows(prepare<{ counts: number[] }>(text), sql.values);
  const fewest = narrowings
    .map((narrowing, index) => ({
      index,
      isListed: narrowing?.isListed,
      count: row?.counts[index] ?? Infinity,
    }))
    .filter(({ isListed, count }) => count <= (isListed ? mostListed : most))
    .toSorted((one, other) => one.count - other.count);
  return fewest[0]?.index ?? -1;
}
