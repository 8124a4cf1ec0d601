import { type Look, indexTenant } from "../../src/actions/search/index-tenant.js";
import type { TenantStore } from "../../src/store/store.js";

/** Looks once for what is not indexed, and indexes it; gives how it then stands. */
export async function indexOnce(store: TenantStore): Promise<Look> {
  const looking = indexTenant(store);
  let step = await looking.next();
  while (!step.done) step = await looking.next();
  return step.value;
}

/** Indexes all that is not indexed; gives how it then stands. */
export async function indexAll(store: TenantStore): Promise<Look> {
  for (;;) {
    const look = await indexOnce(store);
    if (look !== "MORE") return look;
  }
}

/** Gives a tenant so many sessions at one moment, each with a title. */
export async function fillWithTitles(
  pool: TenantStore["pool"],
  tenantId: string,
  count: number,
): Promise<void> {
  await pool.query("INSERT INTO tenant (tenant_id, version) VALUES ($1, $2)", [tenantId, count]);
  await pool.query(
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, title, folded_title, change_version, reason_since, last_activity_at,
       created_at, updated_at)
     SELECT $1, 'ses_' || i, 's' || i, 'p', 'b', 'Title ' || i, 'title ' || i, i, now(), now(), now(), now() FROM generate_series(1, $2) AS i`,
    [tenantId, count],
  );
}
