import type { RunEventType } from "../domain/event.js";
import { toKebab } from "../domain/failure.js";
import type { JsonObject } from "../domain/json-value.js";
import { redact } from "../domain/redaction/redact.js";
import type { Outcome } from "../domain/run.js";
import { appendEvents } from "../store/event-log/append.js";
import type { Tx } from "../store/transaction.js";

/** An event that the service writes itself. */
export interface ServiceEvent {
  type: RunEventType;
  payload: JsonObject;
}

/** Makes a BACKEND_STATUS event that tells a phase. */
export function phase(name: string, facts: JsonObject = {}): ServiceEvent {
  return { type: "BACKEND_STATUS", payload: { phase: name, ...facts } };
}

/** Gives the words that payloads use for how something ended. */
export function outcomeWords(end: Outcome): { terminalStatus: string; failureKind: string | null } {
  return {
    terminalStatus: toKebab(end.terminalStatus),
    failureKind: end.failureKind && toKebab(end.failureKind),
  };
}

/**
 * Appends the service's own events to a run. The run and its session are locked. Gives the place of the first event.
 */
export async function writeEvents(
  tx: Tx,
  run: { id: string; sessionId: string | null },
  events: readonly ServiceEvent[],
): Promise<{ seq: number; sessionSeq: number | null }> {
  const ready = events.map(({ type, payload }) => {
    const { value, count } = redact(payload);
    return { type, payload: value, redactionCount: count };
  });
  const [stored] = await appendEvents(tx, [
    { runId: run.id, events: ready, writer: { service: true }, idempotency: null },
  ]);
  if (stored?.outcome !== "STORED")
    throw new Error(`the service's own events were not stored: ${stored?.outcome}`);
  tx.touch(run.id, run.sessionId);
  return { seq: stored.firstSeq, sessionSeq: stored.firstSessionSeq };
}
