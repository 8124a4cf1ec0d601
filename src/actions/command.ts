import { mayDo, requireScope } from "../auth/viewer.js";
import { isCommandEnded } from "../domain/command.js";
import { AgentRunError } from "../domain/errors.js";
import { assertMayWrite } from "../domain/lease.js";
import { saveAcknowledgement, saveMessageTaken } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { transaction } from "../store/transaction.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { commandTerminal } from "./finish-run.js";
import { checkCommandId, endCommand, holdCommand, lockPlace } from "./held-command.js";
import { withdrawAll } from "./input-request/close.js";
import { cancelledFor, takeReason } from "./reason.js";

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

/** Cancels a command, no matter which runner holds its run. Changes nothing of a command that has ended. */
export async function cancelCommand(
  caller: Caller,
  input: { commandId: string; reason: string | null },
): Promise<CommandRow> {
  requireReaderOrRunner(caller);
  const end = cancelledFor(takeReason(input.reason));
  checkCommandId(input.commandId);

  return transaction(caller.store, async (tx) => {
    const held = await holdCommand(tx, input.commandId);
    if (isCommandEnded(held.command.state)) return held.command;
    if (held.command.type === "ANSWER") throw answerStays(held.command.id);
    const closed = await withdrawAll(tx, held.asked);
    const ended = commandTerminal(held.command, end, { message: end.failureMessage });
    tx.byReader(caller.viewer.readerId, held.run.sessionId);
    return endCommand(tx, held, { end, events: [...closed, ended], change: {} });
  });
}

function answerStays(commandId: string): AgentRunError {
  return new AgentRunError(`command ${commandId} is an answer, which cannot be cancelled`, {
    code: "CONFLICT",
    details: { commandId },
  });
}
