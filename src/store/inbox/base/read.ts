/* Counts of roots, read from a base and what has changed since. */
import { prepare } from "../../listing/clause.js";
import type { AddValue } from "../../listing/listing.js";
import type { TenantClient } from "../../statement.js";
import {
  type SessionFilter,
  type Standing,
  countedConditions,
  hasReason,
  hiddenConditions,
  holdsRoots,
  onlyLabelOf,
  stateConditionsBy,
} from "../list.js";
import { baseLimits, cell, changedSince, changesToday, nobody } from "./since.js";

const byCell: Standing = {
  isRead: "session.is_read",
  isArchived: "session.is_archived",
  isSnoozed: "session.is_snoozed",
};
const states = stateConditionsBy(byCell);

/**
 * Tells whether bases tell the figures of a filter: it holds roots, and nothing narrows it that they do not know. One label does not,
 * where the base has it.
 */
export function isKeptFilter(filter: SessionFilter): boolean {
  const { labelsAll, labelsAny, search, updatedAfter, projectId, backendProfile } = filter;
  const isOfLabels = (labelsAll || labelsAny) && onlyLabelOf(filter) === undefined;
  const isNarrower = isOfLabels || search || updatedAfter;
  return holdsRoots(filter) && !isNarrower && projectId !== "" && backendProfile !== "";
}

/** The SQL that tells whether the base has the label of a filter, if that has one. */
function hasLabel(add: AddValue, filter: SessionFilter): string {
  const label = onlyLabelOf(filter);
  return label === undefined ? "true" : `${add(label, "text")} = ANY (known.labels)`;
}

/** The SQL of the roots that a filter's project, profile, label and reasons hold, by their columns: `n` of each kind. */
function cellsOf(add: AddValue, filter: SessionFilter, more: readonly string[]): string {
  const { projectId, backendProfile, reasons } = filter;
  const only = onlyLabelOf(filter);
  const label = only === undefined ? null : add(only, "text");
  const scope = {
    project_id: add(projectId ?? "", "text"),
    backend_profile: add(backendProfile ?? "", "text"),
  };
  const each = (of: (column: string, value: string) => string) =>
    Object.entries(scope)
      .map(([column, value]) => of(column, value))
      .join(" AND ");
  const narrowing = [
    ...(reasons ? [hasReason.replace("?::attention_reason[]", add(reasons, "attention_reason[]"))] : []),
    ...more,
  ];
  return `(
    SELECT ${cell}, stays_unread, n FROM (
      SELECT ${cell}, false AS stays_unread, kept.n FROM known CROSS JOIN LATERAL (
        SELECT * FROM ${label ? "reader_base_label_count" : "reader_base_count"} WHERE tenant_id = :tenantId AND reader_id = known.reader_id
          ${label ? `AND label = ${label}` : ""} AND ${each((column, value) => `${column} = ${value}`)} OFFSET 0) AS kept
      UNION ALL SELECT ${cell}, stays_unread, n FROM changed
        WHERE ${label ? `${label} = ANY (labels) AND` : ""} ${each((column, value) => `${value} IN ('', ${column})`)}
    ) AS session WHERE ${narrowing.join(" AND ") || "true"}) AS cell`;
}

/** What a reading from a base gave. */
export interface KeptFigures<Name extends string> {
  /** The figures of each filter, in their order, and then of what was read beside. They are not kept if the base does not have its label. */
  rows: (Record<Name, number> & { isKept: boolean })[];
  /** The tenant's version in the same snapshot. */
  version: number;
  /** How many changes since the base it met. */
  changes: number;
}

/** Whose figures of which filters are read, and what else in the same statement: its rows have a tab, a version and the figures. */
interface Kept {
  filters: readonly SessionFilter[];
  readerId: string | null;
  beside?: { text: string; values: Record<string, unknown>; count: number };
}

/**
 * Reads figures of several filters at one moment, in one statement: of each filter, whatever its state, how many roots meet each
 * condition; behind them what is read beside. Null if there is no base to read from, or it is too far behind.
 */
