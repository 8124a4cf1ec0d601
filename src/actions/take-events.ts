import { badUserInput } from "../domain/errors.js";
import type { Instant } from "../domain/instant.js";
import { type RunEventType, maxBatchEvents, normalizePayload } from "../domain/event.js";
import { type SentHash, SentHasher } from "../domain/idempotency.js";
import type { JsonObject, JsonValue } from "../domain/json-value.js";
import { toKebab } from "../domain/failure.js";
import { canonicalJson, isJsonObject } from "../domain/json.js";
import { choicesOf } from "../domain/input-request-payload.js";
import { changeOfSchema } from "../domain/redacted-schema.js";
import { redactSteps, redactText } from "../domain/redaction/redact.js";
import { holdsSecret } from "../domain/redaction/secret-spans.js";
import { runInSteps } from "../domain/redaction/steps.js";
import {
  type Piece,
  type TextStream,
  createTextStream,
  endedBy,
  streamOf,
} from "../domain/redaction/text-stream.js";
import { cleanJson } from "../domain/text.js";
import type { NewEvent } from "../store/event-log/event-batch.js";
import { type AppendTail, keptCharacters } from "../store/event-log/tails.js";
import { createPace } from "./pace.js";

/** An event as it was sent. */
export interface SentEvent {
  type: RunEventType;
  payload?: JsonValue;
  occurredAt?: Instant | null;
}

/**
 * The events normalised and without their secrets, also without those that are cut over several events, or over the last
 * append and this one. Others are served in between if it takes longer than 10 ms. BAD_USER_INPUT for 0 or more than 500
 * events, and for a payload that its type does not have.
 */
export async function takeEvents(sent: readonly SentEvent[], tail: AppendTail): Promise<NewEvent[]> {
  if (sent.length === 0 || sent.length > maxBatchEvents) {
    throw badUserInput("input.events", `must hold 1 to ${maxBatchEvents} events`);
  }
  return runInSteps(takeInSteps(sent, tail), createPace());
}

// One generator for all of them: a promise for each event, of which most take no time, is a tenth of what they cost.
function* takeInSteps(sent: readonly SentEvent[], tail: AppendTail): Generator<void, NewEvent[]> {
  const streams = new Map<string, TextStream>();
  const begun: TextStream[] = [];
  const ended = new Set<string>();
  const ready: (Omit<NewEvent, "redactionCount"> & { piece: Piece | undefined })[] = [];
  for (const [index, { type, payload: given, occurredAt = null }] of sent.entries()) {
    refuseOwn(type, given, index);
    const clean = cleanJson(given ?? null);
    yield;
    const payload = normalizePayload(type, clean, `input.events.${index}.payload`);
    const name = streamOf(type, payload);
    const piece = name === undefined ? undefined : { text: payload["text"] as string, cuts: [] };
    for (const other of endedBy(type, name)) {
      streams.delete(other);
      ended.add(other);
    }
    if (name !== undefined && piece !== undefined) {
      const stream = streams.get(name) ?? createTextStream(ended.has(name) ? "" : tail.read(name));
      if (!streams.has(name)) begun.push(stream);
      // Behind what it was, so that the streams stand in the order in which they were last written to.
      streams.delete(name);
      streams.set(name, stream);
      stream.add(piece);
    }
    ready.push({ type, payload, occurredAt, piece });
  }
  for (const stream of begun) yield* stream.search();
  // Not only once they are stored: the next append of the run may be on its way already.
  const ends = [...streams].map(([name, stream]) => [name, stream.end(keptCharacters)] as const);
  const over = [...ended].filter((name) => !streams.has(name)).map((name) => [name, ""] as const);
  tail.write(new Map([...over, ...ends]));

  const events: NewEvent[] = [];
  for (const { type, payload, occurredAt, piece } of ready) {
    if (type === "INPUT_REQUEST") refuseSecretsIn(payload, `input.events.${events.length}.payload`);
    const { value, count } = yield* redactSteps(payload, piece);
    if (type === "INPUT_REQUEST" && count > 0)
      refuseSecretsInSchema(payload, value, `input.events.${events.length}.payload`);
    events.push({ type, payload: value, redactionCount: count, occurredAt });
    yield;
  }
  return events;
}

/** What callers call to have the service write one of its own events. */
const ownPhases: Readonly<Record<string, string>> = {
  "run-created": "createRun",
  "run-claimed": "claimRun",
  "session-updated": "createRun",
  "command-created": "createCommand",
  "command-terminal": "finishCommand or cancelCommand",
  "cancel-requested": "cancelRun",
  "lease-expired": "nothing: a lease ends by itself",
  "run-released": "releaseRun",
  "input-closed": "answerInputRequest or closeInputRequest",
};

/** Throws BAD_USER_INPUT for an event that the service alone writes, since its readers take it for what has happened. */
function refuseOwn(type: RunEventType, payload: JsonValue | undefined, index: number): void {
  if (type === "TERMINAL_STATUS") {
    throw badUserInput(
      `input.events.${index}.type`,
      "must not be TERMINAL_STATUS, which ends a run: call finishRun",
    );
  }
  const phase = type === "BACKEND_STATUS" && isJsonObject(payload) ? payload["phase"] : undefined;
  const word = typeof phase === "string" ? toKebab(phase.trim()) : "";
  if (!Object.hasOwn(ownPhases, word)) return;
  throw badUserInput(
    `input.events.${index}.payload.phase`,
    `must not be ${word}, which the service writes itself: call ${ownPhases[word]}`,
  );
}

/** Throws BAD_USER_INPUT if redaction would change what a person is led to, or answers by: a request's url or a choice's id. */
function refuseSecretsIn(payload: JsonObject, field: string): void {
  const { url } = payload;
  if (typeof url === "string" && redactText(url).count > 0)
    throw badUserInput(`${field}.url`, "must hold no secret");
  for (const [index, { id }] of choicesOf(payload).entries())
    if (holdsSecret(id)) throw badUserInput(`${field}.choices.${index}.id`, "must hold no secret");
}

/** Throws BAD_USER_INPUT if redaction has changed what a request's answerSchema asks for: no answer would satisfy it. */
function refuseSecretsInSchema(payload: JsonObject, redacted: JsonObject, field: string): void {
  const { answerSchema = null } = payload;
  const change = changeOfSchema(answerSchema, redacted["answerSchema"] ?? null);
  if (change !== undefined) throw badUserInput(`${field}.answerSchema${change}`, "must hold no secret");
}

/** The hashes of the list of events as it was sent, with pauses as {@link takeEvents} makes them. */
export async function hashEvents(sent: readonly SentEvent[], key: Uint8Array): Promise<SentHash> {
  const pause = createPace();
  const hasher = new SentHasher(key);
  for (const [index, { type, payload = null, occurredAt }] of sent.entries()) {
    // What was not there at first is hashed only if it is given: older keys stay good.
    const event = { type, payload, ...(occurredAt ? { occurredAt } : {}) };
    hasher.add(`${index === 0 ? "[" : ","}${canonicalJson(event)}`);
    const rest = pause();
    if (rest) await rest;
  }
  hasher.add("]");
  return hasher.end();
}
