import type { CommandType } from "../domain/command.js";
import { AgentRunError, badUserInput, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { Outcome } from "../domain/run.js";
import {
  type Execution,
  type OpenWork,
  afterEnd,
  afterExpiry,
  running,
  summarizeSession,
} from "../domain/session.js";
import { checkName } from "../domain/text.js";
import { findCommands } from "../store/command.js";
import type { SessionRow } from "../store/row.js";
import { findOpenWork } from "../store/open-work.js";
import { type SessionChange, findSessionId, findSessions, saveSession } from "../store/session.js";
import { type LockedSession, lockSession, lockSessions } from "../store/session-locks.js";
import type { Patience, Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";
import { type ServiceEvent, phase } from "./service-events.js";

/**
 * Names a session by exactly one of two: `id`, the service's own, or `sessionId`, the name that its creator gave it.
 */
export interface SessionRef {
  id?: string | null;
  sessionId?: string | null;
}

/**
 * Finds the id of the session that is meant. Gives undefined if no session of the caller's tenant has this name. An id
 * is given back as it is, even if there is no such session: reading by it tells. Throws BAD_USER_INPUT if the name or
 * id is malformed.
 */
export async function resolveSession(
  { store }: Pick<Caller, "store">,
  ref: SessionRef,
  field: string,
): Promise<string | undefined> {
  const { id, name } = takeSessionRef(ref, field);
  return id ?? findSessionId(store, name);
}

/** Takes the id or the name by which a session is meant. Throws BAD_USER_INPUT if it is malformed. */
export function takeSessionRef(
  ref: SessionRef,
  field: string,
): { id: string; name?: never } | { id?: never; name: string } {
  if (typeof ref.sessionId === "string") return { name: checkName(ref.sessionId, `${field}.sessionId`) };
  if (typeof ref.id !== "string") throw badUserInput(field, "must name a session by id or by sessionId");
  return { id: checkId("session", ref.id, `${field}.id`) };
}

/** Does the same as {@link resolveSession}, but throws NOT_FOUND if the caller's tenant has no such session. */
export async function requireSession(caller: Caller, ref: SessionRef, field: string): Promise<string> {
  const id = await resolveSession(caller, ref, field);
  const [row] = id === undefined ? [] : await findSessions(caller.store, [id]);
  if (!row) throw notFound("session", ref.id ?? ref.sessionId ?? "");
  return row.id;
}

/** A locked session. Its row is as it was last saved. */
export interface HeldSession {
  row: SessionRow;
  /** True if its `expiresAt`, or that of a session above it, has passed. */
  past: boolean;
}

/** Locks the session of a run. Gives null for a run without a session. */
export async function holdSession(tx: Tx, sessionId: string | null): Promise<HeldSession | null> {
  if (sessionId === null) return null;
  const row = await lockSession(tx, sessionId);
  if (!row) throw notFound("session", sessionId);
  return heldOf(row);
}

/** True if what changes in a held session changes no tree, so that nothing follows from it. None is alone too. */
export function isAlone(session: HeldSession | null): boolean {
  return session === null || (session.row.rootId === null && session.row.belowTotal === 0);
}

/** Holds a session that was locked; null for none. */
export function heldOf(row: LockedSession | undefined): HeldSession | null {
  return row ? { row, past: row.past } : null;
}

/** Makes the error for new work in a session whose `expiresAt` has passed, or whose removal has begun. */
export function sessionExpired({ name, expiresAt, parentId, removing }: SessionRow): AgentRunError {
  if (removing) return notFound("session", name);
  const above = parentId === null ? "" : ", or that of a session above it,";
  return new AgentRunError(
    `session ${name} has expired: it takes no new work unless its expiresAt (${expiresAt})${above} is set to a later time`,
    { code: "CONFLICT", details: { field: "expiresAt", sessionId: name, expiresAt } },
  );
}

/** Locks sessions, by id. Those that are missing, or locked by somebody else who is not waited for, are left out. */
export async function holdSessions(
  tx: Tx,
  sessionIds: readonly string[],
  patience: Patience,
): Promise<Map<string, HeldSession>> {
  const rows = sessionIds.length === 0 ? [] : await lockSessions(tx, sessionIds, patience);
  return new Map(rows.map((row) => [row.id, { row, past: row.past }]));
}

/*
 * How a held session is saved after something in it has changed. What is open in it then has been read before, so that the statement can
 * be sent together with others.
 */

/** Makes a held session RUNNING because a run of it was claimed. Its followers hear of it, but its version stays. */
export async function beginClaim(tx: Tx, held: HeldSession, runId: string, open: OpenWork): Promise<void> {
  const { row } = held;
  tx.change(row.id);
  held.row = await saveSession(tx, row, { lastRunId: runId, work: { execution: running, open } });
}

/** Saves in a held session that the holder of a run of it has claimed the run again. Its followers hear of it, its version stays. */
export async function renewClaim(tx: Tx, { row }: HeldSession, runId: string): Promise<void> {
  tx.change(row.id);
  await saveSession(tx, row, { lastRunId: runId });
}

/** Makes a held session RUNNING because of a turn or steer. */
export async function beginCommand(
  tx: Tx,
  held: HeldSession,
  change: SessionChange,
  open: OpenWork,
): Promise<void> {
  const { row } = held;
  tx.raise(row.id);
  held.row = await saveSession(tx, row, { ...change, work: { execution: running, open } });
}

/**
 * Saves how a held session stands after one of its turns or steers has ended, with what else changes. The end of a turn raises the
 * session's version. The end of a steer raises it only if it makes the session TERMINAL.
 */
export async function endCommandWork(
  tx: Tx,
  held: HeldSession,
  { end, type, change, open }: { end: Outcome; type: CommandType; change: SessionChange; open: OpenWork },
): Promise<void> {
  const { row } = held;
  const before = row as Execution;
  const execution = afterEnd(before, open, end);
  const isSeen = type === "TURN" || execution !== before || change.threadId !== undefined;
  if (isSeen) tx.raise(row.id);
  else tx.change(row.id);
  held.row = await saveSession(tx, row, { ...change, work: { execution, open } });
}

/** Saves how a held session stands after one of its runs has ended, with what else changes. */
export async function endRunWork(
  tx: Tx,
  held: HeldSession,
  { end, change, open }: { end: Outcome; change: SessionChange; open: OpenWork },
): Promise<void> {
  const { row } = held;
  tx.raise(row.id);
  const execution = afterEnd(row as Execution, open, end);
  held.row = await saveSession(tx, row, { ...change, work: { execution, open } });
}

/**
 * Saves how a held session stands after a run of it waits again, because its lease ran out or its holder gave it back, or after
 * several do. The session's version stays.
 */
export async function expireWork(tx: Tx, held: HeldSession): Promise<void> {
  const { row } = held;
  tx.change(row.id);
  const [open, lastEnd] = await tx.together(() =>
    Promise.all([findOpenWork(tx, row.id), findLastEnd(tx, row.lastCommandId)]),
  );
  const execution = afterExpiry(row as Execution, open, lastEnd);
  held.row = await saveSession(tx, row, { work: { execution, open } });
}

/** Saves why a held session asks for attention, after what is asked in it has changed. */
export async function saveAsking(tx: Tx, held: HeldSession): Promise<void> {
  const { row } = held;
  tx.raise(row.id);
  const work = { execution: row as Execution, open: await findOpenWork(tx, row.id) };
  held.row = await saveSession(tx, row, { work });
}

/** Reads how a session's last turn or steer ended. Gives null if it never had one, or if that one has not ended. */
async function findLastEnd(tx: Tx, commandId: string | null): Promise<Execution | null> {
  const [command] = commandId === null ? [] : await findCommands(tx, [commandId]);
  if (!command?.terminalStatus) return null;
  const { terminalStatus, failureKind } = command;
  return { executionState: "TERMINAL", terminalStatus, failureKind };
}

/**
 * How a held session changes by the thread and the turn that a result names, and the event that tells it. Neither if there is no session
 * or the result names no thread.
 */
export function threadOf(
  held: HeldSession | null,
  result: { threadId: string | null; turnId: string | null },
): { change: SessionChange; events: ServiceEvent[] } {
  const { threadId, turnId } = result;
  if (held === null || threadId === null) return { change: {}, events: [] };
  const metadata = { ...held.row.metadata, ...(turnId === null ? {} : { lastTurnId: turnId }) };
  const sessionRef = summarizeSession({ ...held.row, threadId, metadata });
  return { change: { threadId, metadata }, events: [phase("session-updated", { sessionRef, turnId })] };
}
