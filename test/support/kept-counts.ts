import type pg from "pg";
import { listStates } from "../../src/domain/inbox/list.js";
import type { BaseLimits } from "../../src/store/inbox/base/since.js";
import { keptTotal, readKept } from "../../src/store/inbox/base/read.js";
import { countEach, figures } from "../../src/store/inbox/counts.js";
import { type SessionFilter } from "../../src/store/inbox/list.js";
import { sessionListing } from "../../src/store/inbox/session-listing.js";
import { Clause, prepare } from "../../src/store/listing/clause.js";
import { type TenantClient, createTenantClient } from "../../src/store/statement.js";

/** So low that bases are made and moved among few sessions. */
export const lowLimits: BaseLimits = { sessions: 0, changes: 60, moved: 3, labelled: 0, labels: 2 };

const state = "ALL";

/** Labels that roots have. Of two of them a base with low limits has counts at most. */
export const keptLabels = ["bug", "late", "odd"];

/** Filters whose counts are kept, with these projects and profiles. Those with a label come last. */
export function keptFilters([one, other]: readonly string[], [profile]: readonly string[]): SessionFilter[] {
  return [
    { state },
    { state, projectId: one ?? null },
    { state, projectId: other ?? null, reasons: ["NEEDS_INPUT", "FAILED", "IDLE"] },
    { state, backendProfile: profile ?? null },
    { state, projectId: one ?? null, backendProfile: profile ?? null },
    { state, reasons: ["WORKING"] },
    { state, archived: true },
    { state, snoozed: true, projectId: one ?? null },
    { state, archived: true, snoozed: true },
    { state, archived: true, snoozed: false },
    { state, archived: false, snoozed: true },
    { state, archived: false, projectId: "absent" },
    ...listStates.map((each) => ({ state: each })),
    { state: "UNREAD", projectId: other ?? null, snoozed: true },
    ...keptLabels.flatMap((label): SessionFilter[] => [
      { state, labelsAll: [label] },
      { state: "DEFAULT", labelsAny: [label], projectId: one ?? null },
      { state: "READ", labelsAny: [label], backendProfile: profile ?? null, reasons: ["FAILED", "IDLE"] },
      { state, labelsAll: [label], archived: true },
    ]),
  ];
}

/** What a base tells of those filters of which it tells anything. */
async function readAll(client: TenantClient, filters: readonly SessionFilter[], readerId: string | null) {
  const kept = await readKept(client, { filters, readerId }, figures, lowLimits);
  if (!kept) return null;
  const isKept = kept.rows.map((row) => row.isKept);
  const totals: (number | null)[] = [];
  for (const filter of filters) {
    const sql = new Clause(sessionListing(filter, "ATTENTION", readerId));
    const text = `SELECT ${keptTotal((value, type) => sql.value(value, type), filter, readerId, lowLimits)} AS total FROM (SELECT :tenantId::text AS tenant_id) AS caller`;
    const [row] = await client.rows(prepare<{ total: number | null }>(text), sql.values);
    totals.push(row?.total ?? null);
  }
  const counts = kept.rows.map((row) =>
    Object.keys(figures).map((name) => row[name as keyof typeof figures]),
  );
  return {
    isKept,
    told: { counts: counts.filter((_, place) => isKept[place]), totals, version: kept.version },
  };
}

/** The same by the rows; of what is not kept no total. */
async function countAll(
  client: TenantClient,
  filters: readonly SessionFilter[],
  readerId: string | null,
  isKept: readonly boolean[],
) {
  const counted = await countEach(client, filters, readerId);
  const totals: (number | null)[] = [];
  for (const [place, filter] of filters.entries()) {
    const sql = new Clause(sessionListing(filter, "ATTENTION", readerId));
    const text = `SELECT count(*) AS total FROM ${sql.from("whole")} WHERE ${sql.where()}`;
    const [row] = await client.rows(prepare<{ total: number }>(text), sql.values);
    totals.push(isKept[place] ? (row?.total ?? -1) : null);
  }
  const counts = counted.map((row) => Object.keys(figures).map((name) => row[name as keyof typeof figures]));
  return { counts: counts.filter((_, place) => isKept[place]), totals, version: counted[0]?.version };
}

/**
 * Compares what a reader's base tells with what the rows tell, in one snapshot. Gives of how many filters it told where both were the
 * same, null where there is no base to read from, and otherwise a text of the differences. What ends by the clock may end between two statements: then the three
 * are read again, until nothing ends meanwhile.
 */
export async function compareKept(
  pool: pg.Pool,
  tenantId: string,
  filters: readonly SessionFilter[],
  readerId: string | null,
): Promise<number | null | string> {
  const connection = await pool.connect();
  try {
    await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const client = createTenantClient(connection, tenantId);
    for (;;) {
      const kept = await readAll(client, filters, readerId);
      if (!kept) return null;
      const counted = await countAll(client, filters, readerId, kept.isKept);
      const [told, meant] = [JSON.stringify(kept.told), JSON.stringify(counted)];
      if (told === meant) return kept.isKept.filter(Boolean).length;
      const after = JSON.stringify((await readAll(client, filters, readerId))?.told);
      if (after === told) return `${readerId} is told\n${told} and not\n${meant}`;
    }
  } finally {
    await connection.query("ROLLBACK");
    connection.release();
  }
}
