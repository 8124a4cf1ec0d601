import { Clause, prepare } from "../listing/clause.js";
import type { Condition } from "../listing/listing.js";
import { findFew } from "../listing/narrow.js";
import type { TenantClient } from "../statement.js";
import type { BaseKeeper } from "./base/keeper.js";
import { isKeptFilter, readKept } from "./base/read.js";
import { type SessionFilter, countedConditions, holdsRoots, onlyLabelOf, sessionConditions } from "./list.js";
import { narrowingsOf } from "./narrowings.js";
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

/** A tenant's client that may know which readers have counts that are kept. */
export type CountingClient = TenantClient & { readonly bases?: BaseKeeper };

/**
 * Counts all sessions that match the filter, in one statement. The filter's state is not looked at. A session that is
 * archived or snoozed counts as that only, and one that is both counts as both.
 */
export async function countInbox(
  client: CountingClient,
  filter: SessionFilter,
  readerId: string | null,
): Promise<InboxCounts> {
  const [counts] = await countTabs(client, [filter], readerId);
  if (!counts) throw new Error("a count gave no row");
  return counts;
}

/** As {@link countInbox}, of several filters at one moment, in their order. Where the counts are kept they are only read. */
export async function countTabs(
  client: CountingClient,
  filters: readonly SessionFilter[],
  readerId: string | null,
): Promise<InboxCounts[]> {
  if (filters.length === 0) return [];
  const { bases } = client;
  const mayBeKept = (filter: SessionFilter) =>
    isKeptFilter(filter) && bases?.mayBeKept(client, readerId, onlyLabelOf(filter));
  const kept = filters.filter((filter) => mayBeKept(filter));
  const read = kept.length > 0 ? await readTabs(client, filters, kept, readerId) : null;
  const counts = read ?? (await countEach(client, filters, readerId));
  for (const { filter, total } of counts)
    if (!mayBeKept(filter)) bases?.counted(client, readerId, total, onlyLabelOf(filter));
  return counts;
}

/**
 * Reads what is kept of some of these filters, and counts the others by their rows in the same statement. Null if there is no base to
 * read from.
 */
async function readTabs(
  client: CountingClient,
  filters: readonly SessionFilter[],
  kept: readonly SessionFilter[],
  readerId: string | null,
): Promise<InboxCounts[] | null> {
  const { bases } = client;
  const others = filters.filter((filter) => !kept.includes(filter));
  const counted = await tabsOf(client, others, readerId, kept.length);
  const beside =
    others.length > 0 ? { beside: { ...countByRows(counted, readerId), count: others.length } } : {};
  const read = await readKept(client, { filters: kept, readerId, ...beside }, figures);
  if (!read) {
    bases?.missed(client, readerId);
    return null;
  }
  bases?.met(client, readerId, read.changes);
  const rows = new Map([...kept, ...others].map((filter, place) => [filter, read.rows[place]]));
  const lacking = kept.filter((filter) => !rows.get(filter)?.isKept);
  for (const filter of lacking) bases?.missed(client, readerId, onlyLabelOf(filter));
  if (lacking.length > 0) return countTabs(client, filters, readerId);
  const { version } = read;
  return filters.flatMap((filter): InboxCounts[] => {
    const row = rows.get(filter);
    if (!row) return [];
    const { active, unread, read: isRead, needsInput, archived, snoozed, total } = row;
    return [
      { active, unread, read: isRead, needsInput, archived, snoozed, total, version, filter, readerId },
    ];
  });
}

/** Counts sessions by their rows. */
export async function countEach(
  client: TenantClient,
  filters: readonly SessionFilter[],
  readerId: string | null,
): Promise<InboxCounts[]> {
  const { text, values } = countByRows(await tabsOf(client, filters, readerId), readerId);
  type TabRow = Omit<InboxCounts, "filter" | "readerId"> & { tab: number };
  const rows = await client.rows(prepare<TabRow>(text), values);
  const counts = new Map(rows.map(({ tab, ...row }) => [tab, row]));
  return filters.flatMap((filter, tab) => {
    const row = counts.get(tab);
    return row ? [{ ...row, filter, readerId }] : [];
  });
}

/** A filter, the number by which its row is known, and the few sessions among which all of its are, if they are few. */
interface CountedTab {
  filter: SessionFilter;
  tab: number;
  few: Condition | null;
}

