import { type AttentionReason, reasonOf } from "../domain/inbox/attention.js";
import type { Instant } from "../domain/instant.js";
import type { JsonObject } from "../domain/json-value.js";
import type { TreePlace } from "../domain/session-tree.js";
import { type Execution, type OpenWork, activeWork } from "../domain/session.js";
import { fold } from "../domain/text.js";
import { Prisma } from "../generated/prisma/client.js";
import { type RowSource, type SessionRow, columnsOf, selectOf } from "./row.js";
import { reviveBelow, treeChange } from "./session-tree.js";
import { type DueSearch, type TenantClient, statement, writtenRow } from "./statement.js";
import type { Tx } from "./tx.js";

/** Sessions by their ids, without those that are being removed. */
export const sessionSource: RowSource = {
  table: "session",
  columns: columnsOf(Object.keys(Prisma.SessionScalarFieldEnum), "session"),
  where: "NOT session.removing",
};

/** A session's full name. */
export const sessionPath = "session.tenant_id || '/' || session.project_id || '/' || session.name";

/** What is selected of a session. */
export const sessionColumns = selectOf(sessionSource.columns);

/** The sessions of these ids that there are, without those that are being removed. */
export function findSessions(client: TenantClient, ids: readonly string[]): Promise<SessionRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<SessionRow, { ids: readonly string[] }>(
  `SELECT ${sessionColumns} FROM session WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) AND NOT removing`,
);

/** The id of the session that a client calls by this name, of which one that is being removed has none. */
export async function findSessionId(client: TenantClient, name: string): Promise<string | undefined> {
  return (await client.rows(byName, { name }))[0]?.id;
}
const byName = statement<{ id: string }, { name: string }>(
  "SELECT id FROM session WHERE tenant_id = :tenantId AND name = :name AND NOT removing",
);

/** What a new session holds beside its times. */
export interface NewSession extends TreePlace {
  id: string;
  name: string;
  projectId: string;
  backendProfile: string;
  conversationId: string | null;
  threadId: string | null;
  title: string | null;
  metadata: JsonObject;
  expiresAt: Instant | null;
  parentToolCallId: string | null;
  /** The run that begins with it. */
  lastRunId: string;
}

/**
 * Inserts an IDLE session, which gets its first version at the commit, and counts the first event of the run that begins with it.
 * Gives undefined if its name is taken.
 */
export async function insertSession(tx: Tx, session: NewSession): Promise<SessionRow | undefined> {
  const foldedTitle = foldTitle(session.title);
  const [row] = await tx.rows(insert, { ...session, foldedTitle, occurredAt: tx.occurredAt });
  if (!row) return undefined;
  tx.raise(session.id);
  noteTree(tx, treeChange(null, row));
  return row;
}

/**
 * The advisory lock, in SQL, of whoever makes a session of a name. It comes before all other locks: by the unique index of names alone, who
 * has locked the tenant would wait for one who waits for the tenant.
 */
export const nameKey = {
  space: "x'61677274'::int",
  of: (name: string) => `hashtext(:tenantId || '/' || ${name})`,
};

const insert = statement<
  SessionRow,
  NewSession & { foldedTitle: string | null; occurredAt: Instant | null }
>(`
  INSERT INTO session (tenant_id, id, name, project_id, backend_profile, conversation_id, thread_id, title,
    folded_title, metadata, expires_at, parent_id, root_id, ancestors, parent_tool_call_id, last_run_id, last_event_seq, reason_since,
    last_activity_at, created_at, updated_at)
  SELECT :tenantId, :id, :name, :projectId, :backendProfile, :conversationId, :threadId, :title, :foldedTitle, :metadata,
    :expiresAt, :parentId, :rootId, :ancestors::text[], :parentToolCallId, :lastRunId, 1, coalesce(:occurredAt::timestamptz, at),
    coalesce(:occurredAt::timestamptz, at), at, at
  FROM (SELECT clock_timestamp() AS at FROM (SELECT pg_advisory_xact_lock(${nameKey.space}, ${nameKey.of(":name")})) AS held) AS clock
  ON CONFLICT (tenant_id, name) WHERE NOT removing DO NOTHING RETURNING ${sessionColumns}`);

function noteTree(tx: Tx, changed: ReturnType<typeof treeChange>): void {
  if (changed) tx.changeTree(changed.rootId, changed.change);
}

/** A title as it is looked for. */
export function foldTitle(title: string | null): string | null {
  return title === null ? null : fold(title);
}

/** What may change of a locked session; what is left out stays. Activity and update time are set with it, activity to when it happened. */
export interface SessionChange {
  /** Where it stands now, and what works in it: both are needed to say why it asks for attention. */
  work?: { execution: Execution; open: OpenWork };
  lastRunId?: string;
  lastCommandId?: string;
  title?: string | null;
  conversationId?: string | null;
  threadId?: string | null;
  expiresAt?: Instant | null;
  metadata?: JsonObject;
}

