import { mayDo, requireScope } from "../auth/viewer.js";
import { commandStateOf, isCommandEnded, movesSession, defaultReason } from "../domain/command.js";
import { AgentRunError, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import { assertMayWrite } from "../domain/lease.js";
import type { Outcome } from "../domain/run.js";
import {
  findCommandPlace,
  findCommands,
  lockCommand,
  saveAcknowledgement,
  saveCommandEnds,
  saveMessageTaken,
} from "../store/command.js";
import { lockOpenRequests } from "../store/input-request.js";
import type { CommandRow } from "../store/row.js";
import { type LockedRun, lockRun } from "../store/run.js";
import { type Tx, transaction } from "../store/transaction.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { commandTerminal } from "./finish-run.js";
import { takeText } from "./intake.js";
import { withdrawAll } from "./input-request/close.js";
import { type ServiceEvent, writeEvents } from "./service-events.js";
import { type HeldSession, endCommandWork, holdSession, storeThread } from "./session.js";
import { type TurnResult, takeResult } from "./turn-result.js";

/** Reads a command as it stands now. Throws NOT_FOUND if the caller's tenant has no such command. */
export async function readCommand({ store }: Caller, commandId: string): Promise<CommandRow> {
  const [command] = await findCommands(store, [commandId]);
  if (!command) throw notFound("command", commandId);
  return command;
}

/**
 * Notes that the runner has taken the command, which ends an ANSWER. Changes nothing of a command that was taken before or has ended. While
 * the run is claimed, the caller needs the lease token.
 */
export async function acknowledgeCommand(
  caller: Caller,
  input: { commandId: string; leaseToken: string | null },
): Promise<CommandRow> {
  requireScope(caller.viewer, "runner");
  const place = await requirePlace(caller, input.commandId);
  await transaction(caller.store, async (tx) => {
    const { run, command } = await lockPlace(tx, place.runId, input.commandId);
    if (command.state !== "PENDING") return;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    if (command.type === "ANSWER") await saveMessageTaken(tx, command.id);
    else await saveAcknowledgement(tx, command.id);
    tx.touch(run.id);
  });
  return readCommand(caller, input.commandId);
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
  const place = await requirePlace(caller, input.commandId);

  await transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, place.sessionId);
    const { run, command } = await lockPlace(tx, place.runId, input.commandId);
    if (isCommandEnded(command.state)) return;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    await tx.happened(input.occurredAt, "input.occurredAt");
    const moved = movesSession(command.type) ? session : null;
    const news = await storeThread(tx, moved, { threadId, turnId });
    const closed = end.terminalStatus === "BLOCKED" ? [] : await withdrawOfTurn(tx, run.id, command.id);
    const ended = commandTerminal(command, end, { threadId, turnId });
    const first = [...news, ...closed];
    const { seq } = await writeEvents(tx, run, [...first, ended]);
    await endCommand(tx, session, command, end, seq + first.length);
  });
  return readCommand(caller, input.commandId);
}

/** Cancels a command, no matter which runner holds its run. Changes nothing of a command that has ended. */
export async function cancelCommand(
  caller: Caller,
  input: { commandId: string; reason: string | null },
): Promise<CommandRow> {
  requireReaderOrRunner(caller);
  const reason = takeText(input.reason, "input.reason") ?? defaultReason;
  const place = await requirePlace(caller, input.commandId);
  const end: Outcome = { terminalStatus: "CANCELLED", failureKind: "CANCELLED", failureMessage: reason };

  await transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, place.sessionId);
    const { run, command } = await lockPlace(tx, place.runId, input.commandId);
    if (isCommandEnded(command.state)) return;
    if (command.type === "ANSWER") throw answerStays(command.id);
    const closed = await withdrawOfTurn(tx, run.id, command.id);
    const ended = commandTerminal(command, end, { message: reason });
    const { seq } = await writeEvents(tx, run, [...closed, ended]);
    await endCommand(tx, session, command, end, seq + closed.length);
    tx.byReader(caller.viewer.readerId, place.sessionId);
  });
  return readCommand(caller, input.commandId);
}

/** Closes the open requests of a turn that ends, and gives the events that tell it. */
async function withdrawOfTurn(tx: Tx, runId: string, commandId: string): Promise<ServiceEvent[]> {
  const open = await lockOpenRequests(tx, runId);
  return withdrawAll(
    tx,
    open.filter(({ turnId }) => turnId === commandId),
  );
}

function answerStays(commandId: string): AgentRunError {
  return new AgentRunError(`command ${commandId} is an answer, which cannot be cancelled`, {
    code: "CONFLICT",
    details: { commandId },
  });
}

async function requirePlace({ store }: Caller, commandId: string) {
  const place = await findCommandPlace(store, checkId("command", commandId, "input.commandId"));
  if (!place) throw notFound("command", commandId);
  return place;
}

async function lockPlace(
  tx: Tx,
  runId: string,
  commandId: string,
): Promise<{ run: LockedRun; command: CommandRow }> {
  const run = await lockRun(tx, runId);
  const command = await lockCommand(tx, commandId);
  if (!run || !command) throw notFound("command", commandId);
  return { run, command };
}

/**
 * Ends a locked command and notes the seq of the event that tells its end. If it is a turn or a steer, its session
 * changes with it.
 */
async function endCommand(
  tx: Tx,
  session: HeldSession | null,
  command: CommandRow,
  end: Outcome,
  endEventSeq: number,
): Promise<void> {
  await saveCommandEnds(tx, {
    commandIds: [command.id],
    state: commandStateOf(end.terminalStatus),
    ...end,
    firstSeq: endEventSeq,
  });
  if (session && movesSession(command.type)) await endCommandWork(tx, session, end, command.type);
}
