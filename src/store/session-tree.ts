/*
 * The SQL of trees of sessions. A root stands for its tree: its row holds what its tree shows, which changes in the transaction
 * that changes a session below it, under the root's lock. Of any other session it is worked out when it is asked for.
 */
import { strongReasons } from "../domain/session-tree.js";
import type { AttentionReason } from "../domain/inbox/attention.js";
import type { Instant } from "../domain/instant.js";
import { type UsageNumbers, maxUsage } from "../domain/usage.js";
import type { Listing } from "./listing/listing.js";
import type { SessionRow } from "./row.js";
import { type TenantClient, findsAny, statement } from "./statement.js";

/** True for a session that is past its `expiresAt`, or below one that is. */
export const isPastWithAbove = (
  now: string,
) => `(coalesce(session.expires_at <= ${now}, false) OR session.parent_id IS NOT NULL
  AND EXISTS (SELECT FROM session AS above WHERE above.tenant_id = :tenantId AND above.id = ANY(session.ancestors) AND above.expires_at <= ${now}))`;

/** The condition of the sessions below one, at any depth. */
export const isBelow = (id: string, table = "session") =>
  `${table}.root_id = coalesce((SELECT itself.root_id FROM session AS itself WHERE itself.tenant_id = :tenantId AND itself.id = ${id}), ${id})
    AND ${table}.ancestors @> ARRAY[${id}]`;

/** An array of a session's id and the ids of all sessions below it. */
export const idsOfTree = (id: string) =>
  `ARRAY(SELECT ${id} UNION ALL SELECT member.id FROM session AS member WHERE member.tenant_id = :tenantId AND ${isBelow(id, "member")})`;

/** How what a root shows of the sessions below it has changed in a transaction. */
export interface TreeChange {
  total: number;
  active: number;
  requests: number;
}

/** Gives the root whose tree a saved session has changed, and how; null for a session that has no tree and shows itself already. */
export function treeChange(
  before: SessionRow | null,
  after: SessionRow,
): { rootId: string; change: TreeChange } | null {
  if (after.rootId === null && after.belowTotal === 0) return null;
  if (after.rootId === null) return { rootId: after.id, change: { total: 0, active: 0, requests: 0 } };
  const change = {
    total: before ? 0 : 1,
    active: Number(after.active) - Number(before?.active ?? false),
    requests: after.openRequests - (before?.openRequests ?? 0),
  };
  return { rootId: after.rootId, change };
}

/**
 * Saves what the roots of changed trees show, all of which are locked. Where that has changed, something has happened in the root
 * too. Gives the ids of these roots.
 */
export async function showTrees(
  client: TenantClient,
  changes: ReadonlyMap<string, TreeChange>,
  occurredAt: Instant | null,
): Promise<string[]> {
  if (changes.size === 0) return [];
  const given = [...changes].map(([id, change]) => ({ id, ...change }));
  return (await client.rows(show, { trees: JSON.stringify(given), occurredAt })).map(({ id }) => id);
}
const rank = (reason: string) =>
  `coalesce(array_position('{${strongReasons.join(",")}}'::attention_reason[], ${reason}), 99)`;
/** The session below a root that shows the strongest reason, for the longest time: one look at an index for each reason. */
const strongest = (root: string) =>
  strongReasons
    .map(
      (reason) => `(SELECT below.id, below.reason, below.reason_since FROM session AS below
        WHERE below.tenant_id = :tenantId AND below.root_id = ${root} AND below.reason = '${reason}' ORDER BY below.reason_since, below.id LIMIT 1)`,
    )
    .join(" UNION ALL ");
