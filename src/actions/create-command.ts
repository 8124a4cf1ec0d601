import { type CommandType, movesSession, textOfCommand } from "../domain/command.js";
import { badUserInput } from "../domain/errors.js";
import { type SentHash, hashSent, isSameSent, replayOf } from "../domain/idempotency.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import type { JsonValue } from "../domain/json-value.js";
import { checkJsonObject } from "../domain/json.js";
import { isEnded, runEnded } from "../domain/run.js";
import type { OpenWork } from "../domain/session.js";
import { findCommandByKey, findRunsWithKeys } from "../store/command.js";
import { type Closing, lockPlainQuestions, saveClosing } from "../store/input-request.js";
import type { CommandRow, InputRequestRow } from "../store/row.js";
import { lockRuns } from "../store/run.js";
import { findOpenWorkOf } from "../store/open-work.js";
import { lockFreeSessionsOf } from "../store/session-locks.js";
import type { Tx } from "../store/tx.js";
import { type AddedCommand, type Place, addCommand, addCommands } from "./add-command.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { takeJson, takeOptionalName } from "./intake.js";
import { type HeldRun, freeOf, holdRun } from "./run.js";
import { inputClosed, unanswered } from "./input-request/close.js";
import { resumeRuns } from "./input-request/deliver.js";
import { type ServiceEvent, writeEvents } from "./service-events.js";
import { isAlone, saveAsking, sessionExpired } from "./session.js";
import { together } from "./together.js";

/** The input of {@link createCommand}. */
export interface CreateCommandInput {
  runId: string;
  type: CommandType;
  payload?: JsonValue;
  idempotencyKey?: string | null;
  occurredAt?: Instant | null;
}

/** A command that is to be created, checked. */
interface Asked {
  caller: Caller;
  runId: string;
  command: AddedCommand;
  sent: SentHash;
  occurredAt: Instant | null;
}

/** A command as it was created, or was before by the same key. */
interface Created {
  command: CommandRow;
  replayed: boolean;
}

/**
 * Creates a PENDING command in a run that has not ended. A turn or a steer makes its session RUNNING. If the same key
 * comes again with the same type and payload, it gives the first command again.
 */
export async function createCommand(caller: Caller, input: CreateCommandInput): Promise<Created> {
  requireReaderOrRunner(caller);
  if (input.type === "ANSWER")
    throw badUserInput(
      "input.type",
      "must not be ANSWER, which the service creates itself: call answerInputRequest",
    );
  const idempotencyKey = takeOptionalName("CreateCommandInput.idempotencyKey", input.idempotencyKey);
  const given = checkJsonObject(input.payload, "input.payload");
  const { runId, type, occurredAt = null } = input;
  // What was not there at first is hashed only if it is given: older keys stay good.
  const sent = hashSent(occurredAt ? [given, occurredAt] : given, await caller.store.payloadKey.read());
  const command = { type, payload: await takeJson(given), payloadHash: sent.keyed, idempotencyKey };
  checkId("run", runId, "input.runId");

  return create({ caller, runId, command, sent, occurredAt });
}

const create = together<Asked, Created>({
  keyOf: ({ runId }) => runId,
  all: createTogether,
  one: createOne,
});

async function createOne(tx: Tx, asked: Asked): Promise<Created> {
  const { runId } = asked;
  const [held, open, met] = await tx.together(() =>
    Promise.all([holdRun(tx, runId), findOpenWorkOf(tx, "run", [runId]), findMet(tx, asked)]),
  );
  return createAt(tx, asked, { ...held, ...met, open: open.get(runId) });
}

/**
 * Creates, without waiting for anybody's lock: one that is alone as {@link createOne} does, of several those that meet nothing, all with the same
 * statements.
 */
