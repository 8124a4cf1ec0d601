import type { RunEventType } from "../domain/event.js";
import { toKebab } from "../domain/failure.js";
import type { JsonObject } from "../domain/json-value.js";
import { redact } from "../domain/redaction/redact.js";
import type { Outcome } from "../domain/run.js";
import { type OwnEvents, appendOwnEvents } from "../store/event-log/own-events.js";
import type { Tx } from "../store/tx.js";

/** An event that the service writes itself. */
export interface ServiceEvent {
  type: RunEventType;
  payload: JsonObject;
  /** How many secrets its texts have lost already. Default: none. */
  redactions?: number;
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

/** A run to which events are appended. It and its session are locked. */
type WrittenRun = OwnEvents["run"];

/** Appends the service's own events to a run. */
export function writeEvents(tx: Tx, run: WrittenRun, events: readonly ServiceEvent[]): Promise<void> {
  return writeEventsOfRuns(tx, [{ run, events }]);
}

/** As {@link writeEvents}, to several runs in one statement, each named once. */
export function writeEventsOfRuns(
  tx: Tx,
  batches: readonly { run: WrittenRun; events: readonly ServiceEvent[] }[],
): Promise<void> {
  return appendOwnEvents(
    tx,
    batches.map(({ run, events }) => ({ run, events: events.map(redacted) })),
  );
}

/** Takes secrets out of an event, as is done with all that are written. */
export function redacted({ type, payload, redactions = 0 }: ServiceEvent) {
  const { value, count } = redact(payload);
  return { type, payload: value, redactionCount: redactions + count };
}
