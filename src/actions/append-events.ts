import { mayDo, requireScope } from "../auth/viewer.js";
import { notFound } from "../domain/errors.js";
import { keyReused } from "../domain/idempotency.js";
import { checkId } from "../domain/ids.js";
import { hashLeaseToken, leaseConflict } from "../domain/lease.js";
import { runEnded } from "../domain/run.js";
import { checkOptionalName } from "../domain/text.js";
import {
  type BatchOutcome,
  type EventBatch,
  type NewEvent,
  appendEvents as storeEvents,
} from "../store/event-log/append.js";
import { readEventRange } from "../store/event.js";
import type { RunEventRow } from "../store/row.js";
import { findRunSession } from "../store/run.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { askForInput, holdSession } from "./session.js";
import { type SentEvent, hashEvents, takeEvents } from "./take-events.js";

/** The input of {@link appendEvents}. */
export interface AppendEventsInput {
  runId: string;
  events: readonly SentEvent[];
  leaseToken?: string | null;
  idempotencyKey?: string | null;
}

/** Events as they are stored. `lastSeq` is the seq of the last of them. */
export interface AppendedEvents {
  events: RunEventRow[];
  lastSeq: number;
  replayed: boolean;
}

/**
 * Stores 1 to 500 events of a run together, or none of them. If the same key comes again with the same events, it
 * gives what was stored before. While the run is claimed, the caller needs the lease token. Throws ALREADY_TERMINAL if
 * the run has ended.
 */
export async function appendEvents(
  { viewer, store }: Caller,
  input: AppendEventsInput,
): Promise<AppendedEvents> {
  requireScope(viewer, "runner");
  const runId = checkId("run", input.runId, "input.runId");
  const key = checkOptionalName(input.idempotencyKey, "input.idempotencyKey");
  const { events, idempotency } = await store.tails.inTurn(runId, async () => ({
    events: await takeEvents(runId, input.events, store.tails),
    idempotency:
      key === null ? null : { key, sent: await hashEvents(input.events, await store.payloadKey.read()) },
  }));
  const leaseTokenHash = typeof input.leaseToken === "string" ? hashLeaseToken(input.leaseToken) : null;

  const outcome = await storeBatch(store, {
    runId,
    events,
    writer: { service: false, leaseTokenHash, operator: mayDo(viewer, "operator") },
    idempotency,
  });
  switch (outcome.outcome) {
    case "STORED":
      return {
        events: rowsOf(store.tenantId, outcome, events),
        lastSeq: outcome.firstSeq + events.length - 1,
        replayed: false,
      };
    case "REPLAYED":
      return {
        events: await readEventRange(store, runId, outcome.firstSeq, outcome.lastSeq),
        lastSeq: outcome.lastSeq,
        replayed: true,
      };
    case "MISSING":
      throw notFound("run", runId);
    case "KEY_REUSED":
      throw keyReused("events", { runId });
    case "ENDED":
      throw runEnded({ id: runId, ...outcome });
    case "LEASE":
      throw leaseConflict({ id: runId, ...outcome }, "is not held by the sender of these events");
  }
}

/**
 * Stores a batch of events. An input request changes how its session stands, so it is stored in one transaction with
 * that change. Any other batch goes to the appender, which merges it with others.
 */
async function storeBatch(store: TenantStore, batch: EventBatch): Promise<BatchOutcome> {
  const request = batch.events.findLast(({ type }) => type === "INPUT_REQUEST");
  const place = request && (await findRunSession(store, batch.runId));
  if (!place?.sessionId) return store.appender.append(batch);
  return transaction(store, async (tx) => {
    const session = await holdSession(tx, place.sessionId);
    const [outcome] = await storeEvents(tx, [batch]);
    if (!outcome) throw new Error("an append had no outcome");
    if (session && outcome.outcome === "STORED") {
      const kind = request?.payload["kind"] === "approval" ? "APPROVAL" : "QUESTION";
      await askForInput(tx, session, { runId: batch.runId, kind, requestedAt: outcome.createdAt });
      tx.touch(batch.runId);
    }
    return outcome;
  });
}

/** Builds the rows that were stored, without reading them back. */
function rowsOf(
  tenantId: string,
  { runId, sessionId, firstSeq, firstSessionSeq, createdAt }: Extract<BatchOutcome, { outcome: "STORED" }>,
  events: readonly NewEvent[],
): RunEventRow[] {
  return events.map((event, index) => ({
    ...event,
    tenantId,
    runId,
    sessionId,
    createdAt,
    seq: firstSeq + index,
    sessionSeq: firstSessionSeq === null ? null : firstSessionSeq + index,
  }));
}
