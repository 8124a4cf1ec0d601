import { answerPayload } from "../../domain/input-request.js";
import { isCommandEnded } from "../../domain/command.js";
import { hashSent } from "../../domain/idempotency.js";
import { newId } from "../../domain/ids.js";
import type { JsonObject } from "../../domain/json-value.js";
import { isEnded } from "../../domain/run.js";
import { findCommands } from "../../store/command.js";
import { findUntold, saveTelling } from "../../store/input-request-telling.js";
import { lockOpenRequests } from "../../store/input-request.js";
import type { InputRequestRow } from "../../store/row.js";
import { type LockedRun, lockRuns } from "../../store/run.js";
import type { Tx } from "../../store/tx.js";
import { addCommand } from "../add-command.js";
import { addRun } from "../add-run.js";
import { type HeldSession, saveAsking } from "../session.js";

/** An answer is the service's own: nobody sent it, so its hash needs no secret key. */
const noKey = new Uint8Array(32);

/**
 * Tells the runner of a locked live run of an answer, or that none came: by a command ANSWER if the request's turn is live or it
 * had none, else by a new turn. Gives the command's id. An ended run is told nothing: see {@link resumeRun}.
 */
export async function deliver(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  request: Pick<InputRequestRow, "turnId">,
  payload: JsonObject,
): Promise<string | null> {
  if (isEnded(run.status)) return null;
  const [turn] = request.turnId === null ? [] : await findCommands(tx, [request.turnId]);
  const isTurnOver = turn !== undefined && isCommandEnded(turn.state);
  return isTurnOver
    ? addOwn(tx, session, run.id, "TURN", { answers: [payload] })
    : addOwn(tx, session, run.id, "ANSWER", payload);
}

async function addOwn(
  tx: Tx,
  session: HeldSession | null,
  runId: string,
  type: "TURN" | "ANSWER",
  payload: JsonObject,
): Promise<string> {
  const payloadHash = hashSent(payload, noKey).keyed;
  const command = { type, payload, payloadHash, idempotencyKey: null };
  return (await addCommand(tx, { session, runId }, command)).id;
}

/**
 * Begins a new run that goes on from a locked run that has ended BLOCKED, once all that it asked is closed: with a turn that holds
 * each answer of which its runner was not told, and what expired. Begins none if something is open still, if no answer asks for
 * it, or if the session has expired.
 */
export async function resumeRun(tx: Tx, session: HeldSession | null, run: LockedRun): Promise<void> {
  if (session?.past) return;
  if ((await lockOpenRequests(tx, run.id)).length > 0) return;
  const untold = await findUntold(tx, run.id);
  if (!untold.some(({ state, resume }) => state === "ANSWERED" && resume)) return;
  const told = untold.filter(({ state, resume }) => state === "EXPIRED" || resume);

  const { projectId, backendProfile, resourceBundle, metadata, maxAttempts, parallel, payloadHash } = run;
  const kept = { projectId, backendProfile, resourceBundle, metadata, maxAttempts, parallel, payloadHash };
  const id = newId("run");
  await addRun(tx, session, { ...kept, id, idempotencyKey: null, resumesId: run.id });
  const answers = told.map(payloadOf);
  const turnId = await addOwn(tx, session, id, "TURN", { answers });
  await saveTelling(
    tx,
    told.map((request) => request.id),
    turnId,
  );
}

/** As {@link resumeRun}, of those of these runs of a held session that have ended BLOCKED, which it locks. */
export async function resumeRuns(
  tx: Tx,
  session: HeldSession | null,
  runIds: ReadonlySet<string>,
): Promise<void> {
  if (runIds.size === 0) return;
  for (const run of await lockRuns(tx, [...runIds], "WAIT"))
    if (run.status === "BLOCKED") await resumeRun(tx, session, run);
}

/** What tells of a closed request. */
function payloadOf(request: InputRequestRow): JsonObject {
  const { decision, choiceIds, value, comment, answeredBy } = request;
  if (decision === null) return answerPayload(request, "EXPIRED");
  return answerPayload(request, { decision, choiceIds, value, comment, answeredBy });
}

/** Saves how a held session stands after a request of a locked run of it was closed, and goes on with the answers if its run has ended. */
export async function settle(tx: Tx, session: HeldSession | null, run: LockedRun): Promise<void> {
  if (run.status === "BLOCKED") await resumeRun(tx, session, run);
  if (session) await saveAsking(tx, session);
}