/** What is counted of each filter. What all bases tell of is seldom counted, and then of all of its sessions. */
function tabsOf(
  client: TenantClient,
  filters: readonly SessionFilter[],
  readerId: string | null,
  firstTab = 0,
): Promise<CountedTab[]> {
  const few = async (filter: SessionFilter) => {
    const isSure = isKeptFilter(filter) && onlyLabelOf(filter) === undefined;
    const narrowings = isSure ? [] : narrowingsOf(filter, readerId);
    return findFew(client, { table: "session", narrowings }, "count");
  };
  return Promise.all(
    filters.map(async (filter, index) => ({ filter, tab: firstTab + index, few: await few(filter) })),
  );
}

/**
 * The SQL that counts sessions by their rows. The tenant's sessions are passed over once for all filters that look at a session's row
 * alone, and once more for each that looks further; of a filter whose sessions are among few, these alone are looked at.
 */
function countByRows(tabs: readonly CountedTab[], readerId: string | null) {
  const isAmongAll = ({ filter, few }: CountedTab) => few === null && looksAtRowAlone(filter);
  const passes = [
    tabs.filter(isAmongAll),
    ...tabs.filter((tab) => !isAmongAll(tab)).map((tab) => [tab]),
  ].filter((pass) => pass.length > 0);
  const parts = passes.map((pass, index) => countPass(pass, readerId, index));
  const values: Record<string, unknown> = Object.assign({}, ...parts.map((part) => part.values));
  return { text: parts.map((part) => part.text).join(" UNION ALL "), values };
}

function looksAtRowAlone(filter: SessionFilter): boolean {
  return holdsRoots(filter) && !filter.labelsAll && !filter.labelsAny;
}

/** What is counted of a filter, by the flags of each session that it holds. */
export const figures = {
  total: "listed",
  active: "listed AND running",
  unread: "listed AND NOT running AND NOT read",
  read: "listed AND NOT running AND read",
  needsInput: "listed AND reason IN ('NEEDS_INPUT', 'NEEDS_APPROVAL')",
  archived: "archived",
  snoozed: "snoozed",
};
const names = Object.keys(figures).map((name) => `"${name}"`);

/** The SQL that passes over the sessions once and counts each of these filters. */
function countPass(
  pass: readonly CountedTab[],
  readerId: string | null,
  index: number,
): { text: string; values: Record<string, unknown> } {
  const listing = {
    table: "session",
    columns: "",
    join: joinMark(readerId),
    where: [],
    order: [],
    direction: "asc",
  } as const;
  const clause = new Clause(listing, `t${index}_`);
  // Whoever has few has a pass of its own.
  const few = pass[0]?.few ?? null;
  const way = few ? "ordered" : "whole";
  const from = clause.from(way);
  const holds = pass.map(({ filter }) =>
    [...sessionConditions(filter), ...countedConditions(filter)]
      .map((condition) => clause.piece(condition, way))
      .join(" AND "),
  );
  const counted = pass.flatMap(({ tab }, place) =>
    Object.entries(figures).map(
      ([name, flags]) => `count(*) FILTER (WHERE held_${place} AND ${flags}) AS "${name}_${tab}"`,
    ),
  );
  const each = pass.map(
    ({ tab }) => `(${[tab, ...Object.keys(figures).map((name) => `"${name}_${tab}"`)].join(", ")})`,
  );
  const text = `
    SELECT tab, coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS version, ${names.join(", ")} FROM (
      SELECT ${counted.join(", ")}
      FROM ${from} CROSS JOIN LATERAL (
        SELECT ${isArchived} AS archived, ${isSnoozed} AS snoozed, NOT (${isArchived} OR ${isSnoozed}) AS listed,
          session.active AS running, ${isRead} AS read,
          ${holds.map((held, place) => `${pass.length === 1 ? "true" : `(${held})`} AS held_${place}`).join(", ")}
      ) AS flag WHERE ${clause.where(few ? [few] : [], way)} AND (${holds.map((held) => `(${held})`).join(" OR ")})
    ) AS counted CROSS JOIN LATERAL (VALUES ${each.join(", ")}) AS each (tab, ${names.join(", ")})`;
  return { text, values: clause.values };
}
