/*
 * Statements are planned once for whichever tenant asks (see plan_cache_mode in database/connection.ts), by how many rows a tenant has on
 * average. Where many small tenants stand beside a large one, that is a few, and of a few any index will do: a look-up of ten sessions by
 * their ids read all of a million (50 to 110 ms instead of 0.1). So Postgres is told that a tenant has more, where that
 * is so: what is planned for many rows is as good for few.
 */
import type pg from "pg";
import { runStatement, statementOverTenants } from "./statement.js";

/** For how many rows of a tenant at least is planned: of 800 on an index of another order looked worse than ten look-ups. */
const plannedRows = 2_000;

/** From how many rows on a table is worth it: of fewer no plan is slow, and a share as large would be read by a scan of all. */
const worthRows = 100_000;

interface Planned {
  table: string;
  isRaised: boolean;
}

/**
 * Has Postgres plan for tenants of {@link plannedRows} rows where they have fewer on average, and by what there is where they have more. Gives
 * the tables of which that changed. What belongs to another role is left alone.
 */
export async function tendTenantStatistics(pool: pg.Pool, worth = worthRows): Promise<string[]> {
  const found = await runStatement(pool, wrong, { planned: plannedRows, worth });
  for (const { table, isRaised } of found) {
    const how = isRaised ? `SET (n_distinct = ${-1 / plannedRows})` : "RESET (n_distinct)";
    await pool.query(`ALTER TABLE "${table}" ALTER COLUMN tenant_id ${how}`);
    await pool.query(`ANALYZE "${table}" (tenant_id)`);
  }
  return found.map(({ table }) => table);
}
// Where the tenants that are met most have all rows, they are all that there are; otherwise any tenant may have some.
const wrong = statementOverTenants<Planned, { planned: number; worth: number }>(`
  SELECT planned.table, planned."isRaised" FROM (
    SELECT class.relname AS table, class.reltuples >= :worth::int AND class.reltuples < tenants.n * :planned::int AS "isRaised",
      coalesce(array_to_string(attribute.attoptions, ',') LIKE '%n_distinct=%', false) AS is_raised_now
    FROM pg_class AS class
      JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attname = 'tenant_id'
      JOIN pg_stats AS stats ON stats.schemaname = current_schema() AND stats.tablename = class.relname AND stats.attname = 'tenant_id'
      CROSS JOIN LATERAL (SELECT sum(share) AS all_of_them, count(*) AS n FROM unnest(stats.most_common_freqs) AS share) AS common
      CROSS JOIN LATERAL (
        SELECT CASE WHEN common.all_of_them > 0.999 THEN common.n ELSE greatest(reltuples, 1) END AS n
        FROM pg_class WHERE oid = 'tenant'::regclass
      ) AS tenants
    WHERE class.relkind = 'r' AND class.relnamespace = current_schema()::regnamespace AND pg_has_role(class.relowner, 'MEMBER')
  ) AS planned WHERE planned."isRaised" <> planned.is_raised_now ORDER BY planned.table`);
