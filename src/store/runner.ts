import type { JsonObject } from "../domain/json-value.js";
import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing/listing.js";
import { type RowSource, type RunnerRow, columnsOf, selectOf } from "./row.js";
import { type TenantClient, statement, writtenRow } from "./statement.js";
import type { Tx } from "./tx.js";

const isOnline = "runner.heartbeat_at + make_interval(secs => runner.lease_seconds) > clock_timestamp()";

/** Runners by their ids. */
export const runnerSource: RowSource = {
  table: "runner",
  columns: { ...columnsOf(Object.keys(Prisma.RunnerScalarFieldEnum), "runner"), online: isOnline },
};

const columns = selectOf(runnerSource.columns);

/** The runners of these ids that there are. */
export function findRunners(client: TenantClient, ids: readonly string[]): Promise<RunnerRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<RunnerRow, { ids: readonly string[] }>(
  `SELECT ${columns} FROM runner WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** What a runner says of itself; null leaves a field as it is. */
export interface RunnerChange {
  id: string;
  /** The caller to whom it belongs from now on if it belongs to nobody. */
  callerId: string | null;
  name: string | null;
  backendProfiles: readonly string[] | null;
  attributes: JsonObject | null;
}

/** Inserts a runner, or changes what is given of the one that has this id, whoever its owner is. */
export function saveRunner(tx: Tx, runner: RunnerChange): Promise<RunnerRow> {
  return writtenRow(tx.rows(save, runner));
}
const save = statement<RunnerRow, RunnerChange>(`
  INSERT INTO runner (tenant_id, id, name, backend_profiles, attributes, owner, registered_at, heartbeat_at)
  SELECT :tenantId, :id, :name::text, coalesce(:backendProfiles::text[], '{}'), coalesce(:attributes::jsonb, '{}'),
    :callerId::text, at, at
  FROM (SELECT clock_timestamp() AS at) AS clock
  ON CONFLICT (tenant_id, id) DO UPDATE SET name = coalesce(:name::text, runner.name),
    backend_profiles = coalesce(:backendProfiles::text[], runner.backend_profiles),
    attributes = coalesce(:attributes::jsonb, runner.attributes),
    owner = coalesce(runner.owner, excluded.owner), heartbeat_at = excluded.heartbeat_at
  RETURNING ${columns}`);

/** That a runner was heard from, for how many seconds it counts as online, and whose it is if it belongs to nobody. */
export interface RunnerTouch {
  runnerId: string;
  leaseSeconds: number;
  callerId: string | null;
}

/** Notes that a runner was heard from, whoever its owner is, and gives that owner. Gives undefined if there is no such runner. */
export async function touchRunner(tx: Tx, heard: RunnerTouch): Promise<{ owner: string | null } | undefined> {
  return (await tx.rows(touch, heard))[0];
}
const touch = statement<{ owner: string | null }, RunnerTouch>(`
  UPDATE runner SET heartbeat_at = clock_timestamp(), lease_seconds = :leaseSeconds,
    owner = coalesce(owner, :callerId::text)
  WHERE tenant_id = :tenantId AND id = :runnerId RETURNING owner`);

/**
 * Removes those of these runners that were not heard from for so many seconds and that no run and no attempt names. Those
 * that somebody else has locked stay.
 */
export async function removeUnseenRunners(tx: Tx, ids: readonly string[], seconds: number): Promise<void> {
  await tx.rows(removeUnseen, { ids, seconds });
}
const isNamedIn = (table: string) =>
  `(SELECT id FROM ${table} WHERE tenant_id = :tenantId AND runner_id = runner.id LIMIT 1) IS NOT NULL`;
const removeUnseen = statement<never, { ids: readonly string[]; seconds: number }>(`
  DELETE FROM runner WHERE tenant_id = :tenantId AND id = ANY(ARRAY(
    SELECT id FROM runner WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])
      AND heartbeat_at <= clock_timestamp() - make_interval(secs => :seconds)
      AND NOT ${isNamedIn("run")} AND NOT ${isNamedIn("queue_attempt")}
    ORDER BY id FOR UPDATE SKIP LOCKED))`);

/** The backend profiles that runners serve which were heard from within their last lease. */
export async function readOnlineProfiles(client: TenantClient): Promise<string[]> {
  return (await client.rows(onlineProfiles)).map(({ profile }) => profile);
}
const onlineProfiles = statement<{ profile: string }>(`
  SELECT DISTINCT unnest(backend_profiles) AS profile FROM runner
  WHERE tenant_id = :tenantId AND ${isOnline} ORDER BY profile`);

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