/** Saves the change and returns the session as it then is, but that a root shows its tree only at the end of the transaction. */
export async function saveSession(tx: Tx, session: SessionRow, change: SessionChange): Promise<SessionRow> {
  const execution = change.work?.execution ?? (session as Execution);
  const active = change.work ? activeWork(execution, change.work.open) : null;
  const own = change.work
    ? reasonOf(execution, change.work.open, change.work.open.staleRunId !== null)
    : null;
  const title = change.title ?? session.title;
  const saved = tx.rows(save, {
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
    openRequests: change.work?.open.openRequests ?? session.openRequests,
    reason: own?.reason ?? null,
    since: own?.since ?? null,
    occurredAt: tx.occurredAt,
  });
  const row = await writtenRow(saved);
  tx.touch(session.id);
  noteTree(tx, treeChange(session, row));
  return row;
}
/**
 * The columns that a save sets, which session, and when it happened. `reason` is the session's own, null if that stays; `since` is
 * null if it may have held before.
 */
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
  | "openRequests"
> & { reason: AttentionReason | null; since: Instant | null; occurredAt: Instant | null };
const ownSince = `coalesce(:since::timestamptz, CASE WHEN coalesce(:reason::attention_reason = coalesce(own_reason, reason), true)
      THEN coalesce(own_since, reason_since) ELSE greatest(last_activity_at, clock.happened) END)`;
const save = statement<SessionRow, SavedSession>(`
  UPDATE session SET execution_state = :executionState, terminal_status = :terminalStatus, failure_kind = :failureKind,
    active_run_id = :activeRunId, active_command_id = :activeCommandId, last_run_id = :lastRunId,
    last_command_id = :lastCommandId, title = :title, folded_title = :foldedTitle, conversation_id = :conversationId,
    thread_id = :threadId, expires_at = :expiresAt, metadata = :metadata, open_requests = :openRequests,
    active = :executionState::session_execution_state = 'RUNNING' OR below_active > 0,
    reason = CASE WHEN own_reason IS NULL THEN coalesce(:reason::attention_reason, reason) ELSE reason END,
    own_reason = CASE WHEN own_reason IS NOT NULL THEN coalesce(:reason::attention_reason, own_reason) END,
    reason_since = CASE WHEN own_reason IS NULL THEN ${ownSince} ELSE reason_since END,
    own_since = CASE WHEN own_reason IS NOT NULL THEN ${ownSince} END,
    last_activity_at = greatest(last_activity_at, clock.happened), updated_at = clock.at
  FROM (SELECT at, coalesce(:occurredAt::timestamptz, at) AS happened FROM (SELECT clock_timestamp() AS at) AS now) AS clock
  WHERE tenant_id = :tenantId AND id = :id RETURNING ${sessionColumns}`);

/** The sessions past their `expiresAt` whose followers have not been told, the oldest first. */
export async function findPastSessions(client: TenantClient, search: DueSearch): Promise<string[]> {
  return (await client.rows(past, search)).map(({ id }) => id);
}
const past = statement<{ id: string }, DueSearch>(`
  SELECT id FROM session WHERE tenant_id = :tenantId AND expires_at <= (SELECT clock_timestamp()) AND NOT expired
    AND id <> ALL(:failing::text[])
  ORDER BY expires_at LIMIT :limit`);

/**
 * Takes a locked session, in which nothing works or is asked, out of every list, as from its `expiresAt` on or that of a session
 * above it; with NOW, at the latest from now on. Tells its followers.
 */
export async function saveExpired(tx: Tx, { id, rootId }: SessionRow, from?: "NOW"): Promise<void> {
  await tx.rows(expire, { id, now: from === "NOW" });
  tx.change(id);
  if (rootId !== null) tx.changeTree(rootId, { total: -1, active: 0, requests: 0 });
}
const expire = statement<never, { id: string; now: boolean }>(`
  UPDATE session SET expired = true, expires_at = CASE WHEN :now::boolean THEN least(expires_at, clock_timestamp()) ELSE expires_at END
  WHERE tenant_id = :tenantId AND id = :id`);

/**
 * Brings a locked session that expired back, until this later instant or for ever, and what expired with it; tells the followers. False if the
 * instant, or the `expiresAt` of a session above it, has passed too.
 */
export async function saveRevival(tx: Tx, session: SessionRow, expiresAt: Instant | null): Promise<boolean> {
  const [row] = await tx.rows(revive, { sessionId: session.id, expiresAt });
  if (!row) return false;
  tx.change(row.id);
  if (session.rootId !== null && session.expired)
    tx.changeTree(session.rootId, { total: 1, active: 0, requests: 0 });
  const below = await reviveBelow(tx, session.id);
  for (const id of below) tx.change(id);
  if (below.length > 0)
    tx.changeTree(session.rootId ?? session.id, { total: below.length, active: 0, requests: 0 });
  return true;
}
const revive = statement<{ id: string }, { sessionId: string; expiresAt: Instant | null }>(`
  UPDATE session SET expires_at = :expiresAt, expired = false
  WHERE tenant_id = :tenantId AND id = :sessionId AND coalesce(:expiresAt::timestamptz > clock_timestamp(), true)
    AND NOT EXISTS (SELECT FROM session AS above WHERE above.tenant_id = :tenantId AND above.id = ANY(session.ancestors)
      AND above.expires_at <= clock_timestamp()) RETURNING id`);

/** The runs of a locked session that have not ended, at most so many. */
export async function findLiveRuns(tx: Tx, sessionId: string, limit: number): Promise<string[]> {
  return (await tx.rows(liveRuns, { sessionId, limit })).map(({ id }) => id);
}
const liveRuns = statement<{ id: string }, { sessionId: string; limit: number }>(`
  SELECT id FROM run WHERE tenant_id = :tenantId AND session_id = :sessionId AND status IN ('PENDING', 'CLAIMED')
  ORDER BY id LIMIT :limit`);
