import { mayDo, requireScope } from "../../auth/viewer.js";
import { unfoldSchema } from "../../domain/answer-schema.js";
import { AgentRunError, badUserInput, notFound } from "../../domain/errors.js";
import { type SentHash, hashSent, isSameSent, keyReused } from "../../domain/idempotency.js";
import { checkId } from "../../domain/ids.js";
import { type Answer, type InputDecision, answerPayload, assertAnswers } from "../../domain/input-request.js";
import type { JsonValue } from "../../domain/json-value.js";
import { isEnded } from "../../domain/run.js";
import { satisfies } from "../../domain/schema-judge.js";
import { cleanJson, maxMessageLength } from "../../domain/text.js";
import { type LockedRequest, findRequests, lockRequest, saveClosing } from "../../store/input-request.js";
import type { InputRequestRow, RunRow } from "../../store/row.js";
import { findRunners } from "../../store/runner.js";
import { type LockedRun, findRunOfTurn, findRuns, lockRun } from "../../store/run.js";
import { transaction } from "../../store/transaction.js";
import type { Tx } from "../../store/tx.js";
import type { Caller } from "../caller.js";
import { refuseSecret } from "../intake.js";
import { takeOptionalName } from "../intake.js";
import { type HeldSession, holdSession, sessionExpired } from "../session.js";
import { inputClosed, tellClosings } from "./close.js";
import { deliver, settle } from "./deliver.js";
import { expirePast } from "./expire.js";

/** The most bytes of an answer's value as JSON. */
export const maxAnswerBytes = 16_384;

/** What a person decides. */
export interface AnswerInput {
  id: string;
  decision: InputDecision;
  choiceIds?: readonly string[] | null;
  value?: JsonValue;
  comment?: string | null;
  resume?: boolean | null;
  idempotencyKey?: string | null;
}

/** A request that was answered, and the run that goes on with the answer. */
export interface Answered {
  inputRequest: InputRequestRow;
  run: RunRow | null;
  replayed: boolean;
}

/**
 * Answers an open request, once. Whoever comes second gets ALREADY_TERMINAL, which names the first; the same key and answer again
 * give the first answer. The runner is told by a command, or a new run goes on with it. Throws FORBIDDEN for an approval by the
 * caller whose runner asks for it, and CONFLICT in a session that has expired.
 */
export async function answerInputRequest(caller: Caller, input: AnswerInput): Promise<Answered> {
  const { viewer, store } = caller;
  if (!mayDo(viewer, "operator")) requireScope(viewer, "reader");
  const id = checkId("request", input.id, "input.id");
  const key = takeOptionalName("AnswerInputRequestInput.idempotencyKey", input.idempotencyKey);
  const answer = takeAnswer(input);
  const resume = input.resume ?? true;
  const { choiceIds, ...rest } = answer;
  const sent = hashSent(
    { ...rest, choiceIds: [...choiceIds], ...(resume ? {} : { resume }) },
    await store.payloadKey.read(),
  );
  const [place] = await findRequests(store, [id]);
  if (!place) throw notFound("input request", id);

  // What is asked never changes, so that this needs no lock.
  const fits = place.state !== "OPEN" || fitsSchema(place, answer);
  const given = { answer, fits, resume, key, sent, answeredBy: viewer.readerId ?? viewer.callerId };
  const outcome = await transaction(store, async (tx) => {
    const session = await holdSession(tx, place.sessionId);
    const run = await lockRun(tx, place.runId);
    const request = await lockRequest(tx, id);
    if (!run || !request) throw notFound("input request", id);
    return answerLocked(tx, caller, { session, run, request }, given);
  });
  if (outcome === "EXPIRED") throw alreadyClosed(await readRequest(caller, id));
  const request = await readRequest(caller, id);
  return { inputRequest: request, run: await runThatGoesOn(caller, request), ...outcome };
}

interface Given {
  answer: Answer;
  /** Whether its value satisfies the request's schema. */
  fits: boolean;
  resume: boolean;
  key: string | null;
  sent: SentHash;
  answeredBy: string | null;
}

