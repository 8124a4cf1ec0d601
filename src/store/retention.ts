import { type Statement, type TenantClient, statement } from "./statement.js";
import type { Tx } from "./transaction.js";

const unheld = `(SELECT id FROM run WHERE tenant_id = $1 AND session_id = session.id AND status = 'CLAIMED' LIMIT 1) IS NULL`;

/** The sessions that expired at least so many seconds ago and that no runner works in, longest expired first. */
export async function findExpiredSessions(
  client: TenantClient,
  graceSeconds: number,
  limit: number,
): Promise<string[]> {
  const rows = await client.rows<{ id: string }>(expired, graceSeconds, limit);
  return rows.map(({ id }) => id);
}
const expired = statement(`
  SELECT id FROM session
  WHERE tenant_id = $1 AND expires_at <= (SELECT clock_timestamp() - make_interval(secs => $2)) AND ${unheld}
  ORDER BY expires_at LIMIT $3`);

/** The sessions without an expiry that rest and in which nothing has happened for so many days, longest forgotten first. */
export async function findForgottenSessions(
  client: TenantClient,
  days: number,
  limit: number,
): Promise<string[]> {
  const rows = await client.rows<{ id: string }>(forgotten, days, limit);
  return rows.map(({ id }) => id);
}
const forgotten = statement(`
  SELECT id FROM session
  WHERE tenant_id = $1 AND last_activity_at <= (SELECT clock_timestamp() - make_interval(days => $2))
    AND expires_at IS NULL AND execution_state <> 'RUNNING' AND ${unheld}
  ORDER BY last_activity_at LIMIT $3`);

/** A session under the lock that its removal needs. */
export interface RemovableSession {
  /** True where it may be removed: it has expired, or rests since a day or more. False while a runner works in it. */
  due: boolean;
  /** True once its followers have been told that it has left every list. */
  expired: boolean;
}

/** Locks a session so that nothing can be added to it; undefined where there is no such session. */
export async function lockForRemoval(tx: Tx, sessionId: string): Promise<RemovableSession | undefined> {
  await tx.rows(lock, sessionId);
  return (await tx.rows<RemovableSession>(judge, sessionId))[0];
}
const lock = statement(`SELECT id FROM session WHERE tenant_id = $1 AND id = $2 FOR UPDATE`);
// After the lock, so that it sees what whoever held it before has done.
const judge = statement(`
  SELECT expired, ${unheld} AND (coalesce(expires_at <= clock_timestamp(), false)
    OR execution_state <> 'RUNNING' AND last_activity_at <= clock_timestamp() - interval '1 day') AS due
  FROM session WHERE tenant_id = $1 AND id = $2`);

/** Takes a locked session out of every list, and tells its followers. */
export async function hideSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.rows(hide, sessionId);
  tx.change(sessionId);
}
const hide = statement(`
  UPDATE session SET expired = true, expires_at = coalesce(expires_at, clock_timestamp()) WHERE tenant_id = $1 AND id = $2`);

/** Takes a locked session's work out of what refers to it: its own row, queue tasks and attempts, which stay. */
export async function dropReferences(tx: Tx, sessionId: string): Promise<void> {
  await tx.rows(dropOwn, sessionId);
  await tx.rows(dropFromTasks, sessionId);
  await tx.rows(dropFromAttempts, sessionId);
}
const runs = `ARRAY(SELECT id FROM run WHERE tenant_id = $1 AND session_id = $2)`;
const commands = `ARRAY(SELECT id FROM command WHERE tenant_id = $1 AND session_id = $2)`;
const dropOwn = statement(`
  UPDATE session SET last_run_id = NULL, active_run_id = NULL, last_command_id = NULL, active_command_id = NULL
  WHERE tenant_id = $1 AND id = $2`);
const dropFromTasks = statement(
  `UPDATE queue_task SET session_id = NULL WHERE tenant_id = $1 AND session_id = $2`,
);
const dropFromAttempts = statement(`
  UPDATE queue_attempt SET session_id = nullif(session_id, $2),
    run_id = CASE WHEN run_id = ANY(${runs}) THEN NULL ELSE run_id END,
    command_id = CASE WHEN command_id = ANY(${commands}) THEN NULL ELSE command_id END
  WHERE tenant_id = $1 AND (session_id = $2 OR run_id = ANY(${runs}) OR command_id = ANY(${commands}))`);

const ofItsRuns = `run_id = ANY(${runs})`;
const ofIt = "session_id = $2";

/** What belongs to a session and is referred to by nothing. */
const records = [
  removal("run_event", ofIt),
  removal("event_batch", ofItsRuns),
  removal("runner_job", ofItsRuns),
  removal("reader_mark", ofIt),
];

/** What they belong to, and what other rows name: see {@link dropReferences}. */
const work = [removal("command", ofIt), removal("run", ofIt)];

function removal(table: string, where: string) {
  return statement(`
    WITH removed AS (
      DELETE FROM ${table} WHERE tenant_id = $1
        AND ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE tenant_id = $1 AND ${where} LIMIT $3))
      RETURNING 1
    ) SELECT count(*)::int AS count FROM removed`);
}

/** Removes at most so many events, batches, jobs and marks of a locked session, and says how many more it might have removed. */
export function removeRecords(tx: Tx, sessionId: string, limit: number): Promise<number> {
  return removeRows(tx, records, sessionId, limit);
}

/** The same for its commands and runs, once nothing refers to them. */
export function removeWork(tx: Tx, sessionId: string, limit: number): Promise<number> {
  return removeRows(tx, work, sessionId, limit);
}

async function removeRows(
  tx: Tx,
  parts: readonly Statement[],
  sessionId: string,
  limit: number,
): Promise<number> {
  let left = limit;
  for (const part of parts) {
    if (left === 0) break;
    const [removed] = await tx.rows<{ count: number }>(part, sessionId, left);
    left -= removed?.count ?? 0;
  }
  return left;
}

/** Removes the row of a locked session that has nothing left. */
export async function deleteSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.rows(deleteRow, sessionId);
  tx.touch(sessionId);
}
const deleteRow = statement(`DELETE FROM session WHERE tenant_id = $1 AND id = $2`);
