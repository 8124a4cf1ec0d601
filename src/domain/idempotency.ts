import { type Hash, type Hmac, createHash, createHmac } from "node:crypto";
import { AgentRunError } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { canonicalJson } from "./json.js";

/** What an `idempotencyKey` may have been used for before, in the words of the refusal. */
const reusedFor = {
  run: "another run",
  command: "another command of this run",
  job: "another job of this run",
  task: "another queue task of this project",
  events: "other events of this run",
  answer: "another answer to this input request",
} as const;

/** Makes the error for an `idempotencyKey` that comes again with other content. `details` names its first use. */
export function keyReused(noun: keyof typeof reusedFor, details: JsonObject): AgentRunError {
  return new AgentRunError(`input.idempotencyKey was used before for ${reusedFor[noun]}`, {
    code: "IDEMPOTENCY_KEY_REUSED",
    details: { field: "input.idempotencyKey", ...details },
  });
}

/**
 * Gives back the row that was made earlier with the same `idempotencyKey`, if the same content came again. Throws
 * IDEMPOTENCY_KEY_REUSED if the content differs.
 */
export function replayOf<Row extends { id: string }>(
  noun: Exclude<keyof typeof reusedFor, "events" | "answer">,
  earlier: Row,
  isSame: boolean,
): Row {
  if (isSame) return earlier;
  throw keyReused(noun, { [`${noun}Id`]: earlier.id });
}

/** How many bytes the key of {@link SentHash} has. */
export const payloadKeyBytes = 32;

/** What was sent, as two hashes in hex of its JSON with the keys sorted. */
export interface SentHash {
  /** HMAC-SHA-256 with the key of this service, which is stored and shown: without the key no guess at a secret can be tried. */
  keyed: string;
  /** SHA-256, as rows from before there was a key hold it. Only compared, never stored. */
  plain: string;
}

/** Hashes what was sent a part at a time. */
export class SentHasher {
  readonly #keyed: Hmac;
  readonly #plain: Hash = createHash("sha256");

  constructor(key: Uint8Array) {
    this.#keyed = createHmac("sha256", key);
  }

  /** Adds a part of {@link canonicalJson}. */
  add(text: string): void {
    this.#keyed.update(text);
    this.#plain.update(text);
  }

  /** The hashes of all parts; nothing can be added any more. */
  end(): SentHash {
    return { keyed: this.#keyed.digest("hex"), plain: this.#plain.digest("hex") };
  }
}

/** The hashes of a value. */
export function hashSent(value: JsonValue, key: Uint8Array): SentHash {
  const hasher = new SentHasher(key);
  hasher.add(canonicalJson(value));
  return hasher.end();
}

/** Whether a row was made of the same content: by its keyed hash, or the plain one if it is from before there was a key. */
export function isSameSent({ payloadHash }: { payloadHash: string }, sent: SentHash): boolean {
  return payloadHash === sent.keyed || payloadHash === sent.plain;
}
