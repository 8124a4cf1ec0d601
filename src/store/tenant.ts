import { statement } from "./statement.js";
import type { Tx } from "./transaction.js";
import type { Instant } from "../domain/instant.js";
import type { TenantClient } from "./statement.js";

/**
 * Locks the tenant's row and takes the next version. Always the first lock of its transaction: versions become visible
 * in their own order, so that "changed since version" loses nothing.
 */
export async function takeVersion(tx: Tx): Promise<number> {
  const [row] = await tx.rows<{ version: number }>(
    statement(`
      INSERT INTO tenant (tenant_id, version) VALUES ($1, 1)
      ON CONFLICT (tenant_id) DO UPDATE SET version = tenant.version + 1 RETURNING version`),
  );
  return row?.version ?? 0;
}

/** Makes sure that the tenant has its row. Looks first: ON CONFLICT alone would wait for whoever is raising a version. */
export async function ensureTenant(tx: Tx): Promise<void> {
  await tx.rows(ensure);
}
const ensure = statement(`
  INSERT INTO tenant (tenant_id)
  SELECT $1::text WHERE NOT EXISTS (SELECT FROM tenant WHERE tenant_id = $1)
  ON CONFLICT (tenant_id) DO NOTHING`);

/** What the database's clock says; the only clock that leases go by. */
export async function readClock(client: TenantClient): Promise<Instant> {
  const [row] = await client.rows<{ now: Instant }>(
    statement("SELECT clock_timestamp() AS now, $1::text AS tenant_id"),
  );
  if (!row) throw new Error("the database told no time");
  return row.now;
}