const show = statement<{ id: string }, { trees: string; occurredAt: Instant | null }>(`
  WITH changed AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(:trees::jsonb) AS t(id text, total int, active int, requests int)
  ), stands AS MATERIALIZED (
    SELECT root.id, root.execution_state, coalesce(root.own_reason, root.reason) AS own_reason,
      coalesce(root.own_since, root.reason_since) AS own_since, root.active AS was_active, root.reason AS was_reason,
      root.reason_since AS was_since, root.cause_id AS was_cause, changed.total, changed.active, changed.requests,
      root.below_active + changed.active > 0 OR root.execution_state = 'RUNNING' AS is_active, best.*
    FROM changed JOIN session AS root ON root.tenant_id = :tenantId AND root.id = changed.id
      LEFT JOIN LATERAL (
        SELECT id AS cause_id, reason AS below_reason, reason_since AS below_since
        FROM (${strongest("root.id")}) AS candidate LIMIT 1
      ) AS best ON true
  ), shown AS MATERIALIZED (
    SELECT *, below_reason IS NOT NULL AND (${rank("below_reason")}, below_since) < (${rank("own_reason")}, own_since) AS is_below FROM stands
  ), news AS MATERIALIZED (
    SELECT id, total, active, requests, is_active, clock_timestamp() AS at,
      CASE WHEN is_below THEN below_reason ELSE own_reason END AS reason,
      CASE WHEN is_below THEN below_since ELSE own_since END AS since,
      CASE WHEN is_below THEN own_reason END AS own_reason, CASE WHEN is_below THEN own_since END AS own_since,
      CASE WHEN is_below THEN cause_id END AS cause_id,
      (total, active, requests) <> (0, 0, 0) OR (is_active, CASE WHEN is_below THEN below_reason ELSE own_reason END,
        CASE WHEN is_below THEN below_since ELSE own_since END, CASE WHEN is_below THEN cause_id END)
        IS DISTINCT FROM (was_active, was_reason, was_since, was_cause) AS differs
    FROM shown
  )
  UPDATE session SET below_total = below_total + news.total, below_active = below_active + news.active,
    below_requests = below_requests + news.requests, active = news.is_active, reason = news.reason, reason_since = news.since,
    own_reason = news.own_reason, own_since = news.own_since, cause_id = news.cause_id,
    last_activity_at = greatest(last_activity_at, coalesce(:occurredAt::timestamptz, news.at)), updated_at = news.at
  FROM news WHERE session.tenant_id = :tenantId AND session.id = news.id AND news.differs RETURNING session.id`);

/** What a session and all below it show together. */
export interface Tree {
  sessionId: string;
  total: number;
  active: number;
  openRequests: number;
  reason: AttentionReason;
  since: Instant;
  causeId: string;
}

/** Gives what a root's tree shows, which its row holds. */
export function treeOfRoot(root: SessionRow, isRunning: boolean): Tree {
  return {
    sessionId: root.id,
    total: root.belowTotal + 1,
    active: root.belowActive + Number(isRunning),
    openRequests: root.belowRequests + root.openRequests,
    reason: root.reason,
    since: root.reasonSince,
    causeId: root.causeId ?? root.id,
  };
}

/** Works out what the trees of sessions show that are no roots. */
export function findTrees(client: TenantClient, ids: readonly string[]): Promise<Tree[]> {
  return client.rows(trees, { ids });
}
const trees = statement<Tree, { ids: readonly string[] }>(`
  SELECT top.id AS "sessionId", figures.total, figures.active, figures."openRequests", best.reason, best.reason_since AS since, best.id AS "causeId"
  FROM session AS top CROSS JOIN LATERAL (
    SELECT count(*)::int AS total, count(*) FILTER (WHERE active)::int AS active, coalesce(sum(open_requests), 0)::int AS "openRequests"
    FROM session WHERE tenant_id = :tenantId AND id = ANY(${idsOfTree("top.id")}) AND (NOT expired OR id = top.id)
  ) AS figures CROSS JOIN LATERAL (
    SELECT id, reason, reason_since FROM session
    WHERE tenant_id = :tenantId AND id = ANY(${idsOfTree("top.id")}) AND (id = top.id OR ${rank("reason")} < 99)
    ORDER BY ${rank("reason")}, reason_since, id LIMIT 1
  ) AS best
  WHERE top.tenant_id = :tenantId AND top.id = ANY(:ids::text[])`);