async function createTogether(tx: Tx, all: readonly Asked[]): Promise<(Created | undefined)[]> {
  const runIds = all.map(({ runId }) => runId);
  const only = all.length === 1 ? all[0] : undefined;
  const [sessions, runs, open, met, known] = await tx.together(() =>
    Promise.all([
      lockFreeSessionsOf(tx, "run", runIds),
      lockRuns(tx, runIds, "SKIP"),
      findOpenWorkOf(tx, "run", runIds),
      only && findMet(tx, only),
      findKnown(tx, only ? [] : all),
    ]),
  );
  const held = freeOf(runs, sessions);
  if (only) {
    const place = held.get(only.runId);
    return [place && met && (await createAt(tx, only, { ...place, ...met, open: open.get(only.runId) }))];
  }
  const taken = new Set<string>();
  const plain = all.flatMap(({ runId, command, occurredAt }) => {
    const { session = null, run } = held.get(runId) ?? {};
    const work = open.get(runId);
    const isPlain =
      run &&
      !isEnded(run.status) &&
      occurredAt === null &&
      !known.includes(runId) &&
      work?.openRequests === 0;
    if (!isPlain || !session || session.past || !isAlone(session) || taken.has(session.row.id)) return [];
    taken.add(session.row.id);
    return [{ place: { session, runId, open: work }, command }];
  });
  const rows = await addCommands(tx, plain, true);
  const created = new Map(rows.map((command) => [command.runId, { command, replayed: false }]));
  return runIds.map((runId) => created.get(runId));
}

/** What a command meets: an earlier one with its key, and the locked questions that it answers. */
async function findMet(tx: Tx, { runId, command: { type, idempotencyKey } }: Asked) {
  const [earlier, questions] = await tx.together(() =>
    Promise.all([
      idempotencyKey === null ? undefined : findCommandByKey(tx, runId, idempotencyKey),
      movesSession(type) ? lockPlainQuestions(tx, runId) : [],
    ]),
  );
  return { earlier, questions };
}

/** The runs of those whose keys have come before. */
function findKnown(tx: Tx, all: readonly Asked[]): Promise<string[]> {
  const keyed = all.filter(({ command }) => command.idempotencyKey !== null);
  const keys = keyed.map(({ command }) => command.idempotencyKey ?? "");
  return findRunsWithKeys(tx, { runIds: keyed.map(({ runId }) => runId), keys });
}

async function createAt(
  tx: Tx,
  { caller, runId, command, sent, occurredAt }: Asked,
  { session, run, open, earlier, questions }: HeldRun & Met & { open: OpenWork | undefined },
): Promise<Created> {
  if (earlier) {
    const isSame = isSameSent(earlier, sent) && earlier.type === command.type;
    return { command: replayOf("command", earlier, isSame), replayed: true };
  }
  if (isEnded(run.status)) throw runEnded(run);
  if (session?.past) throw sessionExpired(session.row);
  await tx.happened(occurredAt, "input.occurredAt");
  const added = await addAnswering(tx, caller, { session, runId, open }, command, questions, true);
  return { command: added, replayed: false };
}
type Met = Awaited<ReturnType<typeof findMet>>;

/**
 * As {@link addCommand}, for what a person or program asks. A turn or steer also answers the open questions of its run, and those
 * of ended runs of its session, that any words answer: those without choices and schema. Those runs go on with what was
 * answered before, if nothing else of them is open.
 */
export async function addAsked(
  tx: Tx,
  caller: Caller,
  place: Place,
  asked: AddedCommand,
): Promise<CommandRow> {
  const questions = movesSession(asked.type) ? await lockPlainQuestions(tx, place.runId) : [];
  return addAnswering(tx, caller, place, asked, questions, false);
}

async function addAnswering(
  tx: Tx,
  { viewer }: Caller,
  place: Place,
  asked: AddedCommand,
  questions: readonly InputRequestRow[],
  last: boolean,
): Promise<CommandRow> {
  const { session, runId } = place;
  const command = await addCommand(tx, place, asked, last && questions.length === 0);
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
  if (told.length > 0) await writeEvents(tx, { id: runId, sessionId: session?.row.id ?? null }, told);
  // An ended run may have waited for nothing else to go on with what was answered before.
  const ended = questions.filter((question) => question.runId !== runId);
  await resumeRuns(tx, session, new Set(ended.map((question) => question.runId)));
  if (session && questions.length > 0) await saveAsking(tx, session);
  return command;
}
