import { removal, removeUpTo } from "./removal.js";
import { type Place, beginning } from "./resting.js";
import { noteRemoved, requestRemoval } from "./request-removal.js";
import { idsOfTree, isBelow, isPastWithAbove } from "./session-tree.js";
import { removeBlocks, searchSessionRemoval } from "./search/block.js";
import { type TenantClient, findsAny, statement } from "./statement.js";
import type { Tx } from "./tx.js";

const unheld = `NOT ${findsAny("FROM run WHERE tenant_id = :tenantId AND session_id = session.id AND status = 'CLAIMED'")}`;

/**
 * Finds sessions that expired at least `graceSeconds` ago and that no runner works in, after a place, the longest expired
 * first.
 */
export function findExpiredSessions(
  client: TenantClient,
  graceSeconds: number,
  limit: number,
  after = beginning,
): Promise<Place[]> {
  return client.rows(expired, { graceSeconds, limit, ...after });
}
const expired = statement<Place, Place & { graceSeconds: number; limit: number }>(`
  SELECT id, expires_at AS at FROM session
  WHERE tenant_id = :tenantId AND expires_at <= (SELECT clock_timestamp() - make_interval(secs => :graceSeconds)) AND ${unheld}
    AND (expires_at, id) > (:at::timestamptz, :id)
  ORDER BY expires_at, id LIMIT :limit`);

/** Finds sessions whose removal has begun and to which something still belongs, after a place, by their ids. */
export function findUnemptied(client: TenantClient, limit: number, { id } = beginning): Promise<Place[]> {
  return client.rows(unemptied, { limit, id });
}
const unemptied = statement<Place, { limit: number; id: string }>(`
  SELECT id, updated_at AS at FROM session WHERE tenant_id = :tenantId AND removing AND NOT emptied AND id > :id ORDER BY id LIMIT :limit`);

/** True unless a runner works in the session or in one below it. */
const isTreeUnheld = `NOT EXISTS (SELECT FROM run WHERE tenant_id = :tenantId AND status = 'CLAIMED' AND session_id = ANY(${idsOfTree("session.id")}))`;

/**
 * Finds roots without an `expiresAt` that nobody has changed, nor what is below them, for this many days, after a place, the longest
 * forgotten first. When what they tell of happened keeps one only if that is later, as where one that rests is sent events alone.
 * Those that are active or that a runner works in are left out.
 */
export function findForgottenSessions(
  client: TenantClient,
  days: number,
  limit: number,
  after = beginning,
): Promise<Place[]> {
  return client.rows(forgotten, { days, limit, ...after });
}
const daysAgo = "(SELECT clock_timestamp() - make_interval(days => :days))";
const forgotten = statement<Place, Place & { days: number; limit: number }>(`
  SELECT id, updated_at AS at FROM session
  WHERE tenant_id = :tenantId AND updated_at <= ${daysAgo} AND last_activity_at <= ${daysAgo}
    AND parent_id IS NULL AND expires_at IS NULL AND execution_state <> 'RUNNING' AND NOT active AND ${unheld}
    AND (below_total = 0 OR NOT ${findsAny(
      `FROM session AS below WHERE below.tenant_id = :tenantId AND below.root_id = session.id AND below.updated_at > ${daysAgo}`,
      "below.last_activity_at",
    )})
    AND (updated_at, id) > (:at::timestamptz, :id)
  ORDER BY updated_at, id LIMIT :limit`);

type OfSession = { sessionId: string };

/** What a session that was locked for its removal is like. */
export interface RemovableSession {
  /**
   * True if it may be removed: its removal has begun, or it, or a session above it, has expired, or it is not active and rests for at
   * least a day. False while a runner works in it or below it.
   */
  due: boolean;
  /** True once its followers have been told that it has left every list. */
  expired: boolean;
  /** True once its removal has begun. */
  removing: boolean;
  /** True once nothing belongs to it any more. */
  emptied: boolean;
  /** True while there are sessions below it, which go first; and while something belongs to one of them. */
  hasBelow: boolean;
  hasFullBelow: boolean;
}

/** Locks a session, after its root, so that nothing can be added to it; undefined if there is no such session. */
export async function lockForRemoval(tx: Tx, sessionId: string): Promise<RemovableSession | undefined> {
  await tx.rows(lock, { sessionId });
  return (await tx.rows(judge, { sessionId }))[0];
}
const lock = statement<{ id: string }, OfSession>(`
  SELECT id FROM session WHERE tenant_id = :tenantId AND id = ANY(ARRAY(
    SELECT unnest(ARRAY[root_id, id]) FROM session WHERE tenant_id = :tenantId AND id = :sessionId
  )) ORDER BY id FOR UPDATE`);
const isChild = "FROM session AS child WHERE child.tenant_id = :tenantId AND child.parent_id = session.id";
// A statement of its own after the lock, so that it sees what the lock's last holder has done.
const judge = statement<RemovableSession, OfSession>(`
  SELECT expired, removing, emptied,
    ${findsAny(isChild, "child.created_at")} AS "hasBelow",
    ${findsAny(`${isChild} AND NOT child.emptied`, "child.created_at")} AS "hasFullBelow",
    ${isTreeUnheld} AND (removing OR ${isPastWithAbove("clock_timestamp()")}
      OR NOT active AND greatest(last_activity_at, updated_at) <= clock_timestamp() - interval '1 day') AS due
  FROM session WHERE tenant_id = :tenantId AND id = :sessionId`);

