import type { RunEventType } from "../../domain/event.js";
import type { SentHash } from "../../domain/idempotency.js";
import type { Instant } from "../../domain/instant.js";
import type { JsonObject } from "../../domain/json-value.js";
import { type UsageNumbers, addUsage } from "../../domain/usage.js";

/** An event that is ready to be stored: normalised and redacted. */
export interface NewEvent {
  type: RunEventType;
  payload: JsonObject;
  redactionCount: number;
  /** When it happened. Default: now. */
  occurredAt?: Instant | null;
}

/** Events for one run, stored together or not at all. */
export interface EventBatch {
  runId: string;
  events: readonly NewEvent[];
  /** Who writes: with which lease, or none, and whether it is an operator, who needs none. */
  writer: { leaseTokenHash: string | null; operator: boolean };
  /** The key that the batch was sent with, and the hashes of what was sent; null if it was sent without one. */
  idempotency: { key: string; sent: SentHash } | null;
}

/** The names of the streams of deltas that a batch ends: those of which one of its events is the whole. None if it ends none. */
export function streamsOf({ events }: EventBatch): string[] | undefined {
  const names = events.flatMap(({ payload }) => {
    const streamId = payload["streamId"];
    return typeof streamId === "string" ? [streamId] : [];
  });
  return names.length > 0 ? names : undefined;
}

/** A batch in the form in which the statement that stores it reads it. `order` is its place among those of the statement. */
export function encodeBatch(batch: EventBatch, order: number) {
  const { writer, idempotency } = batch;
  return {
    o: order,
    run: batch.runId,
    key: idempotency?.key,
    hash: idempotency?.sent.keyed,
    plain: idempotency?.sent.plain,
    token: writer.leaseTokenHash,
    may: writer.operator,
    ...timesOf(batch.events),
    ...toldBy(batch.events),
    ends: streamsOf(batch),
    events: batch.events.map(encodeEvent),
  };
}

/** An event in that form. */
export function encodeEvent({ type, redactionCount, payload, occurredAt }: NewEvent) {
  return !occurredAt ? [type, redactionCount, payload] : [type, redactionCount, payload, occurredAt];
}

/** When the latest of the events happened that say when, and whether all do. */
function timesOf(events: readonly NewEvent[]): { latest?: Instant; timed?: boolean } {
  let latest: Instant | null = null;
  let timed = true;
  for (const { occurredAt } of events) {
    if (!occurredAt) timed = false;
    else if (latest === null || occurredAt > latest) latest = occurredAt;
  }
  return latest === null ? {} : { latest, timed };
}

/** What the events tell of their run and session: what was used, the place of the newest plan in the batch, and the newest model. */
function toldBy(events: readonly NewEvent[]) {
  let plan: number | undefined;
  let model: string | undefined;
  let used: UsageNumbers | undefined;
  for (const [index, { type, payload }] of events.entries()) {
    if (type === "PLAN") plan = index + 1;
    if (type === "USAGE") used = addUsage(used, payload);
    const named = type === "USAGE" || type === "ASSISTANT_MESSAGE" ? payload["model"] : undefined;
    if (typeof named === "string") model = named;
  }
  // As the text of an array of Postgres, which is read in one piece.
  return { plan, model, used: used && `{${used.join()}}` };
}
