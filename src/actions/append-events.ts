import { takeOptionalName } from "./intake.js";
import { mayDo, requireScope } from "../auth/viewer.js";
import { notFound } from "../domain/errors.js";
import { keyReused } from "../domain/idempotency.js";
import type { Instant } from "../domain/instant.js";
import { checkId } from "../domain/ids.js";
import { hashLeaseToken, leaseConflict } from "../domain/lease.js";
import { isAhead } from "../domain/occurrence.js";
import { runEnded } from "../domain/run.js";
import { type BatchOutcome, appendEvents as storeEvents, rowsOf } from "../store/event-log/append.js";
import type { EventBatch, NewEvent } from "../store/event-log/event-batch.js";
import { readEventRange } from "../store/event.js";
import type { RunEventRow } from "../store/row.js";
import { lockRun } from "../store/run.js";
import { lockSessionOf } from "../store/session-locks.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { openRequests } from "./input-request/open.js";
import { heldOf, saveAsking } from "./session.js";
import { type SentEvent, hashEvents, takeEvents } from "./take-events.js";

/** The input of {@link appendEvents}. */
export interface AppendEventsInput {
  runId: string;
  events: readonly SentEvent[];
  leaseToken?: string | null;
  idempotencyKey?: string | null;
}

/** Events as they are stored. `lastSeq` is the seq of the last of them; they themselves are made where they are asked for. */
export interface AppendedEvents {
  events: () => RunEventRow[] | Promise<RunEventRow[]>;
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
  const key = takeOptionalName("AppendEventsInput.idempotencyKey", input.idempotencyKey);
  const leaseTokenHash = typeof input.leaseToken === "string" ? hashLeaseToken(input.leaseToken) : null;
  const writer = { leaseTokenHash, operator: mayDo(viewer, "operator") };

  const { events, outcome } = await takeAndStore(store, { ...input, runId }, writer, key);
  switch (outcome.outcome) {
    case "STORED":
      return {
        events: () => rowsOf(store.tenantId, outcome, events),
        lastSeq: outcome.firstSeq + events.length - 1,
        replayed: false,
      };
    case "REPLAYED":
      return {
        events: () => readEventRange(store, runId, outcome.firstSeq, outcome.lastSeq),
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
    case "AHEAD":
      throw isAhead(`input.events.${indexOfLatest(events)}.occurredAt`);
  }
}

/** Takes the events and stores them. What the run's next output is read with changes only if they are stored. */
async function takeAndStore(
  store: TenantStore,
  { runId, events: sent }: AppendEventsInput,
  writer: EventBatch["writer"],
  key: string | null,
): Promise<{ events: NewEvent[]; outcome: BatchOutcome }> {
  const run = `${store.tenantId} ${runId}`;
  const tail = store.tails.open(run, `${writer.operator} ${writer.leaseTokenHash}`);
  try {
    const { events, idempotency } = await store.tails.inTurn(run, async () => ({
      events: await takeEvents(sent, tail),
      idempotency: key === null ? null : { key, sent: await hashEvents(sent, await store.payloadKey.read()) },
    }));
    const outcome = await storeBatch(store, { runId, events, writer, idempotency });
    if (outcome.outcome === "STORED" || outcome.outcome === "REPLAYED") tail.keep(outcome.firstSeq);
    return { events, outcome };
  } finally {
    tail.close();
  }
}

/** Which of the events is said to have happened last. */
function indexOfLatest(events: readonly NewEvent[]): number {
  return events.reduce(
    (latest, { occurredAt }, index) =>
      (occurredAt ?? "") > (events[latest]?.occurredAt ?? "") ? index : latest,
    0,
  );
}

/** When the last of the events happened; null if one of them happens now. */
function lastTime(events: readonly NewEvent[]): Instant | null {
  if (events.some(({ occurredAt }) => !occurredAt)) return null;
  return events[indexOfLatest(events)]?.occurredAt ?? null;
}

/**
 * Stores a batch of events. What an agent asks is opened in one transaction with the event that asks it, and changes how its
 * session stands. Any other batch goes to the appender, which merges it with others.
 */
async function storeBatch(store: TenantStore, batch: EventBatch): Promise<BatchOutcome> {
  if (!batch.events.some(({ type }) => type === "INPUT_REQUEST")) return store.appender.append(batch);
  return transaction(store, async (tx) => {
    const [locked, run, [outcome]] = await tx.together(() =>
      Promise.all([
        lockSessionOf(tx, "run", batch.runId),
        lockRun(tx, batch.runId),
        storeEvents(tx, [batch]),
      ]),
    );
    if (!outcome) throw new Error("an append had no outcome");
    if (!run || outcome.outcome !== "STORED") return outcome;
    const session = heldOf(locked);
    tx.touch(batch.runId, run.sessionId);
    const { firstSeq, createdAt } = outcome;
    const { events } = batch;
    const occurredAt = lastTime(events);
    const opened = await openRequests(tx, session, run, { events, firstSeq, createdAt, occurredAt });
    if (session && opened) {
      await saveAsking(tx, session);
      tx.ask(session.row);
    }
    return outcome;
  });
}
