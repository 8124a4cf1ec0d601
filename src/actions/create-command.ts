import { type CommandType, movesSession } from "../domain/command.js";
import { notFound } from "../domain/errors.js";
import { toKebab } from "../domain/failure.js";
import { hashSent, isSameSent, replayOf } from "../domain/idempotency.js";
import { newId } from "../domain/ids.js";
import type { JsonValue } from "../domain/json-value.js";
import { checkJsonObject } from "../domain/json.js";
import { isEnded, runEnded } from "../domain/run.js";
import { titleOfMetadata, titleOfPrompt } from "../domain/session.js";
import { checkOptionalName } from "../domain/text.js";
import { findCommandByKey, insertCommand } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { countCommand, lockRun } from "../store/run.js";
import { transaction } from "../store/transaction.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { readCommand } from "./command.js";
import { takeJson } from "./intake.js";
import { requireRunSession } from "./run.js";
import { phase, writeEvents } from "./service-events.js";
import { beginCommand, holdSession } from "./session.js";

/** The input of {@link createCommand}. */
export interface CreateCommandInput {
  runId: string;
  type: CommandType;
  payload?: JsonValue;
  idempotencyKey?: string | null;
}

/**
 * Creates a PENDING command in a run that has not ended. A turn or a steer makes its session RUNNING. If the same key
 * comes again with the same type and payload, it gives the first command again.
 */
export async function createCommand(
  caller: Caller,
  input: CreateCommandInput,
): Promise<{ command: CommandRow; replayed: boolean }> {
  requireReaderOrRunner(caller);
  const key = checkOptionalName(input.idempotencyKey, "input.idempotencyKey");
  const given = checkJsonObject(input.payload, "input.payload");
  const sent = hashSent(given, await caller.store.payloadKey.read());
  const payload = takeJson(given);
  const { runId, type } = input;
  const sessionId = await requireRunSession(caller, runId, "input.runId");

  const { commandId, replayed } = await transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, sessionId);
    const run = await lockRun(tx, runId);
    if (!run) throw notFound("run", runId);
    const earlier = key === null ? undefined : await findCommandByKey(tx, runId, key);
    if (earlier) {
      const isSame = isSameSent(earlier, sent) && earlier.type === type;
      return { commandId: replayOf("command", earlier, isSame).id, replayed: true };
    }
    if (isEnded(run.status)) throw runEnded(run);

    const commandId = newId("command");
    const event = phase("command-created", { commandId, commandType: toKebab(type) });
    const { seq: eventSeq, sessionSeq } = await writeEvents(tx, run, [event]);
    const seq = run.lastCommandSeq + 1;
    const place = { id: commandId, runId, sessionId, seq, eventSeq, sessionSeq };
    await insertCommand(tx, { ...place, type, payload, payloadHash: sent.keyed, idempotencyKey: key });
    await countCommand(tx, runId);
    if (session && movesSession(type)) {
      const given = titleOfMetadata(session.row.metadata);
      await beginCommand(tx, session, {
        lastRunId: runId,
        lastCommandId: commandId,
        title: given ?? (type === "TURN" ? titleOfPrompt(payload) : null),
      });
    }
    return { commandId, replayed: false };
  });
  return { command: await readCommand(caller, commandId), replayed };
}
