import { mayDo, requireScope } from "../auth/viewer.js";
import { commandStateOf, defaultReason } from "../domain/command.js";
import { notFound } from "../domain/errors.js";
import { toKebab } from "../domain/failure.js";
import type { Instant } from "../domain/instant.js";
import { assertMayWrite } from "../domain/lease.js";
import { type Outcome, isEnded } from "../domain/run.js";
import { lockLiveCommands, saveCommandEnds } from "../store/command.js";
import { lockOpenRequests, saveUntold } from "../store/input-request.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { type LockedRun, lockRun, saveRunEnd } from "../store/run.js";
import { type Tx, transaction } from "../store/transaction.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { takeText } from "./intake.js";
import { withdrawAll } from "./input-request/close.js";
import { resumeRun } from "./input-request/deliver.js";
import { readRun, requireRunSession } from "./run.js";
import { type ServiceEvent, outcomeWords, phase, writeEvents } from "./service-events.js";
import { type HeldSession, endRunWork, holdSession, storeThread } from "./session.js";
import { type TurnResult, takeResult } from "./turn-result.js";

/**
 * Ends a run and those of its commands that still live. Changes nothing of a run that has ended. While the run is
 * claimed, the caller needs the lease token.
 */
export async function finishRun(
  caller: Caller,
  input: { runId: string; result: TurnResult; leaseToken: string | null; occurredAt?: Instant | null },
): Promise<RunRow> {
  requireScope(caller.viewer, "runner");
  const { end, threadId, turnId } = takeResult(input.result, "input.result");
  const sessionId = await requireRunSession(caller, input.runId, "input.runId");

  await transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, sessionId);
    const run = await lockOpenRun(tx, input.runId);
    if (!run) return;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    await tx.happened(input.occurredAt, "input.occurredAt");
    const news = await storeThread(tx, session, { threadId, turnId });
    await endRun(tx, session, run, end, news);
  });
  return readRun(caller, input.runId);
}

/** Cancels a run and its live commands, no matter which runner holds it. Changes nothing of a run that has ended. */
export async function cancelRun(
  caller: Caller,
  input: { runId: string; reason: string | null },
): Promise<RunRow> {
  requireReaderOrRunner(caller);
  const reason = takeText(input.reason, "input.reason") ?? defaultReason;
  const sessionId = await requireRunSession(caller, input.runId, "input.runId");

  await transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, sessionId);
    await cancelOpenRun(tx, session, input.runId, reason);
    tx.byReader(caller.viewer.readerId, sessionId);
  });
  return readRun(caller, input.runId);
}

/** Cancels a run of a held session, or one without a session. Changes nothing of a run that has ended. */
export async function cancelOpenRun(
  tx: Tx,
  session: HeldSession | null,
  runId: string,
  reason: string,
): Promise<void> {
  const run = await lockOpenRun(tx, runId);
  if (!run) return;
  const end: Outcome = { terminalStatus: "CANCELLED", failureKind: "CANCELLED", failureMessage: reason };
  const live = await lockLiveCommands(tx, run.id);
  const closed = await withdrawAll(tx, await lockOpenRequests(tx, run.id));
  const { seq } = await writeEvents(tx, run, [
    ...closed,
    ...live.map((command) => commandTerminal(command, end)),
    phase("cancel-requested", { reason }),
    runTerminal(end),
  ]);
  await endCommands(tx, live, end, seq + closed.length);
  await saveRunEnd(tx, run.id, end);
  if (session) await endRunWork(tx, session, end);
}

/**
 * Ends a locked run and its live commands. The commands are cancelled if the run was, and fail otherwise. `first` are
 * events to write before those that tell the ends.
 */
export async function endRun(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  end: Outcome,
  first: readonly ServiceEvent[],
): Promise<void> {
  const commandEnd: Outcome = end.terminalStatus === "CANCELLED" ? end : { ...end, terminalStatus: "FAILED" };
  const live = await lockLiveCommands(tx, run.id);
  // What was asked of people stays open where the run waits for them.
  const closed =
    end.terminalStatus === "BLOCKED" ? [] : await withdrawAll(tx, await lockOpenRequests(tx, run.id));
  const before = [...first, ...closed];
  const { seq } = await writeEvents(tx, run, [
    ...before,
    ...live.map((command) => commandTerminal(command, commandEnd, { threadId: null, turnId: null })),
    runTerminal(end),
  ]);
  await endCommands(tx, live, commandEnd, seq + before.length);
  await saveRunEnd(tx, run.id, end);
  if (session) await endRunWork(tx, session, end);
  if (end.terminalStatus !== "BLOCKED") return;
  // An answer may have come as a turn.
  const untaken = live.filter(({ type, state }) => type === "TURN" && state === "PENDING");
  await saveUntold(
    tx,
    run.id,
    untaken.map(({ id }) => id),
  );
  await resumeRun(tx, session, run);
}

/** Makes the event that tells how a command ended. `facts` are what it tells besides. */
export function commandTerminal(
  command: CommandRow,
  end: Outcome,
  facts?: { threadId: string | null; turnId: string | null } | { message: string | null },
): ServiceEvent {
  const extra = facts && "threadId" in facts ? { message: end.failureMessage, ...facts } : facts;
  const state = toKebab(commandStateOf(end.terminalStatus));
  return phase("command-terminal", { commandId: command.id, state, ...outcomeWords(end), ...extra });
}

function runTerminal(end: Outcome): ServiceEvent {
  return { type: "TERMINAL_STATUS", payload: { ...outcomeWords(end), message: end.failureMessage } };
}

/** Locks a run. Gives undefined if it has ended already, so that nothing is to be done. */
async function lockOpenRun(tx: Tx, runId: string): Promise<LockedRun | undefined> {
  const run = await lockRun(tx, runId);
  if (!run) throw notFound("run", runId);
  return isEnded(run.status) ? undefined : run;
}

async function endCommands(
  tx: Tx,
  live: readonly CommandRow[],
  end: Outcome,
  firstSeq: number,
): Promise<void> {
  const ids = live.map(({ id }) => id);
  await saveCommandEnds(tx, {
    commandIds: ids,
    state: commandStateOf(end.terminalStatus),
    ...end,
    firstSeq,
  });
}
