/* How a reader's base is begun, counted, moved and dropped: see ReaderBase in prisma/schema.prisma. */
import { type TenantClient, statement } from "../../statement.js";
import { isHeldSnoozed, joinMark } from "../standing.js";
import {
  type BaseLimits,
  baseLimits,
  cellOf,
  changedSince,
  changesHeld,
  nobody,
  rolledUp,
  scopedCell,
} from "./since.js";

type OfReader = { readerId: string };

/**
 * Saves what was counted of a base, and as of which version that is, unless anything has changed the base since. Its row is locked once
 * the counting is done, and the whole is one statement, so of one moment.
 */
const saveCounted = (turn: string, counted: string) => `
  now AS MATERIALIZED (SELECT version FROM tenant WHERE tenant_id = :tenantId),
  counted AS MATERIALIZED (${counted}),
  held AS MATERIALIZED (
    SELECT kept.reader_id FROM reader_base AS kept CROSS JOIN (SELECT count(*) FROM counted) AS work JOIN (${turn}) AS base ON kept.turn = base.turn
    WHERE kept.tenant_id = :tenantId AND kept.reader_id = :readerId::text FOR UPDATE OF kept
  ), saved AS (
    INSERT INTO reader_base_count AS kept (tenant_id, reader_id, ${scopedCell}, n)
    SELECT :tenantId, held.reader_id, ${scopedCell}, n FROM held CROSS JOIN counted
    ON CONFLICT (tenant_id, reader_id, ${scopedCell}) DO UPDATE SET n = kept.n + excluded.n
  )
  UPDATE reader_base SET version = now.version, settled = true, turn = gen_random_uuid(), changed_at = clock_timestamp() FROM held, now
  WHERE reader_base.tenant_id = :tenantId AND reader_base.reader_id = held.reader_id RETURNING 1 AS done`;

/** Moves a reader's own base to the newest version. False if it has none, it is too far behind, or somebody else has changed it. */
export async function moveBase(
  client: TenantClient,
  readerId: string,
  limits = baseLimits,
): Promise<boolean> {
  return (await client.rows(moveWithin(limits), { readerId })).length > 0;
}
function moveOf({ changes }: BaseLimits) {
  const reader = ":readerId::text";
  return statement<{ done: number }, OfReader>(`
    WITH ${changedSince(reader, changes)}, changed AS (${changesHeld()}), ${saveCounted(
      `SELECT turn FROM known WHERE reader_id = ${reader} AND NOT is_full`,
      rolledUp("sum(n)", "changed"),
    )}`);
}
const move = moveOf(baseLimits);
const moveWithin = (limits: BaseLimits) => (limits === baseLimits ? move : moveOf(limits));

/**
 * Makes a reader's base. It is begun first, by itself: from then on every change is written down. Each root of the tenant is read
 * once, which takes 1.5 to 3 s for a million. False if it is there already, or somebody else makes it.
 */
export async function makeBase(client: TenantClient, readerId: string): Promise<boolean> {
  const [begun] = await client.rows(begin, { readerId });
  if (!begun) return false;
  return (await client.rows(count, { readerId, turn: begun.turn })).length > 0;
}
const begin = statement<{ turn: string }, OfReader>(`
  WITH held AS MATERIALIZED (SELECT version FROM tenant WHERE tenant_id = :tenantId FOR NO KEY UPDATE)
  INSERT INTO reader_base (tenant_id, reader_id, version) SELECT :tenantId, :readerId, version FROM held
  ON CONFLICT DO NOTHING RETURNING turn`);
const whole = joinMark("").whole.sql.replaceAll("?", ":readerId");
const count = statement<{ done: number }, OfReader & { turn: string }>(`
  WITH root AS (
    SELECT ${cellOf(isHeldSnoozed)} FROM session ${whole}
    WHERE session.tenant_id = :tenantId AND session.parent_id IS NULL AND NOT session.expired
  ), ${saveCounted("SELECT :turn::uuid AS turn", rolledUp("count(*)", "root"))}`);

/** Drops a reader's base, with its counts. */
export async function dropBase(client: TenantClient, readerId: string): Promise<void> {
  await client.rows(drop, { readerId });
}
const drop = statement<never, OfReader>(
  `DELETE FROM reader_base WHERE tenant_id = :tenantId AND reader_id = :readerId`,
);

/** The base that a reader reads from: whose it is, and how many changes of roots and of the reader's marks it has behind it. */
interface BaseState {
  owner: string;
  sessions: number;
  marks: number;
}

/** After how many seconds a base that is still being counted was left by its maker. */
export const abandonedSeconds = 600;

/**
 * Does what a reader's base needs: it is made if there is none, made anew if it is too far behind, and moved if it is some changes
 * behind. Readers with few marks share the base of nobody.
 */
export async function tendBase(client: TenantClient, readerId: string, limits = baseLimits): Promise<void> {
  await client.rows(dropAbandoned, { readerId });
  const [state] = await client.rows(stateWithin(limits), { readerId });
  if (!state) {
    const [few] = await client.rows(hasFewMarks, { readerId, most: limits.moved });
    await makeBase(client, few?.few === true ? nobody : readerId);
    return;
  }
  const { owner, sessions, marks } = state;
  if (owner !== readerId && marks >= limits.moved) await makeBase(client, readerId);
  else if (Math.max(sessions, marks) >= limits.changes) {
    await dropBase(client, owner);
    await makeBase(client, owner);
  } else if (sessions + marks >= limits.moved) await moveBase(client, owner, limits);
}
const dropAbandoned = statement<never, OfReader>(`
  DELETE FROM reader_base WHERE tenant_id = :tenantId AND reader_id IN (:readerId, '') AND NOT settled
    AND changed_at < clock_timestamp() - interval '${abandonedSeconds} seconds'`);
function stateOf({ changes }: BaseLimits) {
  return statement<BaseState, OfReader>(`
    WITH ${changedSince(":readerId::text", changes)}
    SELECT reader_id AS owner, (SELECT count(*)::int FROM session_log) AS sessions,
      (SELECT count(*)::int FROM mark_log) + (SELECT count(*)::int FROM every_mark) AS marks FROM known`);
}
const stateOfAll = stateOf(baseLimits);
const stateWithin = (limits: BaseLimits) => (limits === baseLimits ? stateOfAll : stateOf(limits));
const hasFewMarks = statement<{ few: boolean }, OfReader & { most: number }>(`
  SELECT NOT EXISTS (SELECT FROM reader_read_up_to WHERE tenant_id = :tenantId AND reader_id = :readerId)
    AND (SELECT count(*) FROM (SELECT FROM reader_mark WHERE tenant_id = :tenantId AND reader_id = :readerId
      ORDER BY session_id LIMIT :most) AS few) < :most AS few FROM tenant WHERE tenant_id = :tenantId`);

/** Tells whether a reader has a base, of its own or that of nobody. */
export async function hasBase(client: TenantClient, readerId: string): Promise<boolean> {
  return (await client.rows(anyBase, { readerId })).length > 0;
}
const anyBase = statement<{ found: number }, OfReader>(
  `SELECT 1 AS found FROM reader_base WHERE tenant_id = :tenantId AND reader_id IN (:readerId, '') AND settled LIMIT 1`,
);
