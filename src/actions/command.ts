import { mayDo, requireScope } from "../auth/viewer.js";
import { commandStateOf, isCommandEnded, movesSession, defaultReason } from "../domain/command.js";
import { AgentRunError, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import { assertMayWrite } from "../domain/lease.js";
import type { Outcome } from "../domain/run.js";
import type { OpenWork } from "../domain/session.js";
import { lockCommand, saveAcknowledgement, saveCommandEnds, saveMessageTaken } from "../store/command.js";
import { lockRequestsOfTurn } from "../store/input-request.js";
import type { CommandRow, InputRequestRow } from "../store/row.js";
import { type LockedRun, lockRunOfCommand } from "../store/run.js";
import { lockSessionOf } from "../store/session-locks.js";
import { type SessionChange, findOpenWorkOf } from "../store/session.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { commandTerminal } from "./finish-run.js";
import { takeText } from "./intake.js";
import { withdrawAll } from "./input-request/close.js";
import { type ServiceEvent, writeEvents } from "./service-events.js";
import { type HeldSession, endCommandWork, heldOf, isAlone, threadOf } from "./session.js";
import { type TurnResult, takeResult } from "./turn-result.js";

/**
 * Notes that the runner has taken the command, which ends an ANSWER. Changes nothing of a command that was taken before or has ended. While
 * the run is claimed, the caller needs the lease token.
 */
export async function acknowledgeCommand(
  caller: Caller,
  input: { commandId: string; leaseToken: string | null },
): Promise<CommandRow> {
  requireScope(caller.viewer, "runner");
  checkCommandId(input.commandId);
  return transaction(caller.store, async (tx) => {
    const { run, command } = await lockPlace(tx, input.commandId);
    if (command.state !== "PENDING") return command;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    tx.touch(run.id);
    return command.type === "ANSWER" ? saveMessageTaken(tx, command.id) : saveAcknowledgement(tx, command.id);
  });
}

/**
 * Ends a command with its result. Changes nothing of a command that has ended. While the run is claimed, the caller
 * needs the lease token.
 */
export async function finishCommand(
  caller: Caller,
  input: { commandId: string; result: TurnResult; leaseToken: string | null; occurredAt?: Instant | null },
): Promise<CommandRow> {
  requireScope(caller.viewer, "runner");
  const { end, threadId, turnId } = takeResult(input.result, "input.result");
  checkCommandId(input.commandId);

  return transaction(caller.store, async (tx) => {
    const held = await holdCommand(tx, input.commandId);
    if (isCommandEnded(held.command.state)) return held.command;
    assertMayWrite(held.run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    await tx.happened(input.occurredAt, "input.occurredAt");
    const thread = threadOf(movesSession(held.command.type) ? held.session : null, { threadId, turnId });
    const closed = end.terminalStatus === "BLOCKED" ? [] : await withdrawAll(tx, held.asked);
    const first = [...thread.events, ...closed];
    const ended = commandTerminal(held.command, end, { threadId, turnId });
    return endCommand(tx, held, end, { events: [...first, ended], change: thread.change });
  });
}

/** Cancels a command, no matter which runner holds its run. Changes nothing of a command that has ended. */
export async function cancelCommand(
  caller: Caller,
  input: { commandId: string; reason: string | null },
): Promise<CommandRow> {
  requireReaderOrRunner(caller);
  const reason = takeText(input.reason, "input.reason") ?? defaultReason;
  checkCommandId(input.commandId);
  const end: Outcome = { terminalStatus: "CANCELLED", failureKind: "CANCELLED", failureMessage: reason };

  return transaction(caller.store, async (tx) => {
    const held = await holdCommand(tx, input.commandId);
    if (isCommandEnded(held.command.state)) return held.command;
    if (held.command.type === "ANSWER") throw answerStays(held.command.id);
    const closed = await withdrawAll(tx, held.asked);
    const ended = commandTerminal(held.command, end, { message: reason });
    tx.byReader(caller.viewer.readerId, held.run.sessionId);
    return endCommand(tx, held, end, { events: [...closed, ended], change: {} });
  });
}

function answerStays(commandId: string): AgentRunError {
  return new AgentRunError(`command ${commandId} is an answer, which cannot be cancelled`, {
    code: "CONFLICT",
    details: { commandId },
  });
}

function checkCommandId(commandId: string): void {
  checkId("command", commandId, "input.commandId");
}

/** Locks a command after its run. Throws NOT_FOUND if there is no such command. */
async function lockPlace(tx: Tx, commandId: string): Promise<{ run: LockedRun; command: CommandRow }> {
  const [run, command] = await tx.together(() =>
    Promise.all([lockRunOfCommand(tx, commandId), lockCommand(tx, commandId)]),
  );
  if (!run || !command) throw notFound("command", commandId);
  return { run, command };
}

/** A locked command, what it asks of people, and its run and session. */
interface HeldCommand {
  session: HeldSession | null;
  run: LockedRun;
  command: CommandRow;
  asked: InputRequestRow[];
  /** What is open in the session besides. */
  open: OpenWork;
}

/** As {@link lockPlace}, with the session and what the command asks. */
async function holdCommand(tx: Tx, commandId: string): Promise<HeldCommand> {
  const [session, place, asked, open] = await tx.together(() =>
    Promise.all([
      lockSessionOf(tx, "command", commandId),
      lockPlace(tx, commandId),
      lockRequestsOfTurn(tx, commandId),
      findOpenWorkOf(tx, "command", commandId),
    ]),
  );
  return { session: heldOf(session), ...place, asked, open };
}

/**
 * Ends a held command and writes these events, of which the last tells its end. If it is a turn or a steer, its session changes
 * with it, and in what else is given.
 */
async function endCommand(
  tx: Tx,
  { session, run, command, asked, open }: HeldCommand,
  end: Outcome,
  { events, change }: { events: readonly ServiceEvent[]; change: SessionChange },
): Promise<CommandRow> {
  const moved = movesSession(command.type) ? session : null;
  const ends = {
    commandIds: [command.id],
    state: commandStateOf(end.terminalStatus),
    ...end,
    firstSeq: run.lastEventSeq + events.length,
  };
  // What the command asked may have been withdrawn since.
  const left = asked.length > 0 && moved ? await findOpenWorkOf(tx, "command", command.id) : open;
  const send = () =>
    Promise.all([
      saveCommandEnds(tx, ends),
      moved && endCommandWork(tx, moved, { end, type: command.type, change, open: left }),
      writeEvents(tx, run, events),
    ]);
  const [[ended]] = await (isAlone(session) ? tx.finish(send) : tx.together(send));
  if (!ended) throw new Error("an ended command was not returned");
  return ended;
}