/**
 * Begins to remove a locked session and all below it: they are in no list, cannot come back and take no new work, their names are
 * free, and of what people wrote of them nothing is left.
 */
export async function beginRemoval(tx: Tx, sessionId: string): Promise<void> {
  for (const { id } of await tx.rows(begin, { sessionId })) tx.touch(id);
}
const begin = statement<{ id: string }, OfSession>(`
  WITH held AS MATERIALIZED (
    SELECT id FROM session WHERE tenant_id = :tenantId AND (id = :sessionId OR ${isBelow(":sessionId")}) ORDER BY id FOR NO KEY UPDATE
  ) UPDATE session SET removing = true,
    expires_at = CASE WHEN session.id = :sessionId THEN least(expires_at, clock_timestamp()) ELSE expires_at END, title = NULL, folded_title = NULL, metadata = '{}', summary = '{}', labels = '{}', links = '[]',
    conversation_id = NULL, thread_id = NULL
  FROM held WHERE session.tenant_id = :tenantId AND session.id = held.id RETURNING session.id`);

/** Notes that nothing belongs any more to a locked session that is being removed. */
export async function saveEmptied(tx: Tx, sessionId: string): Promise<void> {
  await tx.rows(emptied, { sessionId });
}
const emptied = statement<never, OfSession>(
  `UPDATE session SET emptied = true WHERE tenant_id = :tenantId AND id = :sessionId`,
);

/**
 * Clears what refers to a locked session's work: columns of its own row, and of queue tasks and attempts, which stay.
 */
export async function dropReferences(tx: Tx, sessionId: string): Promise<void> {
  for (const drop of [dropOwn, dropFromTasks, dropFromAttempts]) await tx.rows(drop, { sessionId });
}
const runs = `ARRAY(SELECT id FROM run WHERE tenant_id = :tenantId AND session_id = :sessionId)`;
const commands = `ARRAY(SELECT id FROM command WHERE tenant_id = :tenantId AND session_id = :sessionId)`;
const dropOwn = statement<never, OfSession>(`
  UPDATE session SET last_run_id = NULL, active_run_id = NULL, last_command_id = NULL, active_command_id = NULL
  WHERE tenant_id = :tenantId AND id = :sessionId`);
const dropFromTasks = statement<never, OfSession>(
  `UPDATE queue_task SET session_id = NULL WHERE tenant_id = :tenantId AND session_id = :sessionId`,
);
const dropFromAttempts = statement<never, OfSession>(`
  UPDATE queue_attempt SET session_id = nullif(session_id, :sessionId),
    run_id = CASE WHEN run_id = ANY(${runs}) THEN NULL ELSE run_id END,
    command_id = CASE WHEN command_id = ANY(${commands}) THEN NULL ELSE command_id END
  WHERE tenant_id = :tenantId AND (session_id = :sessionId OR run_id = ANY(${runs}) OR command_id = ANY(${commands}))`);

const ofItsRuns = `run_id = ANY(${runs})`;
const ofIt = "session_id = :sessionId";

/** The rows that belong to a session and that no other row refers to. */
const records = [
  // From its first event on: what is left has no holes.
  removal<OfSession>("run_event", ofIt, "ORDER BY session_seq"),
  removal<OfSession>("event_batch", ofItsRuns),
  removal<OfSession>("runner_job", ofItsRuns),
  removal<OfSession>("delta_stream", ofIt),
  removal<OfSession>("reader_mark", ofIt),
  removal<OfSession>("session_label", ofIt),
  searchSessionRemoval,
];

const requests = requestRemoval<OfSession>(ofIt);

/** The rows that the records belong to, and that other rows refer to: see {@link dropReferences}. */
const work = [removal<OfSession>("command", ofIt), removal<OfSession>("run", ofIt)];

/**
 * Removes events, batches, jobs, deltas, marks, input requests and what is indexed of a locked session, at most `limit` of them. Returns how many more it
 * might have removed: more than 0 means that none is left.
 */
export function removeRecords(tx: Tx, sessionId: string, limit: number): Promise<number> {
  return removeUpTo(limit, [
    ...records.map((part) => (most: number) => tx.rows(part, { sessionId, limit: most })),
    (most) => noteRemoved(tx, tx.rows(requests, { sessionId, limit: most })),
    (most) => removeBlocks(tx, sessionId, most),
  ]);
}

/** As {@link removeRecords}, for the session's commands and runs. Nothing may refer to them any more. */
export function removeWork(tx: Tx, sessionId: string, limit: number): Promise<number> {
  return removeUpTo(
    limit,
    work.map((part) => (most) => tx.rows(part, { sessionId, limit: most })),
  );
}

/** Removes the row of a locked session to which nothing else belongs any more. */
export async function deleteSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.rows(deleteRow, { sessionId });
  tx.touch(sessionId);
}
// Whoever has read up to the session's last change knows that it has left; nobody else can learn it any more.
const deleteRow = statement<never, OfSession>(`
  WITH gone AS (DELETE FROM session WHERE tenant_id = :tenantId AND id = :sessionId RETURNING change_version)
  UPDATE tenant SET removed_version = greatest(removed_version, gone.change_version) FROM gone WHERE tenant_id = :tenantId`);
