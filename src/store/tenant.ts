import { type TenantClient, statement } from "./statement.js";
import type { Tx } from "./tx.js";

/**
 * Makes sure that the tenant has its row. It looks for the row first, since ON CONFLICT alone would wait for a
 * transaction that is raising the tenant's version.
 */
export async function ensureTenant(tx: Tx): Promise<void> {
  await tx.rows(ensure);
}
const ensure = statement<never>(`
  INSERT INTO tenant (tenant_id)
  SELECT :tenantId::text WHERE NOT EXISTS (SELECT FROM tenant WHERE tenant_id = :tenantId)
  ON CONFLICT (tenant_id) DO NOTHING`);

/** Reads the tenant's newest version; 0 before the first. */
export async function readVersion(client: TenantClient): Promise<number> {
  const [row] = await client.rows(newest);
  return row?.version ?? 0;
}
const newest = statement<{ version: number }>("SELECT version FROM tenant WHERE tenant_id = :tenantId");

/** Locks the tenant's row, as what takes a version does last: until the end of the transaction nothing else takes one. */
export async function holdVersion(tx: Tx): Promise<void> {
  await tx.rows(hold);
}
const hold = statement<never>("SELECT version FROM tenant WHERE tenant_id = :tenantId FOR NO KEY UPDATE");
