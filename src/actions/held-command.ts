import { commandStateOf, movesSession } from "../domain/command.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { Outcome } from "../domain/run.js";
import type { OpenWork } from "../domain/session.js";
import { lockCommand, saveCommandEnds } from "../store/command.js";
import { lockRequestsOfTurn } from "../store/input-request.js";
import type { CommandRow, InputRequestRow } from "../store/row.js";
import { type LockedRun, lockRunOfCommand } from "../store/run.js";
import { lockSessionOf } from "../store/session-locks.js";
import { findOpenWorkOf } from "../store/open-work.js";
import type { SessionChange } from "../store/session.js";
import type { Tx } from "../store/tx.js";
import { type ServiceEvent, writeEventsOfRuns } from "./service-events.js";
import { type HeldSession, endCommandWork, heldOf, isAlone } from "./session.js";

/** Throws BAD_USER_INPUT if a command's id is malformed. */
export function checkCommandId(commandId: string): void {
  checkId("command", commandId, "input.commandId");
}

/** Locks a command after its run. Throws NOT_FOUND if there is no such command. */
export async function lockPlace(tx: Tx, commandId: string): Promise<{ run: LockedRun; command: CommandRow }> {
  const [run, command] = await tx.together(() =>
    Promise.all([lockRunOfCommand(tx, commandId), lockCommand(tx, commandId)]),
  );
  if (!run || !command) throw notFound("command", commandId);
  return { run, command };
}

/** A locked command, what it asks of people, and its run and session. */
export interface HeldCommand {
  session: HeldSession | null;
  run: LockedRun;
  command: CommandRow;
  asked: InputRequestRow[];
  /** What is open in the session besides. */
  open: OpenWork;
}

/** As {@link lockPlace}, with the session and what the command asks. */
export async function holdCommand(tx: Tx, commandId: string): Promise<HeldCommand> {
  const [session, place, asked, open] = await tx.together(() =>
    Promise.all([
      lockSessionOf(tx, "command", commandId),
      lockPlace(tx, commandId),
      lockRequestsOfTurn(tx, commandId),
      findOpenWorkOf(tx, "command", [commandId]),
    ]),
  );
  const work = open.get(commandId);
  if (!work) throw notFound("command", commandId);
  return { session: heldOf(session), ...place, asked, open: work };
}

/** How a command ends, the events that tell it, of which the last tells the end, and what else changes in the session of a turn or steer. */
export interface CommandEnd {
  end: Outcome;
  events: readonly ServiceEvent[];
  change: SessionChange;
}

/** Ends a held command and writes its events. If it is a turn or a steer, its session changes with it. */
export async function endCommand(tx: Tx, held: HeldCommand, end: CommandEnd): Promise<CommandRow> {
  // What the command asked may have been withdrawn since.
  const left = held.asked.length > 0 ? await findOpenWorkOf(tx, "command", [held.command.id]) : undefined;
  const open = left?.get(held.command.id) ?? held.open;
  const [ended] = await endCommands(tx, [{ held: { ...held, open }, ...end }]);
  if (!ended) throw new Error("an ended command was not returned");
  return ended;
}

/** As {@link endCommand}, several, each in a session of its own. */
export async function endCommands(
  tx: Tx,
  ends: readonly (CommandEnd & { held: HeldCommand })[],
): Promise<CommandRow[]> {
  if (ends.length === 0) return [];
  const save = ({ held: { run, command }, end, events }: CommandEnd & { held: HeldCommand }) =>
    saveCommandEnds(tx, {
      commandIds: [command.id],
      state: commandStateOf(end.terminalStatus),
      ...end,
      firstSeq: run.lastEventSeq + events.length,
    });
  const move = async ({
    held: { session, command, open },
    end,
    change,
  }: CommandEnd & { held: HeldCommand }) => {
    if (session && movesSession(command.type))
      await endCommandWork(tx, session, { end, type: command.type, change, open });
  };
  const send = () =>
    Promise.all([
      Promise.all(ends.map(save)),
      ...ends.map(move),
      writeEventsOfRuns(
        tx,
        ends.map(({ held: { run }, events }) => ({ run, events })),
      ),
    ]);
  const isLast = ends.every(({ held }) => isAlone(held.session));
  return (await (isLast ? tx.finish(send) : tx.together(send)))[0].flat();
}
