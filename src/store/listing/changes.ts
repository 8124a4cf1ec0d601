import type { TenantClient } from "../statement.js";
import { Clause, prepare } from "./clause.js";
import type { Condition, Listing } from "./listing.js";

/** A list whose rows have the tenant's version at their newest change, so that it can be followed. */
export interface FollowedList {
  listing: Listing;
  /** The conditions of the list on what never changes of a row: one that does not meet them was never in it. */
  lasting: readonly Condition[];
  /** The further conditions on which a row is in the list now. */
  listed: readonly Condition[];
  /**
   * Where rows of the list are removed one by one: the table, called `gone` in its conditions, that has the id and the version of
   * each of them for a while, and the conditions on what never changed of them.
   */
  removed?: { table: string; lasting: readonly Condition[] };
  /** The SQL, over the tenant's row, of the version before which changes may be missing, since rows that changed last then have been removed. */
  completeFrom: string;
}

/** A row that has changed. `listed` tells if it is in the followed list now. Of one that was removed there is the id and the version alone. */
export interface Changed<Row> {
  row: Row;
  listed: boolean;
}

/** The changes after a version. */
export interface ListChanges<Row> {
  changes: Changed<Row>[];
  /** The version up to which all changes have now been read. */
  upTo: number;
  /** The tenant's version in the same snapshot. Versions become visible in their own order: no change up to it can still appear. */
  newest: number;
  /** Before this version changes may be missing. */
  completeFrom: number;
}

/**
 * Reads the rows that have changed after a version, each once as it is now, in the order of versions. They are at most `limit`,
 * and more only if the last version's changes would be torn apart. Rows that can never have been in the list are left out.
 */
export async function readListChanges<Row extends { id: string; version: number }>(
  client: TenantClient,
  { listing, lasting, listed, removed, completeFrom }: FollowedList,
  after: number,
  limit: number,
): Promise<ListChanges<Row>> {
  const { table, columns } = listing;
  const clause = new Clause({ ...listing, where: lasting });
  const isListed = listed.map((condition) => clause.piece(condition)).join(" AND ") || "true";
  const where = clause.where([{ sql: `${table}.version > ?::bigint`, value: after }]);
  const first = `FETCH FIRST (${clause.value(limit, "int")}) ROWS WITH TIES`;
  const changed = `SELECT ${columns}, ${isListed} AS listed FROM ${table} WHERE ${where} ORDER BY ${table}.version ${first}`;
  const gone =
    removed &&
    `
    SELECT ${columns}, false AS listed FROM (
      SELECT made.* FROM ${removed.table} AS gone
        CROSS JOIN LATERAL jsonb_populate_record(NULL::${table}, jsonb_build_object('id', gone.id, 'version', gone.version)) AS made
      WHERE gone.tenant_id = :tenantId
        AND ${[{ sql: "gone.version > ?::bigint", value: after }, ...removed.lasting].map((each) => clause.piece(each)).join(" AND ")}
      ORDER BY gone.version ${first}
    ) AS ${table}`;
  const either = gone
    ? `SELECT * FROM ((${changed}) UNION ALL (${gone})) AS either ORDER BY version ${first}`
    : changed;
  const text = `
    SELECT now.*, changed.*
    FROM (
      SELECT coalesce(max(version), 0) AS newest, coalesce(max(${completeFrom}), 0) AS "completeFrom"
      FROM tenant WHERE tenant_id = :tenantId
    ) AS now
      LEFT JOIN LATERAL (${either}) AS changed ON true
    ORDER BY changed.version, changed.id`;
  type ChangeRow = Row & { listed: boolean; newest: number; completeFrom: number };
  const rows = await client.rows(prepare<ChangeRow>(text), clause.values);
  const newest = rows[0]?.newest ?? after;
  const changes = rows.filter((row) => row.id !== null).map((row) => ({ row, listed: row.listed }));
  const last = changes.at(-1);
  const upTo = last && changes.length >= limit ? last.row.version : newest;
  return { changes, upTo, newest, completeFrom: rows[0]?.completeFrom ?? 0 };
}

/** Reads before which version changes of a list may be missing. */
export async function readListCompleteFrom(
  client: TenantClient,
  { completeFrom }: FollowedList,
): Promise<number> {
  const text = `SELECT ${completeFrom} AS version FROM tenant WHERE tenant_id = :tenantId`;
  const none: Record<string, unknown> = {};
  const [row] = await client.rows(prepare<{ version: number }>(text), none);
  return row?.version ?? 0;
}
