import type { Instant } from "../domain/instant.js";
import { type InputRequest, reasonOf } from "../domain/inbox/attention.js";
import { type Execution, type LiveWork, activeWork } from "../domain/session.js";
import { fold } from "../domain/text.js";
import { Prisma } from "../generated/prisma/client.js";
import { type SessionRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { TenantStore } from "./store.js";
import type { Tx } from "./transaction.js";
import type { JsonObject } from "../domain/json-value.js";

/** What is selected of a session. */
export const sessionColumns = selectList(Object.keys(Prisma.SessionScalarFieldEnum), "session");

/** The sessions of these ids that there are. */
export function findSessions(client: TenantClient, ids: readonly string[]): Promise<SessionRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(
  `SELECT ${sessionColumns} FROM session WHERE tenant_id = $1 AND id = ANY($2::text[])`,
);

/** The id of the session that a client calls by this name. */
export async function findSessionId(store: TenantStore, name: string): Promise<string | undefined> {
  const where = { tenantId_name: { tenantId: store.tenantId, name } };
  return (await store.prisma.session.findUnique({ where, select: { id: true } }))?.id;
}

/** Locks a session, after its tenant and before its runs, and reads it as it then is. */
export async function lockSession(tx: Tx, id: string): Promise<SessionRow | undefined> {
  return (await tx.rows<SessionRow>(lock, id))[0];
}
const lock = statement(
  `SELECT ${sessionColumns} FROM session WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`,
);

/** As {@link lockSession}, by the client's name for it. */
export async function lockSessionByName(tx: Tx, name: string): Promise<SessionRow | undefined> {
  return (await tx.rows<SessionRow>(lockByName, name))[0];
}
const lockByName = statement(
  `SELECT ${sessionColumns} FROM session WHERE tenant_id = $1 AND name = $2 FOR NO KEY UPDATE`,
);

/** Inserts an IDLE session, whose first version it gets at the commit; throws 23505 where its name was taken in the meantime. */
export async function insertSession(
  tx: Tx,
  session: {
    id: string;
    name: string;
    projectId: string;
    backendProfile: string;
    conversationId: string | null;
    threadId: string | null;
    title: string | null;
    metadata: JsonObject;
    expiresAt: Instant | null;
  },
): Promise<SessionRow> {
  const { id, name, projectId, backendProfile, conversationId, threadId, title, metadata, expiresAt } =
    session;
  const [row] = await tx.rows<SessionRow>(
    insert,
    id,
    name,
    projectId,
    backendProfile,
    conversationId,
    threadId,
    title,
    title === null ? null : fold(title),
    metadata,
    expiresAt,
  );
  if (!row) throw new Error("an inserted session was not returned");
  tx.raise(id);
  return row;
}
const insert = statement(`
  INSERT INTO session (tenant_id, id, name, project_id, backend_profile, conversation_id, thread_id, title,
    folded_title, metadata, expires_at, reason_since, last_activity_at, created_at, updated_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, at, at, at, at FROM (SELECT clock_timestamp() AS at) AS clock
  RETURNING ${sessionColumns}`);

/** What may change of a locked session; what is left out stays. Activity and update time are set with it. */
export interface SessionChange {
  /** Where it stands now, and what works in it: both are needed to say why it asks for attention. */
  work?: { execution: Execution; live: LiveWork; inputRequests: readonly InputRequest[] };
  lastRunId?: string;
  lastCommandId?: string;
  title?: string | null;
  conversationId?: string | null;
  threadId?: string | null;
  expiresAt?: Instant | null;
  metadata?: JsonObject;
}

/** Saves the change and returns the session as it then is. */
export async function saveSession(tx: Tx, session: SessionRow, change: SessionChange): Promise<SessionRow> {
  const execution = change.work?.execution ?? (session as Execution);
  const inputRequests = change.work?.inputRequests ?? session.inputRequests;
  const active = change.work ? activeWork(execution, change.work.live) : null;
  const { reason, since } = change.work
    ? reasonOf(execution, inputRequests, change.work.live.staleRunId !== null)
    : { reason: session.reason, since: session.reasonSince };
  const title = change.title ?? session.title;
  const [row] = await tx.rows<SessionRow>(
    save,
    session.id,
    execution.executionState,
    execution.terminalStatus,
    execution.failureKind,
    active ? active.runId : session.activeRunId,
    active ? active.commandId : session.activeCommandId,
    change.lastRunId ?? session.lastRunId,
    change.lastCommandId ?? session.lastCommandId,
    title,
    title === null ? null : fold(title),
    change.conversationId ?? session.conversationId,
    change.threadId ?? session.threadId,
    change.expiresAt ?? session.expiresAt,
    change.metadata ?? session.metadata,
    JSON.stringify(inputRequests),
    reason,
    since,
  );
  if (!row) throw new Error("a locked session was not there to save");
  tx.touch(session.id);
  return row;
}
const save = statement(`
  UPDATE session SET execution_state = $3, terminal_status = $4, failure_kind = $5, active_run_id = $6,
    active_command_id = $7, last_run_id = $8, last_command_id = $9, title = $10, folded_title = $11,
    conversation_id = $12, thread_id = $13, expires_at = $14, metadata = $15, input_requests = $16, reason = $17,
    reason_since = coalesce($18, CASE WHEN reason = $17 THEN reason_since ELSE clock.at END),
    last_activity_at = clock.at, updated_at = clock.at
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = $1 AND id = $2 RETURNING ${sessionColumns}`);

/** What still works in a locked session: see {@link LiveWork}. */
export async function findLiveWork(tx: Tx, sessionId: string): Promise<LiveWork> {
  const [row] = await tx.rows<LiveWork>(liveWork, sessionId);
  return row ?? { runId: null, turnId: null, claimedRunId: null, staleRunId: null };
}
const live = "state IN ('PENDING', 'ACKNOWLEDGED')";
const liveWork = statement(`
  SELECT
    (SELECT run_id FROM command WHERE tenant_id = $1 AND session_id = $2 AND ${live} AND type <> 'INTERRUPT'
      ORDER BY session_seq LIMIT 1) AS "runId",
    (SELECT id FROM command WHERE tenant_id = $1 AND session_id = $2 AND ${live} AND type = 'TURN'
      ORDER BY session_seq LIMIT 1) AS "turnId",
    (SELECT id FROM run WHERE tenant_id = $1 AND session_id = $2 AND status = 'CLAIMED'
      ORDER BY claimed_at DESC, id DESC LIMIT 1) AS "claimedRunId",
    (SELECT id FROM run WHERE tenant_id = $1 AND session_id = $2 AND status = 'PENDING' AND attempt > 0
      LIMIT 1) AS "staleRunId"`);

/** The sessions past their `expiresAt` whose followers have not been told, the oldest first. */
export async function findPastSessions(client: TenantClient, limit: number): Promise<string[]> {
  return (await client.rows<{ id: string }>(past, limit)).map(({ id }) => id);
}
const past = statement(`
  SELECT id FROM session WHERE tenant_id = $1 AND expires_at <= clock_timestamp() AND NOT expired
  ORDER BY expires_at LIMIT $2`);

/** Tells the followers of a session past its `expiresAt` that it is in no list any more. */
export async function saveExpired(tx: Tx, sessionId: string): Promise<void> {
  const [row] = await tx.rows<{ id: string }>(expire, sessionId);
  if (row) tx.change(row.id);
}
const expire = statement(`
  UPDATE session SET expired = true
  WHERE tenant_id = $1 AND id = $2 AND expires_at <= clock_timestamp() AND NOT expired RETURNING id`);
