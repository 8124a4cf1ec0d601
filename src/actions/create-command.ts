import { type CommandType, movesSession, textOfCommand } from "../domain/command.js";
import { badUserInput } from "../domain/errors.js";
import { hashSent, isSameSent, replayOf } from "../domain/idempotency.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import type { JsonValue } from "../domain/json-value.js";
import { checkJsonObject } from "../domain/json.js";
import { isEnded, runEnded } from "../domain/run.js";
import { findCommandByKey } from "../store/command.js";
import { type Closing, lockPlainQuestions, saveClosing } from "../store/input-request.js";
import type { CommandRow } from "../store/row.js";
import { findOpenWorkOf } from "../store/session.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { type AddedCommand, addCommand } from "./add-command.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { takeJson, takeOptionalName } from "./intake.js";
import { holdRun } from "./run.js";
import { inputClosed, unanswered } from "./input-request/close.js";
import { type ServiceEvent, writeEvents } from "./service-events.js";
import { type HeldSession, saveAsking, sessionExpired } from "./session.js";

/** The input of {@link createCommand}. */
export interface CreateCommandInput {
  runId: string;
  type: CommandType;
  payload?: JsonValue;
  idempotencyKey?: string | null;
  occurredAt?: Instant | null;
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
  if (input.type === "ANSWER")
    throw badUserInput(
      "input.type",
      "must not be ANSWER, which the service creates itself: call answerInputRequest",
    );
  const key = takeOptionalName("CreateCommandInput.idempotencyKey", input.idempotencyKey);
  const given = checkJsonObject(input.payload, "input.payload");
  const { runId, type, occurredAt } = input;
  // What was not there at first is hashed only if it is given: older keys stay good.
  const sent = hashSent(occurredAt ? [given, occurredAt] : given, await caller.store.payloadKey.read());
  const payload = await takeJson(given);
  checkId("run", runId, "input.runId");

  return transaction(caller.store, async (tx) => {
    const [{ session, run }, earlier, place] = await tx.together(() =>
      Promise.all([
        holdRun(tx, runId),
        key === null ? undefined : findCommandByKey(tx, runId, key),
        findPlace(tx, runId, type),
      ]),
    );
    if (earlier) {
      const isSame = isSameSent(earlier, sent) && earlier.type === type;
      return { command: replayOf("command", earlier, isSame), replayed: true };
    }
    if (isEnded(run.status)) throw runEnded(run);
    if (session?.past) throw sessionExpired(session.row);
    await tx.happened(occurredAt, "input.occurredAt");

    const command = { type, payload, payloadHash: sent.keyed, idempotencyKey: key };
    return { command: await addAt(tx, caller, session, runId, command, place), replayed: false };
  });
}

/** Where a turn or steer comes: what is open in its session, and the locked questions that it answers. Null for other commands. */
async function findPlace(tx: Tx, runId: string, type: CommandType) {
  if (!movesSession(type)) return null;
  const [open, questions] = await tx.together(() =>
    Promise.all([findOpenWorkOf(tx, "run", runId), lockPlainQuestions(tx, runId)]),
  );
  return { open, questions };
}
type Place = Awaited<ReturnType<typeof findPlace>>;

/**
 * As {@link addCommand}, for what a person or program asks. A turn or steer also answers the open questions of its run, and those
 * of ended runs of its session, that any words answer: those without choices and schema.
 */
export async function addAsked(
  tx: Tx,
  caller: Caller,
  session: HeldSession | null,
  runId: string,
  asked: AddedCommand,
): Promise<CommandRow> {
  const place = await findPlace(tx, runId, asked.type);
  return addAt(tx, caller, session, runId, asked, place, false);
}

async function addAt(
  tx: Tx,
  { viewer }: Caller,
  session: HeldSession | null,
  runId: string,
  asked: AddedCommand,
  place: Place,
  last = true,
): Promise<CommandRow> {
  if (place === null) return addCommand(tx, session, runId, asked, { last });
  const { open, questions } = place;
  const command = await addCommand(tx, session, runId, asked, { open, last: last && questions.length === 0 });
  const sessionId = session?.row.id ?? null;
  const told: ServiceEvent[] = [];
  for (const question of questions) {
    const closing: Closing = {
      ...unanswered,
      id: question.id,
      state: "ANSWERED",
      decision: "ANSWERED",
      value: textOfCommand(asked.payload),
      answeredBy: viewer.readerId ?? viewer.callerId,
      commandId: command.id,
    };
    await saveClosing(tx, closing);
    if (question.runId === runId) told.push(inputClosed(closing));
  }
  if (told.length > 0) await writeEvents(tx, { id: runId, sessionId }, told);
  if (session && questions.length > 0) await saveAsking(tx, session);
  return command;
}
