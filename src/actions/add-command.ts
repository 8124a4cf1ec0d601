import { type CommandType, movesSession } from "../domain/command.js";
import { toKebab } from "../domain/failure.js";
import { newId } from "../domain/ids.js";
import { type OpenWork, titleOfMetadata, titleOfPrompt, withCommand } from "../domain/session.js";
import { type NewCommand, insertCommand } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { findOpenWork } from "../store/session.js";
import type { Tx } from "../store/tx.js";
import { type ServiceEvent, phase, writeEvents } from "./service-events.js";
import { type HeldSession, beginCommand, isAlone } from "./session.js";

/** What a command to add says. */
export type AddedCommand = Omit<NewCommand, "id" | "runId">;

/** What the event of a new command tells. */
export function commandCreated(commandId: string, type: CommandType): ServiceEvent {
  return phase("command-created", { commandId, commandType: toKebab(type) });
}

/**
 * Adds a PENDING command to a locked run of a held session, or to one without a session. `open` is the session's open work before, if it
 * has been read. Only a command that is the last of its transaction is `last`.
 */
export async function addCommand(
  tx: Tx,
  session: HeldSession | null,
  runId: string,
  command: AddedCommand,
  { open, last = false }: { open?: OpenWork; last?: boolean } = {},
): Promise<CommandRow> {
  const { type, payload } = command;
  const id = newId("command");
  const moved = movesSession(type) ? session : null;
  const before = moved && (open ?? (await findOpenWork(tx, moved.row.id)));
  const told = commandCreated(id, type);
  const given = moved && (moved.row.titleBy === null ? titleOfMetadata(moved.row.metadata) : moved.row.title);
  const title = given ?? (type === "TURN" ? titleOfPrompt(payload) : null);
  const change = { lastRunId: runId, lastCommandId: id, title };
  // The session comes before the event, which leaves alone what that has just written of itself.
  const send = () =>
    Promise.all([
      insertCommand(tx, { ...command, id, runId }),
      moved && before && beginCommand(tx, moved, change, withCommand(before, { id, runId, type })),
      writeEvents(tx, { id: runId, sessionId: session?.row.id ?? null }, [told]),
    ]);
  const [row] = await (last && isAlone(session) ? tx.finish(send) : tx.together(send));
  return row;
}
