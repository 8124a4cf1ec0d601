import type { CommandType } from "../domain/command.js";
import { badUserInput, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { type InputRequest, withRequest, withoutRun } from "../domain/inbox/attention.js";
import type { Outcome } from "../domain/run.js";
import { type Execution, afterEnd, afterExpiry, running, summarizeSession } from "../domain/session.js";
import { checkName } from "../domain/text.js";
import { findCommands } from "../store/command.js";
import type { SessionRow } from "../store/row.js";
import {
  type SessionChange,
  findLiveWork,
  findSessionId,
  findSessions,
  lockSession,
  saveSession,
} from "../store/session.js";
import type { Tx } from "../store/transaction.js";
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
  { store }: Caller,
  ref: SessionRef,
  field: string,
): Promise<string | undefined> {
  if (typeof ref.sessionId === "string")
    return findSessionId(store, checkName(ref.sessionId, `${field}.sessionId`));
  if (typeof ref.id !== "string") throw badUserInput(field, "must name a session by id or by sessionId");
  return checkId("session", ref.id, `${field}.id`);
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
}

/** Locks the session of a run. Gives null for a run without a session. */
export async function holdSession(tx: Tx, sessionId: string | null): Promise<HeldSession | null> {
  if (sessionId === null) return null;
  const row = await lockSession(tx, sessionId);
  if (!row) throw notFound("session", sessionId);
  return { row };
}

/** Makes a held session RUNNING because a run of it was claimed. Its followers hear of it, but its version stays. */
export async function beginClaim(tx: Tx, { row }: HeldSession, runId: string): Promise<void> {
  const work = { execution: running, live: await findLiveWork(tx, row.id), inputRequests: row.inputRequests };
  await saveSession(tx, row, { lastRunId: runId, work });
  tx.change(row.id);
}

/** Makes a held session RUNNING because of a turn or steer, which answers all input requests that are open in it. */
export async function beginCommand(tx: Tx, { row }: HeldSession, change: SessionChange): Promise<void> {
  const work = { execution: running, live: await findLiveWork(tx, row.id), inputRequests: [] };
  await saveSession(tx, row, { ...change, work });
  tx.raise(row.id);
}

/**
 * Saves how a held session stands after one of its turns or steers has ended. The end of a turn raises the session's
 * version. The end of a steer raises it only if it makes the session TERMINAL.
 */
export async function endCommandWork(
  tx: Tx,
  { row }: HeldSession,
  end: Outcome,
  type: CommandType,
): Promise<void> {
  const before = row as Execution;
  const live = await findLiveWork(tx, row.id);
  const execution = afterEnd(before, live, end);
  await saveSession(tx, row, { work: { execution, live, inputRequests: row.inputRequests } });
  if (type === "TURN" || execution !== before) tx.raise(row.id);
  else tx.change(row.id);
}

/** Saves how a held session stands after one of its runs has ended. That run waits for no answer any more. */
export async function endRunWork(tx: Tx, { row }: HeldSession, end: Outcome, runId: string): Promise<void> {
  const live = await findLiveWork(tx, row.id);
  const execution = afterEnd(row as Execution, live, end);
  await saveSession(tx, row, {
    work: { execution, live, inputRequests: withoutRun(row.inputRequests, runId) },
  });
  tx.raise(row.id);
}

/**
 * Saves how a held session stands after a lease of it ran out and the run waits again. The session's version stays.
 */
export async function expireWork(tx: Tx, { row }: HeldSession): Promise<void> {
  const live = await findLiveWork(tx, row.id);
  const execution = afterExpiry(row as Execution, live, await findLastEnd(tx, row.lastCommandId));
  await saveSession(tx, row, { work: { execution, live, inputRequests: row.inputRequests } });
  tx.change(row.id);
}

/** Saves in a held session that an agent asks for input. */
export async function askForInput(tx: Tx, { row }: HeldSession, request: InputRequest): Promise<void> {
  const work = {
    execution: row as Execution,
    live: await findLiveWork(tx, row.id),
    inputRequests: withRequest(row.inputRequests, request),
  };
  await saveSession(tx, row, { work });
  tx.ask(row.id);
}

/** Reads how a session's last turn or steer ended. Gives null if it never had one, or if that one has not ended. */
async function findLastEnd(tx: Tx, commandId: string | null): Promise<Execution | null> {
  const [command] = commandId === null ? [] : await findCommands(tx, [commandId]);
  if (!command?.terminalStatus) return null;
  const { terminalStatus, failureKind } = command;
  return { executionState: "TERMINAL", terminalStatus, failureKind };
}

/**
 * Stores the thread and the turn that a result names in its session, and gives the event that tells it. Gives no event
 * if there is no session or the result names no thread.
 */
export async function storeThread(
  tx: Tx,
  held: HeldSession | null,
  result: { threadId: string | null; turnId: string | null },
): Promise<ServiceEvent[]> {
  if (held === null || result.threadId === null) return [];
  const { threadId, turnId } = result;
  held.row = await saveSession(tx, held.row, {
    threadId,
    ...(turnId === null ? {} : { metadata: { ...held.row.metadata, lastTurnId: turnId } }),
  });
  tx.raise(held.row.id);
  return [phase("session-updated", { sessionRef: summarizeSession(held.row), turnId })];
}
