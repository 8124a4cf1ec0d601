import { badUserInput } from "../domain/errors.js";
import { type RunEventType, maxBatchEvents, normalizePayload } from "../domain/event.js";
import { type SentHash, SentHasher } from "../domain/idempotency.js";
import type { JsonObject, JsonValue } from "../domain/json-value.js";
import { canonicalJson } from "../domain/json.js";
import { redact } from "../domain/redaction/redact.js";
import { replaceSpans } from "../domain/redaction/span.js";
import { type Piece, type TextStream, createTextStream, streamOf } from "../domain/redaction/text-stream.js";
import { cleanJson } from "../domain/text.js";
import type { NewEvent } from "../store/event-log/append.js";
import type { RunTails } from "../store/event-log/tails.js";
import { createPace } from "./pace.js";

/** An event as it was sent. */
export interface SentEvent {
  type: RunEventType;
  payload?: JsonValue;
}

/** How much of a stream the next append may need. */
const endMax = 256;

/**
 * The events normalised and without their secrets, also without those that are cut over several events, or over the last
 * append and this one. Others are served in between if it takes longer than 10 ms. BAD_USER_INPUT for 0 or more than 500
 * events, and for a payload that its type does not have.
 */
export async function takeEvents(
  runId: string,
  sent: readonly SentEvent[],
  tails: RunTails,
): Promise<NewEvent[]> {
  if (sent.length === 0 || sent.length > maxBatchEvents) {
    throw badUserInput("input.events", `must hold 1 to ${maxBatchEvents} events`);
  }
  const pause = createPace();
  const streams = new Map<string, TextStream>();
  const ready: { type: RunEventType; payload: JsonObject; piece: Piece | undefined }[] = [];
  for (const [index, { type, payload: given }] of sent.entries()) {
    const payload = normalizePayload(type, cleanJson(given ?? null), `input.events.${index}.payload`);
    const name = streamOf(type, payload);
    const piece = name === undefined ? undefined : { text: payload["text"] as string, cuts: [] };
    if (name !== undefined && piece !== undefined) {
      const stream = streams.get(name) ?? createTextStream(tails.read(runId, name));
      // Behind what it was, so that the streams stand in the order in which they were last written to.
      streams.delete(name);
      streams.set(name, stream);
      stream.add(piece);
    }
    ready.push({ type, payload, piece });
    // No tick for a batch that takes no time.
    const rest = pause();
    if (rest) await rest;
  }
  // Not only once they are stored: the next append of the run may be on its way already.
  tails.keep(runId, new Map([...streams].map(([name, stream]) => [name, stream.end(endMax)])));

  const events: NewEvent[] = [];
  for (const { type, payload, piece } of ready) {
    const cut = piece && replaceSpans(piece.text, piece.cuts);
    const { value, count } = redact(cut ? { ...payload, text: cut.text } : payload);
    events.push({ type, payload: value, redactionCount: count + (cut?.count ?? 0) });
    const rest = pause();
    if (rest) await rest;
  }
  return events;
}

/** The hashes of the list of events as it was sent, with pauses as {@link takeEvents} makes them. */
export async function hashEvents(sent: readonly SentEvent[], key: Uint8Array): Promise<SentHash> {
  const pause = createPace();
  const hasher = new SentHasher(key);
  for (const [index, { type, payload }] of sent.entries()) {
    hasher.add(`${index === 0 ? "[" : ","}${canonicalJson({ type, payload: payload ?? null })}`);
    const rest = pause();
    if (rest) await rest;
  }
  hasher.add("]");
  return hasher.end();
}
