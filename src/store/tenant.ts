import { type TenantClient, statement } from "./statement.js";
import type { Tx } from "./transaction.js";

/** What a transaction has changed that followers of the tenant compare versions of. */
export interface Changes {
  /** Sessions that were changed in a way that alters how they stand with their readers. */
  sessions: ReadonlySet<string>;
  /** Those among them that their readers should see: their version rises. */
  raised: ReadonlySet<string>;
  /** Those among them that ask for input. */
  asking: ReadonlySet<string>;
  tasks: ReadonlySet<string>;
}

/**
 * Locks the tenant's row, takes the next version and gives it to everything that changed. Always the last statement of its
 * transaction: versions become visible in their own order, so that "changed since version" loses nothing, and the row is
 * locked for one statement and a commit (as the first statement it held 104 to 130 createRun a second in one tenant).
 */
export async function stampChanges(tx: Tx, { sessions, raised, asking, tasks }: Changes): Promise<void> {
  if (sessions.size === 0 && tasks.size === 0) return;
  await tx.rows(stamp, [...sessions], [...raised], [...asking], [...tasks]);
}
const stamp = statement(`
  WITH taken AS (
    INSERT INTO tenant (tenant_id, version) VALUES ($1, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET version = tenant.version + 1 RETURNING version
  ), changed_session AS (
    UPDATE session SET change_version = taken.version,
      version = CASE WHEN id = ANY($3::text[]) THEN taken.version ELSE session.version END,
      input_version = CASE WHEN id = ANY($4::text[]) THEN taken.version ELSE session.input_version END
    FROM taken WHERE tenant_id = $1 AND id = ANY($2::text[])
  ), changed_task AS (
    UPDATE queue_task SET version = taken.version FROM taken WHERE tenant_id = $1 AND id = ANY($5::text[])
  )
  SELECT version FROM taken`);

/** Makes sure that the tenant has its row. Looks first: ON CONFLICT alone would wait for whoever is raising a version. */
export async function ensureTenant(tx: Tx): Promise<void> {
  await tx.rows(ensure);
}
const ensure = statement(`
  INSERT INTO tenant (tenant_id)
  SELECT $1::text WHERE NOT EXISTS (SELECT FROM tenant WHERE tenant_id = $1)
  ON CONFLICT (tenant_id) DO NOTHING`);

/** The tenant's newest version; 0 before the first. */
export async function readVersion(client: TenantClient): Promise<number> {
  const [row] = await client.rows<{ version: number }>(newest);
  return row?.version ?? 0;
}
const newest = statement("SELECT version FROM tenant WHERE tenant_id = $1");