/** Sums up what all sessions of each tree have used. */
export async function findTreeUsages(
  client: TenantClient,
  ids: readonly string[],
): Promise<Map<string, UsageNumbers | null>> {
  return new Map((await client.rows(usages, { ids })).map(({ id, usage }) => [id, usage]));
}
const usages = statement<{ id: string; usage: UsageNumbers | null }, { ids: readonly string[] }>(`
  SELECT asked.id, (
    SELECT array_agg(least(amount, ${maxUsage})::bigint ORDER BY place) FROM (
      SELECT place, sum(each.amount) AS amount FROM session CROSS JOIN unnest(usage) WITH ORDINALITY AS each (amount, place)
      WHERE tenant_id = :tenantId AND id = ANY(${idsOfTree("asked.id")}) GROUP BY place
    ) AS summed
  ) AS usage FROM unnest(:ids::text[]) AS asked (id)`);

/** Lists the sessions directly below each session, the oldest first. */
export function childListing(columns: string): Listing {
  return {
    table: "session",
    columns,
    parentColumn: "parent_id",
    where: [{ sql: `NOT ${isPastWithAbove("statement_timestamp()")}` }],
    order: [
      { field: "createdAt", type: "timestamptz" },
      { field: "id", type: "text" },
    ],
    direction: "asc",
  };
}

type InTree = { sessionId: string; limit: number };

/**
 * Finds the sessions of a tree, the session itself among them, in which a run has not ended or something is asked, from above
 * down, at most so many.
 */
export async function findBusyInTree(client: TenantClient, given: InTree): Promise<string[]> {
  return (await client.rows(busyInTree, given)).map(({ id }) => id);
}
const busyInTree = statement<{ id: string }, InTree>(`
  SELECT id FROM unnest(${idsOfTree(":sessionId")}) AS member (id)
  WHERE ${findsAny("FROM run WHERE tenant_id = :tenantId AND session_id = member.id AND status IN ('PENDING', 'CLAIMED')")}
    OR ${findsAny("FROM input_request WHERE tenant_id = :tenantId AND session_id = member.id AND state = 'OPEN'")}
  ORDER BY id LIMIT :limit`);

/** Finds sessions below one whose followers have not been told that they expired, the lowest first, at most so many. */
export async function findUnexpiredBelow(client: TenantClient, given: InTree): Promise<string[]> {
  return (await client.rows(unexpiredBelow, given)).map(({ id }) => id);
}
const unexpiredBelow = statement<{ id: string }, InTree>(`
  SELECT id FROM session WHERE tenant_id = :tenantId AND ${isBelow(":sessionId")} AND NOT expired ORDER BY id DESC LIMIT :limit`);

/** Finds the lowest session below one, or the lowest to which something belongs: nothing, or nothing such, is below it. */
export async function findLeaf(
  client: TenantClient,
  sessionId: string,
  kind: "ANY" | "FULL",
): Promise<string | undefined> {
  return (await client.rows(leaf, { sessionId, any: kind === "ANY" }))[0]?.id;
}
const leaf = statement<{ id: string }, { sessionId: string; any: boolean }>(`
  SELECT id FROM session WHERE tenant_id = :tenantId AND ${isBelow(":sessionId")} AND (:any::boolean OR NOT emptied)
  ORDER BY id DESC LIMIT 1`);

/** Tells whether a run of a session, or of one below it, has not ended. */
export async function isTreeLive(client: TenantClient, sessionId: string): Promise<boolean> {
  return (await client.rows(liveInTree, { sessionId })).length > 0;
}
const liveInTree = statement<{ id: string }, { sessionId: string }>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND session_id = ANY(${idsOfTree(":sessionId")}) AND status IN ('PENDING', 'CLAIMED') LIMIT 1`);

/** Brings back the sessions below one that came back, those that have no other reason to be expired, and gives their ids. */
export async function reviveBelow(client: TenantClient, sessionId: string): Promise<string[]> {
  return (await client.rows(revive, { sessionId })).map(({ id }) => id);
}
const revive = statement<{ id: string }, { sessionId: string }>(`
  WITH held AS MATERIALIZED (
    SELECT id FROM session WHERE tenant_id = :tenantId AND ${isBelow(":sessionId")} AND expired AND NOT removing
      AND NOT ${isPastWithAbove("clock_timestamp()")}
    ORDER BY id FOR NO KEY UPDATE
  ) UPDATE session SET expired = false FROM held WHERE session.tenant_id = :tenantId AND session.id = held.id RETURNING session.id`);
