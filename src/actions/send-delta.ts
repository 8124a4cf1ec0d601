import { createHmac } from "node:crypto";
import { requireScope } from "../auth/viewer.js";
import { checkDeltaType, lengthOf, maxStreamBytes, tooManyStreams, wrongOffset } from "../domain/delta.js";
import { badUserInput, notFound } from "../domain/errors.js";
import type { RunEventType } from "../domain/event.js";
import { checkId } from "../domain/ids.js";
import { hashLeaseToken, leaseConflict } from "../domain/lease.js";
import { release, shownMax } from "../domain/redaction/growing-text.js";
import { runEnded } from "../domain/run.js";
import { cleanText } from "../domain/text.js";
import { deltasTopic } from "../domain/topic.js";
import { isLostRace } from "../store/database-error.js";
import {
  type Growth,
  type HeldRun,
  type StreamState,
  type StreamWriter,
  beginStream,
  growStream,
  readStream,
} from "../store/delta/stream.js";
import type { TenantStore } from "../store/store.js";
import type { Caller } from "./caller.js";
import { takeName } from "./intake.js";

/** The input of {@link sendDelta}. */
export interface SendDeltaInput {
  runId: string;
  leaseToken?: string | null;
  streamId: string;
  type: RunEventType;
  offset: number;
  text: string;
}

/** How often the first delta of a stream is tried whose room another one takes meanwhile. */
const attempts = 4;

/** How many secrets of a stream are known again by their hashes, the first that were found. */
const maxTaken = 64;

/**
 * Adds a piece of text to a stream of the run that the caller holds, and gives how many code points were sent of it in all.
 * Offset 0 begins it anew. Throws RUNNER_LEASE_CONFLICT without the token of a lease that lives, ALREADY_TERMINAL if the run
 * has ended, CONFLICT with `details.length` for an offset at which the stream does not go on, and for too many streams.
 */
export async function sendDelta(
  { viewer, store }: Caller,
  input: SendDeltaInput,
): Promise<{ length: number }> {
  requireScope(viewer, "runner");
  const runId = checkId("run", input.runId, "input.runId");
  const streamId = takeName("SendDeltaInput.streamId", input.streamId);
  checkDeltaType(input.type, "input.type");
  if (input.offset < 0) throw badUserInput("input.offset", "must be 0 or more");
  if (Buffer.byteLength(input.text) > maxStreamBytes) throw tooLong();
  const delta = { type: input.type, offset: input.offset, text: cleanText(input.text) };
  // Not "": that would be no hash of a token of nobody's.
  const writer = { runId, streamId, leaseTokenHash: hashLeaseToken(input.leaseToken ?? "") };
  // Those of one stream that come together go on from each other.
  const key = `${store.tenantId} ${runId} ${streamId}`;
  return store.tails.inTurn(key, () => add(store, key, writer, delta));
}

type Delta = { type: RunEventType; offset: number; text: string };

async function add(
  store: TenantStore,
  key: string,
  writer: StreamWriter,
  delta: Delta,
): Promise<{ length: number }> {
  const known = store.streams.get(key);
  const isKnown = delta.offset > 0 && known?.sent === delta.offset && known.type === delta.type;
  store.streams.delete(key);
  const added = isKnown ? await addTo(store, writer, delta, known) : undefined;
  const { run, state, shown } = added ?? (await addUnknown(store, writer, delta));
  store.streams.set(key, state);
  if (shown > 0) wake(store, run);
  return { length: state.sent };
}

type Added = { run: HeldRun; state: StreamState; shown: number };

/** Adds it to a stream of which this node knows nothing, or not how it stands. */
async function addUnknown(store: TenantStore, writer: StreamWriter, delta: Delta): Promise<Added> {
  if (delta.offset === 0) return begin(store, writer, delta);
  const found = await readStream(store, writer);
  const { stream } = mustHold(writer, found);
  if (stream && stream.type !== delta.type)
    throw badUserInput("input.type", `must be ${stream.type}, as which the stream began`);
  const added = stream?.sent === delta.offset ? await addTo(store, writer, delta, stream) : undefined;
  if (added !== undefined) return added;
  const { runId, streamId } = writer;
  // Where another call was faster, it stands elsewhere by now.
  const length = (stream?.sent === delta.offset ? (await readStream(store, writer))?.stream : stream)?.sent;
  throw wrongOffset({ runId, streamId, length: length ?? 0 });
}

async function begin(store: TenantStore, writer: StreamWriter, delta: Delta): Promise<Added> {
  const { type } = delta;
  const nothing = { sent: 0, sentBytes: 0, shown: "", tail: "", taken: [] };
  const growth = grow(nothing, delta, await store.payloadKey.read());
  const begun = mustHold(writer, await beginPatiently(store, writer, { ...growth, type }));
  if (begun.beganAt === null) throw tooManyStreams(writer.runId);
  return { run: begun, state: stateAfter(growth, { type, beganAt: begun.beganAt, shown: "" }), shown: 1 };
}

async function beginPatiently(
  store: TenantStore,
  writer: StreamWriter,
  growth: Growth & { type: RunEventType },
) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await beginStream(store, writer, growth);
    } catch (error) {
      if (attempt === attempts || !isLostRace(error)) throw error;
    }
  }
}

/** Undefined if the stream does not stand so any more. */
async function addTo(
  store: TenantStore,
  writer: StreamWriter,
  delta: Delta,
  stream: StreamState,
): Promise<Added | undefined> {
  const growth = grow(stream, delta, await store.payloadKey.read());
  const { grown, ...run } = mustHold(writer, await growStream(store, writer, stream, growth));
  if (!grown) return undefined;
  return { run, state: stateAfter(growth, stream), shown: growth.shownLength };
}

/** What of the stream may be shown with what is sent now. */
function grow(stream: Omit<StreamState, "type" | "beganAt">, { text }: Delta, key: Uint8Array): Growth {
  const sentBytes = stream.sentBytes + Buffer.byteLength(text);
  if (sentBytes > maxStreamBytes) throw tooLong();
  const taken = new Set(stream.taken);
  const hash = (value: string) => createHmac("sha256", key).update(value).digest("base64url").slice(0, 16);
  const { shown, held } = release(stream.shown, stream.tail + text, {
    has: (value) => taken.size > 0 && taken.has(hash(value)),
    add: (value) => {
      if (taken.size < maxTaken) taken.add(hash(value));
    },
  });
  return {
    sent: stream.sent + lengthOf(text),
    sentBytes,
    shown,
    shownLength: lengthOf(shown),
    tail: held,
    taken: [...taken],
  };
}

function stateAfter(growth: Growth, before: Pick<StreamState, "type" | "beganAt" | "shown">): StreamState {
  const { sent, sentBytes, tail, taken } = growth;
  const shown = (before.shown + growth.shown).slice(-shownMax);
  return { type: before.type, beganAt: before.beganAt, sent, sentBytes, shown, tail, taken };
}

function tooLong() {
  return badUserInput("input.text", `must not make the stream longer than ${maxStreamBytes} bytes`);
}

/** Throws unless the sender holds the run. */
function mustHold<Run extends HeldRun>({ runId }: StreamWriter, run: Run | undefined): Run {
  if (run === undefined) throw notFound("run", runId);
  if (run.verdict === "ENDED") throw runEnded(run);
  if (run.verdict === "LEASE") throw leaseConflict(run, "is not held by the sender of this delta");
  return run;
}

function wake({ tenantId, wake: tell }: TenantStore, { id, sessionId }: HeldRun): void {
  tell([id, ...(sessionId === null ? [] : [sessionId])].map((each) => deltasTopic(tenantId, each)));
}
