import { type InputRequest, reasonOf } from "../domain/inbox/attention.js";
import type { Instant } from "../domain/instant.js";
import type { JsonObject } from "../domain/json-value.js";
import { type Execution, type LiveWork, activeWork } from "../domain/session.js";
import { fold } from "../domain/text.js";
import { Prisma } from "../generated/prisma/client.js";
import { type SessionRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { TenantStore } from "./store.js";
import type { Tx } from "./transaction.js";

/** What is selected of a session. */
export const sessionColumns = selectList(Object.keys(Prisma.SessionScalarFieldEnum), "session");

/** The sessions of these ids that there are. */
export function findSessions(client: TenantClient, ids: readonly string[]): Promise<SessionRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<SessionRow, { ids: readonly string[] }>(
  `SELECT ${sessionColumns} FROM session WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** The id of the session that a client calls by this name. */
export async function findSessionId(store: TenantStore, name: string): Promise<string | undefined> {
  const where = { tenantId: store.tenantId, name };
  return (await store.prisma.session.findFirst({ where, select: { id: true } }))?.id;
}

/** Locks a session, before its runs, and reads it as it then is. */
export async function lockSession(tx: Tx, id: string): Promise<SessionRow | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<SessionRow, { id: string }>(
  `SELECT ${sessionColumns} FROM session WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`,
);

/** As {@link lockSession}, by the client's name for it. */
export async function lockSessionByName(tx: Tx, name: string): Promise<SessionRow | undefined> {
  return (await tx.rows(lockByName, { name }))[0];
}
const lockByName = statement<SessionRow, { name: string }>(
  `SELECT ${sessionColumns} FROM session WHERE tenant_id = :tenantId AND name = :name FOR NO KEY UPDATE`,
);

/** What a new session holds beside its times. */
export interface NewSession {
  id: string;
  name: string;
  projectId: string;
  backendProfile: string;
  conversationId: string | null;
  threadId: string | null;
  title: string | null;
  metadata: JsonObject;
  expiresAt: Instant | null;
}

/** Inserts an IDLE session, which gets its first version at the commit; throws 23505 if its name was taken in the meantime. */
export async function insertSession(tx: Tx, session: NewSession): Promise<SessionRow> {
  const [row] = await tx.rows(insert, { ...session, foldedTitle: foldTitle(session.title) });
  if (!row) throw new Error("an inserted session was not returned");
  tx.raise(session.id);
  return row;
}
const insert = statement<SessionRow, NewSession & { foldedTitle: string | null }>(`
  INSERT INTO session (tenant_id, id, name, project_id, backend_profile, conversation_id, thread_id, title,
    folded_title, metadata, expires_at, reason_since, last_activity_at, created_at, updated_at)
  SELECT :tenantId, :id, :name, :projectId, :backendProfile, :conversationId, :threadId, :title, :foldedTitle, :metadata,
    :expiresAt, at, at, at, at
  FROM (SELECT clock_timestamp() AS at) AS clock
  RETURNING ${sessionColumns}`);

function foldTitle(title: string | null): string | null {
  return title === null ? null : fold(title);
}

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
  const [row] = await tx.rows(save, {
    id: session.id,
    executionState: execution.executionState,
    terminalStatus: execution.terminalStatus,
    failureKind: execution.failureKind,
    activeRunId: active ? active.runId : session.activeRunId,
    activeCommandId: active ? active.commandId : session.activeCommandId,
    lastRunId: change.lastRunId ?? session.lastRunId,
    lastCommandId: change.lastCommandId ?? session.lastCommandId,
    title,
    foldedTitle: foldTitle(title),
    conversationId: change.conversationId ?? session.conversationId,
    threadId: change.threadId ?? session.threadId,
    expiresAt: change.expiresAt ?? session.expiresAt,
    metadata: change.metadata ?? session.metadata,
    inputRequests: JSON.stringify(inputRequests),
    reason,
    since,
  });
  if (!row) throw new Error("a locked session was not there to save");
  tx.touch(session.id);
  return row;
}
/** The columns that a save sets, and which session; `since` is null if the reason may have held before. */
type SavedSession = Pick<
  SessionRow,
  | "id"
  | "executionState"
  | "terminalStatus"
  | "failureKind"
  | "activeRunId"
  | "activeCommandId"
  | "lastRunId"
  | "lastCommandId"
  | "title"
  | "foldedTitle"
  | "conversationId"
  | "threadId"
  | "expiresAt"
  | "metadata"
  | "reason"
> & { inputRequests: string; since: Instant | null };
const save = statement<SessionRow, SavedSession>(`
  UPDATE session SET execution_state = :executionState, terminal_status = :terminalStatus, failure_kind = :failureKind,
    active_run_id = :activeRunId, active_command_id = :activeCommandId, last_run_id = :lastRunId,
    last_command_id = :lastCommandId, title = :title, folded_title = :foldedTitle, conversation_id = :conversationId,
    thread_id = :threadId, expires_at = :expiresAt, metadata = :metadata, input_requests = :inputRequests, reason = :reason,
    reason_since = coalesce(:since, CASE WHEN reason = :reason THEN reason_since ELSE clock.at END),
    last_activity_at = clock.at, updated_at = clock.at
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :id RETURNING ${sessionColumns}`);

/** What still works in a locked session: see {@link LiveWork}. */
export async function findLiveWork(tx: Tx, sessionId: string): Promise<LiveWork> {
  const [row] = await tx.rows(liveWork, { sessionId });
  return row ?? { runId: null, turnId: null, claimedRunId: null, staleRunId: null };
}
const live = "state IN ('PENDING', 'ACKNOWLEDGED')";
const liveWork = statement<LiveWork, { sessionId: string }>(`
  SELECT
    (SELECT run_id FROM command WHERE tenant_id = :tenantId AND session_id = :sessionId AND ${live} AND type <> 'INTERRUPT'
      ORDER BY session_seq LIMIT 1) AS "runId",
    (SELECT id FROM command WHERE tenant_id = :tenantId AND session_id = :sessionId AND ${live} AND type = 'TURN'
      ORDER BY session_seq LIMIT 1) AS "turnId",
    (SELECT id FROM run WHERE tenant_id = :tenantId AND session_id = :sessionId AND status = 'CLAIMED'
      ORDER BY claimed_at DESC, id DESC LIMIT 1) AS "claimedRunId",
    (SELECT id FROM run WHERE tenant_id = :tenantId AND session_id = :sessionId AND status = 'PENDING' AND attempt > 0
      LIMIT 1) AS "staleRunId"`);

/** The sessions past their `expiresAt` whose followers have not been told, the oldest first. */
export async function findPastSessions(client: TenantClient, limit: number): Promise<string[]> {
  return (await client.rows(past, { limit })).map(({ id }) => id);
}
const past = statement<{ id: string }, { limit: number }>(`
  SELECT id FROM session WHERE tenant_id = :tenantId AND expires_at <= clock_timestamp() AND NOT expired
  ORDER BY expires_at LIMIT :limit`);

/** Tells the followers of a session past its `expiresAt` that it is in no list any more. */
export async function saveExpired(tx: Tx, sessionId: string): Promise<void> {
  const [row] = await tx.rows(expire, { sessionId });
  if (row) tx.change(row.id);
}
const expire = statement<{ id: string }, { sessionId: string }>(`
  UPDATE session SET expired = true
  WHERE tenant_id = :tenantId AND id = :sessionId AND expires_at <= clock_timestamp() AND NOT expired RETURNING id`);
