import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing/listing.js";
import { type RunnerRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { Tx } from "./transaction.js";
import type { JsonObject } from "../domain/json-value.js";

const isOnline = "runner.heartbeat_at + make_interval(secs => runner.lease_seconds) > clock_timestamp()";
const columns = `${selectList(Object.keys(Prisma.RunnerScalarFieldEnum), "runner")}, ${isOnline} AS "online"`;

/** The runners of these ids that there are. */
export function findRunners(client: TenantClient, ids: readonly string[]): Promise<RunnerRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(`SELECT ${columns} FROM runner WHERE tenant_id = $1 AND id = ANY($2::text[])`);

/** Inserts a runner, or changes what is given of the one that has this id; null leaves a field as it is. */
export async function saveRunner(
  tx: Tx,
  runner: {
    id: string;
    name: string | null;
    backendProfiles: readonly string[] | null;
    attributes: JsonObject | null;
  },
): Promise<RunnerRow> {
  const [row] = await tx.rows<RunnerRow>(
    save,
    runner.id,
    runner.name,
    runner.backendProfiles,
    runner.attributes,
  );
  if (!row) throw new Error("a saved runner was not returned");
  return row;
}
const save = statement(`
  INSERT INTO runner (tenant_id, id, name, backend_profiles, attributes, registered_at, heartbeat_at)
  SELECT $1, $2, $3::text, coalesce($4::text[], '{}'), coalesce($5::jsonb, '{}'), at, at
  FROM (SELECT clock_timestamp() AS at) AS clock
  ON CONFLICT (tenant_id, id) DO UPDATE SET name = coalesce($3::text, runner.name),
    backend_profiles = coalesce($4::text[], runner.backend_profiles),
    attributes = coalesce($5::jsonb, runner.attributes), heartbeat_at = excluded.heartbeat_at
  RETURNING ${columns}`);

/** Notes that a runner was heard from, and for how long it counts as online; false where there is no such runner. */
export async function touchRunner(tx: Tx, runnerId: string, leaseSeconds: number): Promise<boolean> {
  return (await tx.rows(touch, runnerId, leaseSeconds)).length === 1;
}
const touch = statement(`
  UPDATE runner SET heartbeat_at = clock_timestamp(), lease_seconds = $3 WHERE tenant_id = $1 AND id = $2 RETURNING id`);

/** The backend profiles that runners serve which were heard from within their last lease. */
export async function readOnlineProfiles(client: TenantClient): Promise<string[]> {
  return (await client.rows<{ profile: string }>(onlineProfiles)).map(({ profile }) => profile);
}
const onlineProfiles = statement(`
  SELECT DISTINCT unnest(backend_profiles) AS profile FROM runner
  WHERE tenant_id = $1 AND ${isOnline} ORDER BY profile`);

/** Runners, those that registered first first; only those that are online, or are not, where it is said. */
export function runnerListing(online: boolean | null): Listing {
  return {
    table: "runner",
    columns,
    where: conditions([`(${isOnline}) = ?::boolean`, online]),
    order: [
      { field: "registeredAt", type: "timestamptz" },
      { field: "id", type: "text" },
    ],
    direction: "asc",
  };
}