async function answerLocked(
  tx: Tx,
  caller: Caller,
  { session, run, request }: { session: HeldSession | null; run: LockedRun; request: LockedRequest },
  { answer, fits, resume, key, sent, answeredBy }: Given,
): Promise<{ replayed: boolean } | "EXPIRED"> {
  if (key !== null && request.idempotencyKey === key) {
    if (isSameSent({ payloadHash: request.payloadHash ?? "" }, sent)) return { replayed: true };
    throw keyReused("answer", { inputRequestId: request.id });
  }
  if (request.state !== "OPEN") throw alreadyClosed(request);
  const [open] = await expirePast(tx, session, run, [request]);
  if (!open) return "EXPIRED";
  if (session?.past) throw sessionExpired(session.row);
  await assertNotOwn(tx, caller, run, request);
  assertAnswers(request, answer);
  if (!fits) throw badUserInput("input.value", "must satisfy the request's answerSchema");

  const payload = answerPayload(request, { ...answer, answeredBy });
  const commandId = await deliver(tx, session, run, request, payload);
  const closing = {
    ...answer,
    id: request.id,
    state: "ANSWERED" as const,
    answeredBy,
    resume,
    commandId,
    idempotencyKey: key,
    payloadHash: sent.keyed,
  };
  await saveClosing(tx, closing);
  await tellClosings(tx, session, run, [inputClosed(closing)]);
  await settle(tx, session, run);
  tx.byReader(caller.viewer.readerId, request.sessionId);
  return { replayed: false };
}

/** Checks what was sent. Throws BAD_USER_INPUT for what redaction would change: an answer is delivered as it is, or not at all. */
function takeAnswer(input: AnswerInput): Answer {
  const value = takeValue(input.value);
  const comment = input.comment ?? null;
  if (comment !== null && comment.length > maxMessageLength)
    throw badUserInput("input.comment", `must be at most ${maxMessageLength} characters`);
  refuseSecret(value, "input.value");
  refuseSecret(comment, "input.comment");
  return { decision: input.decision, choiceIds: input.choiceIds ?? [], value, comment };
}

/** What is answered, without characters that cannot be stored; null for nothing. Throws BAD_USER_INPUT if it is too large. */
export function takeValue(sent: JsonValue | undefined): JsonValue {
  const value = cleanJson(sent ?? null);
  if (Buffer.byteLength(JSON.stringify(value)) > maxAnswerBytes)
    throw badUserInput("input.value", `must have at most ${maxAnswerBytes} bytes as JSON`);
  return value;
}

function fitsSchema({ answerSchema }: InputRequestRow, { decision, value }: Answer): boolean {
  if (answerSchema === null || decision === "DENIED") return true;
  return satisfies(unfoldSchema(answerSchema, "answerSchema"), value, "input.value");
}

/** Throws FORBIDDEN if the caller answers an approval that a runner of its own asks for. */
async function assertNotOwn(
  tx: Tx,
  { viewer }: Caller,
  run: LockedRun,
  request: InputRequestRow,
): Promise<void> {
  if (request.kind !== "APPROVAL" || run.runnerId === null || viewer.callerId === null) return;
  const [runner] = await findRunners(tx, [run.runnerId]);
  if (runner?.owner === viewer.callerId)
    throw new AgentRunError(
      "an approval must be answered by another than the caller whose runner asks for it",
      {
        code: "FORBIDDEN",
        details: { inputRequestId: request.id },
      },
    );
}

/** Makes the error for a request that was closed before. */
function alreadyClosed({ id, state, answeredBy, closedAt }: InputRequestRow): AgentRunError {
  return new AgentRunError(`input request ${id} is closed: ${state}`, {
    code: "ALREADY_TERMINAL",
    details: { inputRequestId: id, state, answeredBy, closedAt },
  });
}

/** Reads a request as it stands now. Throws NOT_FOUND if the caller's tenant has no such request. */
export async function readRequest({ store }: Caller, id: string): Promise<InputRequestRow> {
  const [request] = await findRequests(store, [id]);
  if (!request) throw notFound("input request", id);
  return request;
}

/** The run that goes on with an answer: the request's own while it lives, or the one whose turn tells of it. Null if none does yet. */
async function runThatGoesOn({ store }: Caller, request: InputRequestRow): Promise<RunRow | null> {
  const runId = request.commandId === null ? null : await findRunOfTurn(store, request.commandId);
  const [run] = await findRuns(store, [runId ?? request.runId]);
  return run && !(runId === null && isEnded(run.status)) ? run : null;
}
