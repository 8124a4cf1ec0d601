import { type CommandType, movesSession } from "../domain/command.js";
import { toKebab } from "../domain/failure.js";
import { newId } from "../domain/ids.js";
import { titleOfMetadata, titleOfPrompt } from "../domain/session.js";
import { type NewCommand, insertCommand } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { findOpenWork } from "../store/session.js";
import type { Tx } from "../store/tx.js";
import { type ServiceEvent, phase, writeEvents } from "./service-events.js";
import { type HeldSession, beginCommand } from "./session.js";

/** What a command to add says. */
export type AddedCommand = Omit<NewCommand, "id" | "runId">;

/** What the event of a new command tells. */
export function commandCreated(commandId: string, type: CommandType): ServiceEvent {
  return phase("command-created", { commandId, commandType: toKebab(type) });
}

/** Adds a PENDING command to a locked run of a held session, or to one without a session. */
export async function addCommand(
  tx: Tx,
  session: HeldSession | null,
  runId: string,
  command: AddedCommand,
): Promise<CommandRow> {
  const { type, payload } = command;
  const id = newId("command");
  const moved = movesSession(type) ? session : null;
  const [row, open] = await tx.together(() =>
    Promise.all([insertCommand(tx, { ...command, id, runId }), moved && findOpenWork(tx, moved.row.id)]),
  );
  const told = commandCreated(id, type);
  const given = moved && (moved.row.titleBy === null ? titleOfMetadata(moved.row.metadata) : moved.row.title);
  const title = given ?? (type === "TURN" ? titleOfPrompt(payload) : null);
  // The session comes first: what it has just written of itself, the event leaves alone.
  await tx.together(() =>
    Promise.all([
      moved && open && beginCommand(tx, moved, { lastRunId: runId, lastCommandId: id, title }, open),
      writeEvents(tx, { id: runId, sessionId: session?.row.id ?? null }, [told]),
    ]),
  );
  return row;
}
