import { mayDo, requireScope } from "../../auth/viewer.js";
import { notFound } from "../../domain/errors.js";
import { checkId } from "../../domain/ids.js";
import { type InputDecision, assertAnswers } from "../../domain/input-request.js";
import type { Instant } from "../../domain/instant.js";
import type { JsonValue } from "../../domain/json-value.js";
import { assertMayWrite } from "../../domain/lease.js";
import { type Closing, findRequests, lockRequest, saveClosing } from "../../store/input-request.js";
import type { InputRequestRow } from "../../store/row.js";
import { type LockedRun, lockRun } from "../../store/run.js";
import { transaction } from "../../store/transaction.js";
import type { Tx } from "../../store/tx.js";
import type { Caller } from "../caller.js";
import { takeJson, takeText } from "../intake.js";
import { assertMayActAs } from "../runner.js";
import { holdSession } from "../session.js";
import { readRequest, takeValue } from "./answer.js";
import { inputClosed, tellClosings, unanswered } from "./close.js";
import { settle } from "./deliver.js";
import { expirePast } from "./expire.js";

/** What the runner of a request says of it: the answer that was given elsewhere, or that none is needed. */
export interface CloseInput {
  id: string;
  leaseToken: string | null;
  decision: InputDecision | null;
  choiceIds: readonly string[];
  value: JsonValue;
  comment: string | null;
  occurredAt: Instant | null;
}

/**
 * Closes an open request of one's own run: ANSWERED elsewhere if there is a decision, else WITHDRAWN. No command tells the runner.
 * A closed one stays as it is, and so does one whose `expiresAt` has passed, which is EXPIRED, unless it was closed before that. While the run is claimed, the caller
 * needs the lease token; later it must be whom the run's last runner belongs to, or an operator.
 */
export async function closeInputRequest(caller: Caller, input: CloseInput): Promise<InputRequestRow> {
  requireScope(caller.viewer, "runner");
  const id = checkId("request", input.id, "input.id");
  const { decision } = input;
  const value = takeValue(input.value);
  const answer =
    decision === null
      ? null
      : {
          decision,
          choiceIds: input.choiceIds,
          value: await takeJson(value),
          comment: takeText(input.comment, "input.comment"),
        };
  const [place] = await findRequests(caller.store, [id]);
  if (!place) throw notFound("input request", id);

  await transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, place.sessionId);
    const run = await lockRun(tx, place.runId);
    const request = await lockRequest(tx, id);
    if (!run || !request) throw notFound("input request", id);
    // What was closed before its time ended is told of when it happened.
    const { expiresAt, past } = request;
    const isInTime = input.occurredAt !== null && expiresAt !== null && input.occurredAt < expiresAt;
    const [open] = await expirePast(tx, session, run, [{ ...request, past: past && !isInTime }]);
    if (!open) return;
    await assertMayClose(tx, caller, run, input.leaseToken);
    await tx.happened(input.occurredAt, "input.occurredAt");
    if (answer) assertAnswers(request, answer);
    const closing: Closing = { ...unanswered, ...answer, id, state: answer ? "ANSWERED" : "WITHDRAWN" };
    await saveClosing(tx, closing);
    await tellClosings(tx, session, run, [inputClosed(closing)]);
    await settle(tx, session, run);
  });
  return readRequest(caller, id);
}

async function assertMayClose(
  tx: Tx,
  caller: Caller,
  run: LockedRun,
  leaseToken: string | null,
): Promise<void> {
  const operator = mayDo(caller.viewer, "operator");
  if (run.status === "CLAIMED") return assertMayWrite(run, { leaseToken, operator });
  if (run.runnerId !== null) await assertMayActAs(caller, run.runnerId, tx);
}
