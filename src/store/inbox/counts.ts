import { Clause, prepare } from "../listing/clause.js";
import type { TenantClient } from "../statement.js";
import { type SessionFilter, sessionConditions } from "./list.js";
import { isArchived, isRead, isSnoozed, joinMark } from "./standing.js";

/** How many sessions are active, unread, read and so on for one reader. */
export interface InboxCounts {
  active: number;
  unread: number;
  read: number;
  needsInput: number;
  archived: number;
  snoozed: number;
  total: number;
  /** The tenant's version in the same snapshot. */
  version: number;
}

/**
 * Counts all sessions that match the filter, in one statement. The filter's state is not looked at. A session that is
 * archived or snoozed counts as that only, and one that is both counts as both.
 */
export async function countInbox(
  client: TenantClient,
  filter: SessionFilter,
  readerId: string | null,
): Promise<InboxCounts> {
  const clause = new Clause({
    table: "session",
    columns: "",
    join: joinMark(readerId),
    where: [
      ...sessionConditions(filter),
      ...(filter.archived ? [{ sql: isArchived }] : []),
      ...(filter.snoozed ? [{ sql: isSnoozed }] : []),
    ],
    order: [],
    direction: "asc",
  });
  const from = clause.from("whole");
  const text = `
    SELECT coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS version,
      count(*) FILTER (WHERE listed) AS total, count(*) FILTER (WHERE listed AND running) AS active,
      count(*) FILTER (WHERE listed AND NOT running AND NOT read) AS unread,
      count(*) FILTER (WHERE listed AND NOT running AND read) AS read,
      count(*) FILTER (WHERE listed AND reason IN ('NEEDS_INPUT', 'NEEDS_APPROVAL')) AS "needsInput",
      count(*) FILTER (WHERE archived) AS archived, count(*) FILTER (WHERE snoozed) AS snoozed
    FROM ${from} CROSS JOIN LATERAL (
      SELECT ${isArchived} AS archived, ${isSnoozed} AS snoozed, NOT (${isArchived} OR ${isSnoozed}) AS listed,
        session.execution_state = 'RUNNING' AS running, ${isRead} AS read
    ) AS flag WHERE ${clause.where()}`;
  const [counts] = await client.rows(prepare<InboxCounts>(text), clause.values);
  if (!counts) throw new Error("a count gave no row");
  return counts;
}
