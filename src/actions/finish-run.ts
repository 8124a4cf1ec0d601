import { mayDo, requireScope } from "../auth/viewer.js";
import { commandStateOf } from "../domain/command.js";
import { notFound } from "../domain/errors.js";
import { toKebab } from "../domain/failure.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import { assertMayWrite } from "../domain/lease.js";
import { type Outcome, isEnded } from "../domain/run.js";
import { lockLiveCommands, saveCommandEnds } from "../store/command.js";
import { saveUntold } from "../store/input-request-telling.js";
import { lockOpenRequests } from "../store/input-request.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { type LockedRun, lockRun, saveRunEnd } from "../store/run.js";
import { findOpenWork } from "../store/open-work.js";
import type { SessionChange } from "../store/session.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { withdrawAll } from "./input-request/close.js";
import { resumeRun } from "./input-request/deliver.js";
import { type Reason, cancelledFor, takeReason } from "./reason.js";
import { holdRun, readRun } from "./run.js";
import { type ServiceEvent, outcomeWords, phase, writeEvents } from "./service-events.js";
import { type HeldSession, endRunWork, threadOf, isAlone } from "./session.js";
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
  checkId("run", input.runId, "input.runId");
  await transaction(caller.store, async (tx) => {
    const [{ session, run }, left] = await tx.together(() =>
      Promise.all([holdRun(tx, input.runId), lockLeft(tx, input.runId)]),
    );
    if (isEnded(run.status)) return;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    await tx.happened(input.occurredAt, "input.occurredAt");
    await endRun(tx, session, run, end, { ...threadOf(session, { threadId, turnId }), left, last: true });
  });
  return readRun(caller, input.runId);
}

/** Cancels a run and its live commands, no matter which runner holds it. Changes nothing of a run that has ended. */
export async function cancelRun(
  caller: Caller,
  input: { runId: string; reason: string | null },
): Promise<RunRow> {
  requireReaderOrRunner(caller);
  const reason = takeReason(input.reason);
  checkId("run", input.runId, "input.runId");
  await transaction(caller.store, async (tx) => {
    const { session, run } = await holdRun(tx, input.runId);
    if (!isEnded(run.status)) await cancelLockedRun(tx, session, run, reason);
    tx.byReader(caller.viewer.readerId, run.sessionId);
  });
  return readRun(caller, input.runId);
}

/** Cancels a run of a held session, unless it has ended. Throws NOT_FOUND if there is no such run. */
export async function cancelOpenRun(
  tx: Tx,
  session: HeldSession | null,
  runId: string,
  reason: Reason,
): Promise<void> {
  const run = await lockRun(tx, runId);
  if (!run) throw notFound("run", runId);
  if (!isEnded(run.status)) await cancelLockedRun(tx, session, run, reason);
}

async function cancelLockedRun(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  reason: Reason,
): Promise<void> {
  const end = cancelledFor(reason);
  const { live, asked } = await lockLeft(tx, run.id);
  const closed = await withdrawAll(tx, asked);
  await saveEnd(tx, session, run, {
    end,
    live,
    commandEnd: end,
    before: closed,
    ended: live.map((command) => commandTerminal(command, end)),
    after: [cancelRequested(reason), runTerminal(end)],
    change: {},
    last: false,
  });
}

/**
 * Ends a locked run and its live commands. The commands are cancelled if the run was, and fail otherwise. `news` are events to write
 * before those that tell the ends, and what else changes in the session; what is left of the run, if it is locked already; and whether nothing
 * else comes in the transaction.
 */
export async function endRun(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  end: Outcome,
  news: { events: readonly ServiceEvent[]; change: SessionChange; left?: Left; last?: boolean },
): Promise<void> {
  const commandEnd: Outcome = end.terminalStatus === "CANCELLED" ? end : { ...end, terminalStatus: "FAILED" };
  const isBlocked = end.terminalStatus === "BLOCKED";
  const { live, asked } = news.left ?? (await lockLeft(tx, run.id));
  // What was asked of people stays open where the run waits for them.
  const closed = isBlocked ? [] : await withdrawAll(tx, asked);
  await saveEnd(tx, session, run, {
    end,
    live,
    commandEnd,
    before: [...news.events, ...closed],
    ended: live.map((command) => commandTerminal(command, commandEnd, { threadId: null, turnId: null })),
    after: [runTerminal(end)],
    change: news.change,
    last: !isBlocked && news.last === true,
  });
  if (!isBlocked) return;
  // An answer may have come as a turn, and the run may have begun with answers.
  const untaken = live.filter(({ type, state }) => type === "TURN" && state === "PENDING");
  await saveUntold(
    tx,
    untaken.map(({ id }) => id),
  );
  await resumeRun(tx, session, run);
}

/** Locks what of a locked run has not ended: its commands, and what it asks of people. */
async function lockLeft(tx: Tx, runId: string) {
  const [live, asked] = await tx.together(() =>
    Promise.all([lockLiveCommands(tx, runId), lockOpenRequests(tx, runId)]),
  );
  return { live, asked };
}
type Left = Awaited<ReturnType<typeof lockLeft>>;

/** How a run and its live commands end, and the events that tell it, in their order: those of the commands are `ended`. */
interface RunEnd {
  end: Outcome;
  live: readonly CommandRow[];
  commandEnd: Outcome;
  before: readonly ServiceEvent[];
  ended: readonly ServiceEvent[];
  after: readonly ServiceEvent[];
  change: SessionChange;
  /** Whether nothing else comes in the transaction. */
  last: boolean;
}

async function saveEnd(tx: Tx, session: HeldSession | null, run: LockedRun, ending: RunEnd): Promise<void> {
  const { end, commandEnd, before, ended, after, change, last } = ending;
  const commandEnds = {
    commandIds: ending.live.map(({ id }) => id),
    state: commandStateOf(commandEnd.terminalStatus),
    ...commandEnd,
    firstSeq: run.lastEventSeq + before.length + 1,
  };
  const [, , open] = await tx.together(() =>
    Promise.all([
      saveCommandEnds(tx, commandEnds),
      saveRunEnd(tx, run.id, end),
      session && findOpenWork(tx, session.row.id),
    ]),
  );
  const send = () =>
    Promise.all([
      session && open && endRunWork(tx, session, { end, change, open }),
      writeEvents(tx, run, [...before, ...ended, ...after]),
    ]);
  await (last && isAlone(session) ? tx.finish(send) : tx.together(send));
}

function cancelRequested({ text, redactions }: Reason): ServiceEvent {
  return { ...phase("cancel-requested", { reason: text }), redactions };
}

/** Makes the event that tells how a command ended. `facts` are what it tells besides. */
export function commandTerminal(
  command: CommandRow,
  end: Outcome,
  facts?: { threadId: string | null; turnId: string | null } | { message: string | null },
): ServiceEvent {
  const extra = facts && "threadId" in facts ? { message: end.failureMessage, ...facts } : facts;
  const state = toKebab(commandStateOf(end.terminalStatus));
  const told = phase("command-terminal", { commandId: command.id, state, ...outcomeWords(end), ...extra });
  return { ...told, redactions: extra ? end.redactions : 0 };
}

function runTerminal(end: Outcome): ServiceEvent {
  const payload = { ...outcomeWords(end), message: end.failureMessage };
  return { type: "TERMINAL_STATUS", payload, redactions: end.redactions };
}
