import { type TenantClient, statement } from "./statement.js";
import type { Tx } from "./transaction.js";

const unheld = `(SELECT id FROM run WHERE tenant_id = :tenantId AND session_id = session.id AND status = 'CLAIMED' LIMIT 1) IS NULL`;

/** Finds sessions that expired at least `graceSeconds` ago and that no runner works in, the longest expired first. */
export async function findExpiredSessions(
  client: TenantClient,
  graceSeconds: number,
  limit: number,
): Promise<string[]> {
  const rows = await client.rows(expired, { graceSeconds, limit });
  return rows.map(({ id }) => id);
}
const expired = statement<{ id: string }, { graceSeconds: number; limit: number }>(`
  SELECT id FROM session
  WHERE tenant_id = :tenantId AND expires_at <= (SELECT clock_timestamp() - make_interval(secs => :graceSeconds)) AND ${unheld}
  ORDER BY expires_at LIMIT :limit`);

/**
 * Finds sessions without an `expiresAt` in which nothing has happened for this many days, the longest forgotten
 * first. Sessions that are RUNNING or that a runner works in are left out.
 */
export async function findForgottenSessions(
  client: TenantClient,
  days: number,
  limit: number,
): Promise<string[]> {
  const rows = await client.rows(forgotten, { days, limit });
  return rows.map(({ id }) => id);
}
const forgotten = statement<{ id: string }, { days: number; limit: number }>(`
  SELECT id FROM session
  WHERE tenant_id = :tenantId AND last_activity_at <= (SELECT clock_timestamp() - make_interval(days => :days))
    AND expires_at IS NULL AND execution_state <> 'RUNNING' AND ${unheld}
  ORDER BY last_activity_at LIMIT :limit`);

type OfSession = { sessionId: string };

/** What a session that was locked for its removal is like. */
export interface RemovableSession {
  /**
   * True if it may be removed: it has expired, or it is not RUNNING and rests for at least a day. False while a
   * runner works in it.
   */
  due: boolean;
  /** True once its followers have been told that it has left every list. */
  expired: boolean;
}

/** Locks a session so that nothing can be added to it; undefined if there is no such session. */
export async function lockForRemoval(tx: Tx, sessionId: string): Promise<RemovableSession | undefined> {
  await tx.rows(lock, { sessionId });
  return (await tx.rows(judge, { sessionId }))[0];
}
const lock = statement<{ id: string }, OfSession>(
  `SELECT id FROM session WHERE tenant_id = :tenantId AND id = :sessionId FOR UPDATE`,
);
// A statement of its own after the lock, so that it sees what the lock's last holder has done.
const judge = statement<RemovableSession, OfSession>(`
  SELECT expired, ${unheld} AND (coalesce(expires_at <= clock_timestamp(), false)
    OR execution_state <> 'RUNNING' AND last_activity_at <= clock_timestamp() - interval '1 day') AS due
  FROM session WHERE tenant_id = :tenantId AND id = :sessionId`);

/** Takes a locked session out of every list, and tells its followers. */
export async function hideSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.rows(hide, { sessionId });
  tx.change(sessionId);
}
const hide = statement<never, OfSession>(`
  UPDATE session SET expired = true, expires_at = coalesce(expires_at, clock_timestamp())
  WHERE tenant_id = :tenantId AND id = :sessionId`);

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
  removal("run_event", ofIt),
  removal("event_batch", ofItsRuns),
  removal("runner_job", ofItsRuns),
  removal("reader_mark", ofIt),
];

/** The rows that the records belong to, and that other rows refer to: see {@link dropReferences}. */
const work = [removal("command", ofIt), removal("run", ofIt)];

function removal(table: string, where: string) {
  return statement<{ count: number }, OfSession & { limit: number }>(`
    WITH removed AS (
      DELETE FROM ${table} WHERE tenant_id = :tenantId
        AND ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE tenant_id = :tenantId AND ${where} LIMIT :limit))
      RETURNING 1
    ) SELECT count(*)::int AS count FROM removed`);
}

/**
 * Removes events, batches, jobs and marks of a locked session, at most `limit` of them. Returns how many more it
 * might have removed: more than 0 means that none is left.
 */
export function removeRecords(tx: Tx, sessionId: string, limit: number): Promise<number> {
  return removeRows(tx, records, sessionId, limit);
}

/** As {@link removeRecords}, for the session's commands and runs. Nothing may refer to them any more. */
export function removeWork(tx: Tx, sessionId: string, limit: number): Promise<number> {
  return removeRows(tx, work, sessionId, limit);
}

async function removeRows(
  tx: Tx,
  parts: readonly ReturnType<typeof removal>[],
  sessionId: string,
  limit: number,
): Promise<number> {
  let left = limit;
  for (const part of parts) {
    if (left === 0) break;
    const [removed] = await tx.rows(part, { sessionId, limit: left });
    left -= removed?.count ?? 0;
  }
  return left;
}

/** Removes the row of a locked session to which nothing else belongs any more. */
export async function deleteSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.rows(deleteRow, { sessionId });
  tx.touch(sessionId);
}
const deleteRow = statement<never, OfSession>(
  `DELETE FROM session WHERE tenant_id = :tenantId AND id = :sessionId`,
);
