import { type CommandType, movesSession } from "../domain/command.js";
import { toKebab } from "../domain/failure.js";
import { newId } from "../domain/ids.js";
import { type OpenWork, titleOfMetadata, titleOfPrompt, withCommand } from "../domain/session.js";
import { type NewCommand, insertCommand } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { findOpenWork } from "../store/open-work.js";
import type { Tx } from "../store/tx.js";
import { type ServiceEvent, phase, writeEventsOfRuns } from "./service-events.js";
import { type HeldSession, beginCommand, isAlone } from "./session.js";

/** What a command to add says. */
export type AddedCommand = Omit<NewCommand, "id" | "runId">;

/** What the event of a new command tells. */
export function commandCreated(commandId: string, type: CommandType): ServiceEvent {
  return phase("command-created", { commandId, commandType: toKebab(type) });
}

/** Where a command comes: a locked run, and its held session with its open work before, if that has been read. */
export interface Place {
  session: HeldSession | null;
  runId: string;
  open?: OpenWork | undefined;
}

/** Adds a PENDING command. Only one that is the last of its transaction is `last`. */
export async function addCommand(
  tx: Tx,
  place: Place,
  command: AddedCommand,
  last = false,
): Promise<CommandRow> {
  const [row] = await addCommands(tx, [{ place, command }], last);
  if (!row) throw new Error("a command that was added was not returned");
  return row;
}

/** As {@link addCommand}, several, each in a run and a session of its own. */
export async function addCommands(
  tx: Tx,
  added: readonly { place: Place; command: AddedCommand }[],
  last = false,
): Promise<CommandRow[]> {
  if (added.length === 0) return [];
  const all: Added[] = [];
  for (const { place, command } of added) {
    const moved = movesSession(command.type) ? place.session : null;
    const open = moved && (place.open ?? (await findOpenWork(tx, moved.row.id)));
    all.push({ place, command: { ...command, id: newId("command"), runId: place.runId }, moved, open });
  }
  // Sessions come before the events, which leave alone what those have just written of themselves.
  const send = () =>
    Promise.all([
      Promise.all(all.map(({ command }) => insertCommand(tx, command))),
      ...all.map((each) => moveSession(tx, each)),
      writeEventsOfRuns(
        tx,
        all.map(({ place: { session, runId }, command: { id, type } }) => ({
          run: { id: runId, sessionId: session?.row.id ?? null },
          events: [commandCreated(id, type)],
        })),
      ),
    ]);
  const isLast = last && all.every(({ place }) => isAlone(place.session));
  return (await (isLast ? tx.finish(send) : tx.together(send)))[0];
}

interface Added {
  place: Place;
  command: NewCommand;
  /** The session that it makes RUNNING, and what is open in it. */
  moved: HeldSession | null;
  open: OpenWork | null;
}

async function moveSession(tx: Tx, { place: { runId }, command, moved, open }: Added): Promise<void> {
  if (!moved || !open) return;
  const { id, type, payload } = command;
  const { row } = moved;
  const given = row.titleBy === null ? titleOfMetadata(row.metadata) : row.title;
  const title = given ?? (type === "TURN" ? titleOfPrompt(payload) : null);
  const change = { lastRunId: runId, lastCommandId: id, title };
  await beginCommand(tx, moved, change, withCommand(open, command));
}
