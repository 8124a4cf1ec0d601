import { type Statement, statement } from "./statement.js";

/** How many rows a statement has removed. */
type Removed = { count: number };

/** Makes the statement that removes at most `limit` of the rows that meet a condition, in an order, and counts them. */
export function removal<Given extends object>(
  table: string,
  where: string,
  order = "",
): Statement<Removed, Given & { limit: number }> {
  return statement(`
    WITH removed AS (
      DELETE FROM ${table} WHERE tenant_id = :tenantId
        AND ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE tenant_id = :tenantId AND ${where} ${order} LIMIT :limit))
      RETURNING 1
    ) SELECT count(*)::int AS count FROM removed`);
}

/**
 * Removes at most `limit` rows, one part after another, each given how many it may still remove. Gives how many more might
 * have been removed: more than 0 means that none is left.
 */
export async function removeUpTo(
  limit: number,
  parts: readonly ((most: number) => Promise<Removed[]>)[],
): Promise<number> {
  let left = limit;
  for (const part of parts) {
    if (left === 0) break;
    const [removed] = await part(left);
    left -= removed?.count ?? 0;
  }
  return left;
}
