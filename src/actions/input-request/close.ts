import { toKebab } from "../../domain/failure.js";
import type { JsonValue } from "../../domain/json-value.js";
import { isEnded } from "../../domain/run.js";
import { type Closing, saveClosing } from "../../store/input-request.js";
import type { LockedRun } from "../../store/run.js";
import type { Tx } from "../../store/tx.js";
import { type ServiceEvent, phase, writeEvents } from "../service-events.js";
import type { HeldSession } from "../session.js";

/** What a closing says if nobody answered. */
export const unanswered: Omit<Closing, "id" | "state"> = {
  decision: null,
  choiceIds: [],
  value: null,
  comment: null,
  answeredBy: null,
  resume: false,
  commandId: null,
  idempotencyKey: null,
  payloadHash: null,
};

/** Makes the event that tells how a request was closed. It is written while the request's run lives, and never after that. */
export function inputClosed({ id, state, decision, answeredBy }: Closing): ServiceEvent {
  const facts: Record<string, JsonValue> = {
    inputRequestId: id,
    state: toKebab(state),
    decision: decision === null ? null : toKebab(decision),
    answeredBy,
  };
  return phase("input-closed", facts);
}

/** Closes locked requests that nobody needs to answer any more, and gives the events that tell it. */
export async function withdrawAll(tx: Tx, requests: readonly { id: string }[]): Promise<ServiceEvent[]> {
  const events: ServiceEvent[] = [];
  for (const { id } of requests) {
    const closing: Closing = { ...unanswered, id, state: "WITHDRAWN" };
    await saveClosing(tx, closing);
    events.push(inputClosed(closing));
  }
  return events;
}

/** As {@link withdrawAll}, and writes the events into the requests' run if it lives. */
export async function withdraw(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  requests: readonly { id: string }[],
): Promise<void> {
  const events = await withdrawAll(tx, requests);
  await tellClosings(tx, session, run, events);
}

/** Writes these events into a locked run if it lives. */
export async function tellClosings(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  events: readonly ServiceEvent[],
): Promise<void> {
  if (events.length === 0 || isEnded(run.status)) return;
  await writeEvents(tx, { id: run.id, sessionId: session?.row.id ?? null }, events);
}
