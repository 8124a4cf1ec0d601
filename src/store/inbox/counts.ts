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
  /** What was counted, and for whom. */
  filter: SessionFilter;
  readerId: string | null;
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
  const [counts] = await countTabs(client, [filter], readerId);
  if (!counts) throw new Error("a count gave no row");
  return counts;
}

/** As {@link countInbox}, of several filters at one moment, in their order. */
export async function countTabs(
  client: TenantClient,
  filters: readonly SessionFilter[],
  readerId: string | null,
): Promise<InboxCounts[]> {
  if (filters.length === 0) return [];
  const tabs = filters.map((filter, index) => countOf(filter, readerId, index));
  const text = tabs.map((tab) => tab.text).join(" UNION ALL ");
  const values: Record<string, unknown> = Object.assign({}, ...tabs.map((tab) => tab.values));
  type TabRow = Omit<InboxCounts, "filter" | "readerId"> & { tab: number };
  const rows = await client.rows(prepare<TabRow>(text), values);
  const counts = new Map(rows.map(({ tab, ...row }) => [tab, row]));
  return filters.flatMap((filter, index) => {
    const row = counts.get(index);
    return row ? [{ ...row, filter, readerId }] : [];
  });
}

function countOf(filter: SessionFilter, readerId: string | null, tab: number) {
  const clause = new Clause(
    {
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
    },
    `t${tab}_`,
  );
  const from = clause.from("whole");
  const text = `
    SELECT ${tab} AS tab, coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS version,
      count(*) FILTER (WHERE listed) AS total, count(*) FILTER (WHERE listed AND running) AS active,
      count(*) FILTER (WHERE listed AND NOT running AND NOT read) AS unread,
      count(*) FILTER (WHERE listed AND NOT running AND read) AS read,
      count(*) FILTER (WHERE listed AND reason IN ('NEEDS_INPUT', 'NEEDS_APPROVAL')) AS "needsInput",
      count(*) FILTER (WHERE archived) AS archived, count(*) FILTER (WHERE snoozed) AS snoozed
    FROM ${from} CROSS JOIN LATERAL (
      SELECT ${isArchived} AS archived, ${isSnoozed} AS snoozed, NOT (${isArchived} OR ${isSnoozed}) AS listed,
        session.active AS running, ${isRead} AS read
    ) AS flag WHERE ${clause.where()}`;
  return { text, values: clause.values };
}
