import { answerPayload } from "../../domain/input-request.js";
import {
  type Closing,
  type HeldRequest,
  findRequests,
  lockRequest,
  saveClosing,
} from "../../store/input-request.js";
import { type LockedRun, lockRun } from "../../store/run.js";
import type { TenantStore } from "../../store/store.js";
import { transaction } from "../../store/transaction.js";
import type { Tx } from "../../store/tx.js";
import { type HeldSession, holdSession } from "../session.js";
import { inputClosed, tellClosings, unanswered } from "./close.js";
import { deliver, settle } from "./deliver.js";

/** Closes an open request whose `expiresAt` has passed as EXPIRED, and tells its runner. Silence never approves. */
export async function expireInputRequest(store: TenantStore, id: string): Promise<void> {
  const [place] = await findRequests(store, [id]);
  if (!place) return;
  await transaction(store, async (tx) => {
    const session = await holdSession(tx, place.sessionId);
    const run = await lockRun(tx, place.runId);
    const request = await lockRequest(tx, id);
    if (run && request) await expirePast(tx, session, run, [request]);
  });
}

/**
 * As {@link expireInputRequest}, for locked requests of a locked run, so that nobody who comes before the sweep has a say in them
 * any more. Gives those that are open still.
 */
export async function expirePast<Request extends HeldRequest>(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  requests: readonly Request[],
): Promise<Request[]> {
  const open = requests.filter(({ state }) => state === "OPEN");
  const past = open.filter((request) => request.past);
  for (const request of past) {
    const commandId = await deliver(tx, session, run, request, answerPayload(request, "EXPIRED"));
    const closing: Closing = { ...unanswered, id: request.id, state: "EXPIRED", commandId };
    await saveClosing(tx, closing);
    await tellClosings(tx, session, run, [inputClosed(closing)]);
  }
  if (past.length > 0) await settle(tx, session, run);
  return open.filter((request) => !request.past);
}
