/*
 * A session is locked together with the root of its tree, the root first: what a session does may change how its root stands.
 * Ids sort from the root down, so that several are locked in the order of their ids. An append of events locks the session
 * alone, since it changes nothing of the root.
 */
import type { SessionRow } from "./row.js";
import { findSessionId, sessionColumns } from "./session.js";
import { isPastWithAbove } from "./session-tree.js";
import { statement } from "./statement.js";
import { type Patience, type Tx, locking } from "./tx.js";

/** A locked session. */
export interface LockedSession extends SessionRow {
  /** True if its `expiresAt`, or that of a session above it, has passed by the database's clock. */
  past: boolean;
}

/** Locks a session, before its runs, and reads it as it then is. */
export async function lockSession(tx: Tx, id: string): Promise<LockedSession | undefined> {
  return (await lockSessions(tx, [id], "WAIT"))[0];
}

/**
 * Locks sessions and their roots, by id, before their runs, and reads the sessions as they then are. One that is passed over, or
 * whose root is, is left out.
 */
export async function lockSessions(
  tx: Tx,
  ids: readonly string[],
  patience: Patience,
): Promise<LockedSession[]> {
  const locked = await tx.rows(lock[patience], { ids });
  const held = new Set(locked.map(({ id }) => id));
  const wanted = new Set(ids);
  return withAbove(
    tx,
    locked.filter(({ id, rootId }) => wanted.has(id) && (rootId === null || held.has(rootId))),
  );
}
const lockTheseAndRoots = (these: string, clause: string) => `
  SELECT ${sessionColumns}, coalesce(expires_at <= clock_timestamp(), false) AS past FROM session
  WHERE tenant_id = :tenantId AND id = ANY(ARRAY(
    SELECT unnest(ARRAY[root_id, id]) FROM session WHERE tenant_id = :tenantId AND id = ${these}
  )) ORDER BY id ${clause}`;
const lock = locking((clause) =>
  statement<LockedSession, { ids: readonly string[] }>(lockTheseAndRoots("ANY(:ids::text[])", clause)),
);

/**
 * Keeps sessions from being removed until the transaction ends. What marks sessions does so before it locks the tenant: a removal holds
 * the session by then, and waits for the tenant.
 */
export async function keepSessions(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.rows(keep, { ids });
}
/** The SQL of that, which gives the ids of those that are there. */
export const keepThese =
  "SELECT id FROM session WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) ORDER BY id FOR KEY SHARE";
const keep = statement<{ id: string }, { ids: readonly string[] }>(keepThese);

/** Adds what was read before the lock of a root was there: whoever held it may have changed what stands above these sessions. */
async function withAbove(tx: Tx, sessions: LockedSession[]): Promise<LockedSession[]> {
  const below = sessions.filter(({ rootId }) => rootId !== null).map(({ id }) => id);
  if (below.length === 0) return sessions;
  const past = new Map((await tx.rows(pastWithAbove, { ids: below })).map((row) => [row.id, row.past]));
  return sessions.map((row) => ({ ...row, past: past.get(row.id) ?? row.past }));
}
const pastWithAbove = statement<{ id: string; past: boolean }, { ids: readonly string[] }>(`
  SELECT id, ${isPastWithAbove("clock_timestamp()")} AS past FROM session WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`);

/** As {@link lockSession}, the session of a run or a command. Undefined if that has none, or is not there. */
export async function lockSessionOf(
  tx: Tx,
  table: "run" | "command",
  id: string,
): Promise<LockedSession | undefined> {
  const locked = await tx.rows(lockOf[table], { id });
  // The session's id sorts behind that of its root, which was locked with it.
  return (await withAbove(tx, locked.slice(-1)))[0];
}
const lockOfTable = (table: string) =>
  statement<LockedSession, { id: string }>(
    lockTheseAndRoots(
      `(SELECT session_id FROM ${table} WHERE tenant_id = :tenantId AND id = :id)`,
      "FOR NO KEY UPDATE",
    ),
  );
