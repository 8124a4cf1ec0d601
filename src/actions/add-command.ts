import { movesSession } from "../domain/command.js";
import { toKebab } from "../domain/failure.js";
import { newId } from "../domain/ids.js";
import { titleOfMetadata, titleOfPrompt } from "../domain/session.js";
import { type NewCommand, insertCommand } from "../store/command.js";
import { countCommand } from "../store/run.js";
import type { Tx } from "../store/transaction.js";
import { phase, writeEvents } from "./service-events.js";
import { type HeldSession, beginCommand } from "./session.js";

/** What a command to add says. */
export type AddedCommand = Pick<NewCommand, "type" | "payload" | "payloadHash" | "idempotencyKey">;

/** Adds a PENDING command to a locked run of a held session, or to one without a session, and gives its id. */
export async function addCommand(
  tx: Tx,
  session: HeldSession | null,
  run: { id: string; lastCommandSeq: number },
  command: AddedCommand,
): Promise<string> {
  const { type, payload } = command;
  const id = newId("command");
  const sessionId = session?.row.id ?? null;
  const event = phase("command-created", { commandId: id, commandType: toKebab(type) });
  const { seq: eventSeq, sessionSeq } = await writeEvents(tx, { id: run.id, sessionId }, [event]);
  const place = { id, runId: run.id, sessionId, seq: run.lastCommandSeq + 1, eventSeq, sessionSeq };
  await insertCommand(tx, { ...place, ...command });
  await countCommand(tx, run.id);
  if (session && movesSession(type)) {
    const { titleBy, title, metadata } = session.row;
    const given = titleBy === null ? titleOfMetadata(metadata) : title;
    await beginCommand(tx, session, {
      lastRunId: run.id,
      lastCommandId: id,
      title: given ?? (type === "TURN" ? titleOfPrompt(payload) : null),
    });
  }
  return id;
}
