import type { Key } from "../../domain/cursor.js";
import { columnOf } from "../row.js";
import type { TenantClient } from "../statement.js";
import { Clause, type Ends, prepare } from "./clause.js";
import type { Condition, Kept, Listing } from "./listing.js";
import { findFew } from "./narrow.js";

/** What can be asked about a list beside its rows. Each part is answered only if it is asked for. */
export interface Question {
  /** Whether there is a row at or before this key. */
  before?: Key;
  /** Whether there is a row at or after this key. */
  after?: Key;
  /** How many rows there are. */
  count?: true;
}

/** How the rows of a list are counted: by what is kept of them where that is there, or else among few, if they are, or all. */
export interface Counting {
  kept: Kept["sql"] | null;
  few: Condition | null;
}

/** Makes the SQL of how many rows a list has. */
export function countOf(sql: Clause, { kept, few }: Counting): string {
  const counted = `(SELECT count(*) FROM ${sql.from(few ? "ordered" : "whole")} WHERE ${few ? sql.where([few], "ordered") : sql.where()})`;
  return kept ? `coalesce(${kept((value, type) => sql.value(value, type))}, ${counted})` : counted;
}

/** Gives how the rows of a list are counted. If they are read among few, that is as well how they are counted the fastest. */
export async function findCounting(
  client: TenantClient,
  listing: Listing,
  few: Condition | null,
): Promise<Counting> {
  if (few) return { kept: null, few };
  const { kept } = listing;
  return { kept: kept?.sql ?? null, few: kept?.isSure ? null : await findFew(client, listing, "count") };
}

/** The answers about a list. Those that were not asked for are missing. */
export interface Facts {
  hasBefore?: boolean;
  hasAfter?: boolean;
  count?: number;
}

/**
 * Answers the same question about each parent's list, in one statement. It looks for a row by a sub-select along the
 * order's index and not by EXISTS, under which a generic plan reads the table from its start.
 */
export async function readFacts(
  client: TenantClient,
  listing: Listing,
  parents: readonly string[],
  question: Question,
): Promise<Map<string, Facts>> {
  const few = await findFew(client, listing);
  const sql = new Clause(listing);
  const parentList = sql.value(parents, "text[]");
  const facts: string[] = [];
  // Each probe begins at the key and goes away from it, so that it seldom looks further than one row.
  const probe = (name: string, ends: Ends, forward: boolean) => {
    if (few) {
      const { band, where } = sql.bandOfRow(ends);
      facts.push(`EXISTS (SELECT FROM ${sql.from("ordered")} CROSS JOIN LATERAL (SELECT ${band} AS number) AS band
        WHERE ${sql.where([few], "ordered")}${where}) AS "${name}"`);
      return;
    }
    const direction = forward === (listing.direction === "asc") ? "ASC" : "DESC";
    const order = listing.order
      .map(({ field }) => `${listing.table}.${columnOf(field)} ${direction}`)
      .join(", ");
    const found = sql
      .bands(ends)
      .flatMap(({ branches }) =>
        branches.map(
          ({ where }) =>
            `(SELECT true FROM ${sql.from("ordered")} WHERE ${where} ORDER BY ${order} LIMIT 1) IS NOT NULL`,
        ),
      );
    facts.push(`${(forward ? found : found.toReversed()).join(" OR ") || "false"} AS "${name}"`);
  };
  if (question.before) probe("hasBefore", { upTo: question.before }, false);
  if (question.after) probe("hasAfter", { from: question.after }, true);
  if (question.count) facts.push(`${countOf(sql, await findCounting(client, listing, few))} AS "count"`);
  const text = `SELECT parent.id AS "listParent", ${facts.join(", ")} FROM unnest(${parentList}) AS parent (id)`;
  const rows = await client.rows(prepare<Facts & { listParent: string }>(text), sql.values);
  return new Map(rows.map((row) => [row.listParent, row]));
}
