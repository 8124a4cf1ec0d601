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

/** Names a session by exactly one of its two names. */
export interface SessionRef {
  id?: string | null;
  sessionId?: string | null;
}

/**
 * The id of the session that is meant; undefined where no session of the caller's tenant has this name. An id is given
 * back as it is: whoever reads by it finds out whether there is one. BAD_USER_INPUT where malformed.
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

/** As {@link resolveSession}, NOT_FOUND where the caller's tenant has no such session. */
export async function requireSession(caller: Caller, ref: SessionRef, field: string): Promise<string> {
  const id = await resolveSession(caller, ref, field);
  const [row] = id === undefined ? [] : await findSessions(caller.store, [id]);
  if (!row) throw notFound("session", ref.id ?? ref.sessionId ?? "");
  return row.id;
}

/** A locked session, as it was last saved. */
export interface HeldSession {
  row: SessionRow;
}

/** Locks the session of a run; null for a run without one. */
export async function holdSession(tx: Tx, sessionId: string | null): Promise<HeldSession | null> {
  if (sessionId === null) return null;
  const row = await lockSession(tx, sessionId);
  if (!row) throw notFound("session", sessionId);
  return { row };
}

/** Makes a held session RUNNING by a claim: its followers hear of it, its version stays. */
export async function beginClaim(tx: Tx, { row }: HeldSession, runId: string): Promise<void> {
  const work = { execution: running, live: await findLiveWork(tx, row.id), inputRequests: row.inputRequests };
  await saveSession(tx, row, { lastRunId: runId, work });
  tx.change(row.id);
}

/** Makes a held session RUNNING by a turn or steer, which answers what was asked in it. */
export async function beginCommand(tx: Tx, { row }: HeldSession, change: SessionChange): Promise<void> {
  const work = { execution: running, live: await findLiveWork(tx, row.id), inputRequests: [] };
  await saveSession(tx, row, { ...change, work });
  tx.raise(row.id);
}

/** Settles a held session after one of its turns or steers has ended: a turn's end raises the version, a steer's where it is the last. */
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

/** Settles a held session after one of its runs has ended: nobody waits for an answer to that run any more. */
export async function endRunWork(tx: Tx, { row }: HeldSession, end: Outcome, runId: string): Promise<void> {
  const live = await findLiveWork(tx, row.id);
  const execution = afterEnd(row as Execution, live, end);
  await saveSession(tx, row, {
    work: { execution, live, inputRequests: withoutRun(row.inputRequests, runId) },
  });
  tx.raise(row.id);
}

/** Settles a held session after the lease of one of its runs ran out and the run waits again. Its version stays. */
export async function expireWork(tx: Tx, { row }: HeldSession): Promise<void> {
  const live = await findLiveWork(tx, row.id);
  const execution = afterExpiry(row as Execution, live, await findLastEnd(tx, row.lastCommandId));
  await saveSession(tx, row, { work: { execution, live, inputRequests: row.inputRequests } });
  tx.change(row.id);
}

/** Notes in a held session that an agent asks for input. */
export async function askForInput(tx: Tx, { row }: HeldSession, request: InputRequest): Promise<void> {
  const work = {
    execution: row as Execution,
    live: await findLiveWork(tx, row.id),
    inputRequests: withRequest(row.inputRequests, request),
  };
  await saveSession(tx, row, { work });
  tx.ask(row.id);
}

/** How a session's last turn or steer ended; null where it never had one. */
async function findLastEnd(tx: Tx, commandId: string | null): Promise<Execution | null> {
  const [command] = commandId === null ? [] : await findCommands(tx, [commandId]);
  if (!command?.terminalStatus) return null;
  const { terminalStatus, failureKind } = command;
  return { executionState: "TERMINAL", terminalStatus, failureKind };
}

/** Stores the thread and turn that a result names, and gives the event that tells it; none where there is nothing to store. */
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
