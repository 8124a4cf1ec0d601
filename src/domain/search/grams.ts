/*
 * What the index holds of a text: its grams, which are all stretches of one to four units of the folded text, each hashed
 * together with the tenant and the bucket that its block is in. A text that holds a term holds the term's grams. The opposite is
 * not true, so that what the index finds is looked at again. Of 30 MB of code and prose in blocks of 16,384 units, a rare word's
 * grams of three units stand in up to 3 % of the blocks for 19 of 20 such words, those of four units in 0.2 %; of five units it is as many,
 * and there are a quarter more of them.
 *
 * A gram has 32 bits. The first ten are the same in the whole bucket, so that its grams stand side by side in the index, and what
 * is being written touches few of its pages.
 */
import type { Alternative, Query } from "./query.js";

/** How many grams of one term, and of all terms of an alternative, are looked up: each of them narrows, and each costs a look-up. */
const gramsOfTerm = 8;
const gramsOfAlternative = 16;

/** What makes the grams of one tenant's bucket others than those of all other buckets. */
export function saltOf(tenantId: string, bucket: number): number {
  let salt = mix(bucket + 1, 0x27d4eb2f);
  for (let index = 0; index < tenantId.length; index += 1)
    salt = mix(salt ^ tenantId.charCodeAt(index), index);
  return salt;
}

function mix(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b ^ 0x7feb352d, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}

/** How many bits of a gram are those of its bucket. */
const bucketBits = 10;
const ofBucket = -1 << (32 - bucketBits);

/** How many units the longest gram has. */
const longest = 4;

/** The gram of the units from `start` on; `length` is 1 to {@link longest}. */
function gram(text: string, start: number, length: number, salt: number): number {
  return (salt & ofBucket) | (hashOf(text, start, length, salt) >>> bucketBits);
}

function hashOf(text: string, start: number, length: number, salt: number): number {
  const first = text.charCodeAt(start);
  if (length === 1) return mix(first ^ salt, 1);
  const two = ((first << 16) | text.charCodeAt(start + 1)) ^ salt;
  if (length === 2) return mix(two, 2);
  const third = text.charCodeAt(start + 2);
  return mix(two, length === 3 ? 3 + third : (third << 16) | text.charCodeAt(start + 3));
}

/** A power of two. A block of usual size has a fourth as many grams. */
const slots = 16_384;

/**
 * The gram that came last of those that share a slot, and in which turn: most repeats are found by it, far faster than by a set.
 * All collect with this one, each in turns of its own, since a new one for each block took as long as hashing.
 */
const last = new Int32Array(slots);
const turns = new Float64Array(slots);
let turn = 0;

/** Collects the grams of a block's texts. */
export class Grams {
  readonly #salt: number;
  readonly #turn = (turn += 1);
  readonly #list: number[] = [];

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** Adds all grams of a folded text. */
  add(text: string): void {
    for (let start = 0; start < text.length; start += 1) {
      const most = Math.min(longest, text.length - start);
      for (let length = 1; length <= most; length += 1) this.#put(gram(text, start, length, this.#salt));
    }
  }

  /** All of them; some may be there twice. */
  get list(): readonly number[] {
    return this.#list;
  }

  #put(gram: number): void {
    const slot = gram & (slots - 1);
    if (last[slot] === gram && turns[slot] === this.#turn) return;
    last[slot] = gram;
    turns[slot] = this.#turn;
    this.#list.push(gram);
  }
}

/** What is looked up for a query in each of these buckets: the grams of each alternative. */
export function askedOf(
  tenantId: string,
  query: Query,
  buckets: readonly number[],
): { bucket: number; grams: number[] }[] {
  return buckets.flatMap((bucket) =>
    gramsOf(query, saltOf(tenantId, bucket)).map((grams) => ({ bucket, grams })),
  );
}

/** The grams that a block of the bucket holds if it may hold the terms of an alternative, for each alternative of a query. */
export function gramsOf(query: Query, salt: number): number[][] {
  return query.map(({ wanted }: Alternative) => {
    const each = Math.max(2, Math.min(gramsOfTerm, Math.floor(gramsOfAlternative / wanted.length)));
    const grams = new Set<number>();
    // The longest first: they narrow the most.
    for (const term of wanted.toSorted((a, b) => b.length - a.length)) {
      if (grams.size >= gramsOfAlternative) break;
      for (const found of gramsOfOne(term, each, salt)) grams.add(found);
    }
    return [...grams];
  });
}

/** Up to `most` grams of a term, spread over it. */
function gramsOfOne(term: string, most: number, salt: number): number[] {
  const length = Math.min(longest, term.length);
  const last = term.length - length;
  const count = Math.min(most, last + 1);
  return Array.from({ length: count }, (_, n) =>
    gram(term, count === 1 ? 0 : Math.round((n * last) / (count - 1)), length, salt),
  );
}
