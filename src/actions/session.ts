import { badUserInput, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { Outcome } from "../domain/run.js";
import { type Execution, activeWork, afterEnd, running, summarizeSession } from "../domain/session.js";
import { checkName } from "../domain/text.js";
import type { SessionRow } from "../store/row.js";
import {
  type SessionChange,
  findLiveWork,
  findSessionId,
  findSessions,
  lockSession,
  saveSession,
} from "../store/session.js";
import { takeVersion } from "../store/tenant.js";
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

/** A locked session, and the version that was taken for its change where one is due. */
export interface HeldSession {
  row: SessionRow;
  version: number | null;
}

/** Locks the session of a run, and before it the tenant where the change may raise the session's version. */
export async function holdSession(
  tx: Tx,
  sessionId: string | null,
  mayRaiseVersion: boolean,
): Promise<HeldSession | null> {
  if (sessionId === null) return null;
  const version = mayRaiseVersion ? await takeVersion(tx) : null;
  const row = await lockSession(tx, sessionId);
  if (!row) throw notFound("session", sessionId);
  return { row, version };
}

/** Makes a held session RUNNING, as a turn, a steer or a claim does. */
export async function beginWork(tx: Tx, held: HeldSession, change: SessionChange): Promise<void> {
  const active = activeWork(running, await findLiveWork(tx, held.row.id));
  await saveSession(tx, held.row, { ...change, execution: running, active });
}

/**
 * Settles a held session after one of its commands or runs has ended. The version rises where `raises`, or where the
 * end made the session TERMINAL.
 */
export async function endWork(tx: Tx, held: HeldSession, end: Outcome, raises: boolean): Promise<void> {
  const before = held.row as Execution;
  const live = await findLiveWork(tx, held.row.id);
  const execution = afterEnd(before, live, end);
  const raised = raises || execution !== before;
  await saveSession(tx, held.row, {
    execution,
    active: activeWork(execution, live),
    ...(raised && held.version !== null ? { version: held.version } : {}),
  });
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
    ...(held.version === null ? {} : { version: held.version }),
  });
  return [phase("session-updated", { sessionRef: summarizeSession(held.row), turnId })];
}