export async function readKept<Name extends string>(
  client: TenantClient,
  inbox: Kept,
  figures: Record<Name, string>,
  limits = baseLimits,
): Promise<KeptFigures<Name> | null> {
  const { beside } = inbox;
  const values: Record<string, unknown> = { ...beside?.values };
  const names = Object.keys(figures).map((name) => `"${name}"`);
  const add: AddValue = (value, type) => {
    const name = `k${Object.keys(values).length + 1}`;
    values[name] = value;
    return `:${name}::${type}`;
  };
  const reader = add(inbox.readerId ?? nobody, "text");
  const tabs = inbox.filters.map((filter, tab) => tabOf(add, filter, tab, figures));
  const text = `
    WITH ${changedSince(reader, limits.changes)}, changed AS MATERIALIZED (${changesToday()})
    SELECT coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS "atVersion", known.changes AS "changesMet", tab.*
    FROM known CROSS JOIN LATERAL (${tabs.join(" UNION ALL ")}) AS tab WHERE NOT known.is_full
    ${beside ? `UNION ALL SELECT version, 0, tab, true, ${names.join(", ")} FROM (${beside.text}) AS beside` : ""} ORDER BY tab`;
  type Row = Record<Name, number> & { isKept: boolean; atVersion: number; changesMet: number };
  const rows = await client.rows(prepare<Row>(text), values);
  const [head] = rows;
  return head && rows.length === inbox.filters.length + (beside?.count ?? 0)
    ? { rows, version: head.atVersion, changes: head.changesMet }
    : null;
}

function tabOf(add: AddValue, filter: SessionFilter, tab: number, figures: Record<string, string>): string {
  const sums = Object.entries(figures).map(
    ([name, flags]) => `coalesce(sum(n) FILTER (WHERE ${flags}), 0)::bigint AS "${name}"`,
  );
  const more = countedConditions(filter, byCell).map(({ sql }) => sql);
  return `SELECT ${tab} AS tab, ${hasLabel(add, filter)} AS "isKept", ${sums.join(", ")} FROM (
    SELECT n, reason, is_archived AS archived, is_snoozed AS snoozed, NOT (is_archived OR is_snoozed) AS listed, active AS running,
      is_read AS read FROM ${cellsOf(add, filter, more)}) AS flag`;
}

/** The SQL of how many rows a list has by its reader's base; null where there is none to read from. */
export function keptTotal(
  add: AddValue,
  filter: SessionFilter,
  readerId: string | null,
  limits = baseLimits,
): string {
  const reader = add(readerId ?? nobody, "text");
  const conditions = [states[filter.state], ...hiddenConditions(filter, byCell).map((each) => each.sql)];
  return `(WITH ${changedSince(reader, limits.changes)}, changed AS (${changesToday()})
    SELECT (SELECT coalesce(sum(n), 0)::bigint FROM ${cellsOf(add, filter, conditions)}) FROM known WHERE NOT known.is_full AND ${hasLabel(add, filter)})`;
}

/**
 * The SQL of what marking a scope up to a version changes: how many roots become read, how many of these the list holds, and how many
 * that rest stay unread. No row if there is no base that is not newer than the version.
 */
export function keptStep(add: AddValue, { filter, readerId, staysUnread, version }: SeenScope): string {
  const reader = add(readerId, "text");
  return `WITH ${changedSince(reader, baseLimits.changes)}, changed AS MATERIALIZED (${changesToday(staysUnread)})
    SELECT coalesce(sum(n) FILTER (WHERE becomes_read), 0)::bigint AS changed,
      coalesce(sum(n) FILTER (WHERE becomes_read AND is_listed), 0)::bigint AS listed,
      coalesce(sum(n) FILTER (WHERE NOT becomes_read AND NOT active), 0)::bigint AS staying
    FROM (SELECT n, active, NOT (is_archived OR is_snoozed) AS is_listed, ${states[filter.state]} AND NOT stays_unread AS becomes_read
      FROM (SELECT * FROM ${cellsOf(add, filter, ["NOT is_read"])}) AS session) AS cell
    HAVING EXISTS (SELECT FROM known WHERE NOT is_full AND version <= ${version})`;
}

interface SeenScope {
  filter: SessionFilter;
  readerId: string;
  staysUnread: string;
  version: string;
}