const lockOf = { run: lockOfTable("run"), command: lockOfTable("command") };

/** As {@link lockSessionOf}, the sessions of several, with their roots. One that somebody else has locked, or whose root is, is left out. */
export async function lockFreeSessionsOf(
  tx: Tx,
  table: "run" | "command",
  ids: readonly string[],
): Promise<LockedSession[]> {
  const locked = await tx.rows(lockFreeOf[table], { ids });
  const held = new Set(locked.map(({ id }) => id));
  return withAbove(
    tx,
    locked.filter(({ rootId }) => rootId === null || held.has(rootId)),
  );
}
const lockFreeOfTable = (table: string) =>
  statement<LockedSession, { ids: readonly string[] }>(
    lockTheseAndRoots(
      `ANY(ARRAY(SELECT session_id FROM ${table} WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])))`,
      "FOR NO KEY UPDATE SKIP LOCKED",
    ),
  );
const lockFreeOf = { run: lockFreeOfTable("run"), command: lockFreeOfTable("command") };

/** As {@link lockSession}, by the client's name for it, of which one that is being removed has none. */
export async function lockSessionByName(tx: Tx, name: string): Promise<LockedSession | undefined> {
  const id = await findSessionId(tx, name);
  const row = id === undefined ? undefined : await lockSession(tx, id);
  return row?.removing ? undefined : row;
}

/**
 * Locks the root of the first of these sessions whose tree nobody else is at, and gives those of them that are in that tree.
 * None if all are taken.
 */
export async function lockFreeTree(tx: Tx, ids: readonly string[]): Promise<readonly string[]> {
  return (await tx.rows(lockFree, { ids }))[0]?.members ?? [];
}
const members = `SELECT id FROM session AS member
  WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND coalesce(root_id, id) = session.id`;
const lockFree = statement<{ members: readonly string[] }, { ids: readonly string[] }>(`
  SELECT ARRAY(${members}) AS members FROM session
  WHERE tenant_id = :tenantId AND id = ANY(ARRAY(
    SELECT coalesce(root_id, id) FROM session WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])
  )) ORDER BY (SELECT min(array_position(:ids::text[], member.id)) FROM (${members}) AS member)
  LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`);

/** Those of these locked sessions in which a run has not ended or something is asked, or that are part of a tree. */
export async function findBusySessions(tx: Tx, sessionIds: readonly string[]): Promise<string[]> {
  return (await tx.rows(busy, { sessionIds })).map(({ id }) => id);
}
const busy = statement<{ id: string }, { sessionIds: readonly string[] }>(`
  SELECT DISTINCT session_id AS id FROM run
  WHERE tenant_id = :tenantId AND session_id = ANY(:sessionIds::text[]) AND status IN ('PENDING', 'CLAIMED')
  UNION SELECT session_id FROM input_request
  WHERE tenant_id = :tenantId AND session_id = ANY(:sessionIds::text[]) AND state = 'OPEN'
  UNION SELECT id FROM session
  WHERE tenant_id = :tenantId AND id = ANY(:sessionIds::text[]) AND (root_id IS NOT NULL OR below_total > 0)`);

/** Tells the followers of those of these locked sessions that are past their `expiresAt` that they are in no list any more. */
export async function saveExpiries(tx: Tx, sessionIds: readonly string[]): Promise<void> {
  for (const { id, expired } of await tx.rows(expire, { sessionIds })) if (expired) tx.change(id);
}
// Without a condition that the index of what is due has: by that index, each of 10,000 that are due would read all of them.
const expire = statement<{ id: string; expired: boolean }, { sessionIds: readonly string[] }>(`
  UPDATE session SET expired = coalesce(expires_at <= clock_timestamp(), false)
  WHERE tenant_id = :tenantId AND id = ANY(:sessionIds::text[]) RETURNING id, expired`);
