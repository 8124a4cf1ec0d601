import type { Instant } from "../../domain/instant.js";
import { fieldBits } from "../../domain/search/block.js";
import type { SearchField } from "../../domain/search/place.js";
import type { Query } from "../../domain/search/query.js";
import { readBuckets } from "../../store/search/bucket.js";
import { findCandidatesOfSessions } from "../../store/search/candidate.js";
import type { TenantStore } from "../../store/store.js";
import { askedOf } from "../../domain/search/grams.js";
import { Candidates, type Narrowing, readAtFirst } from "./candidates.js";
import { type Place, type Sought, lookInto } from "./look.js";

/** How many blocks are looked into together. */
const blocksTogether = 16;

/** How much text a page looks through, in UTF-16 units, before it ends early. */
export const lookedThrough = 4_000_000;

/** What narrows a search. Null narrows nothing. */
export interface SearchFilter {
  fields: readonly SearchField[] | null;
  projectId: string | null;
  backendProfile: string | null;
  /** Sessions that have all of these labels. Default: any. */
  labelsAll?: readonly string[];
  /** Sessions that have one of these labels; none has one of none. */
  labelsAny: readonly string[] | null;
  sessionId: string | null;
  occurredAfter: Instant | null;
  occurredBefore: Instant | null;
}

/** Where a place stands in the list, which is sorted by it from the highest on. */
export type PlaceKey = readonly [at: Instant, sessionId: string, sessionSeq: number];

/** What page is wanted: so many places after a key. How much is looked through, and read at first, have defaults. */
export interface SearchPage {
  first: number;
  after: PlaceKey | null;
  budget?: number;
  read?: number;
}

/** What a page of a search holds. */
export interface FoundPage {
  places: Place[];
  hasMore: boolean;
  /** Where the next page begins: after the last place, or, of a page that ended early, where it has come to. */
  end: PlaceKey | null;
}

/** Gives a place's key. */
export function keyOfPlace({ at, sessionId, sessionSeq }: Place): PlaceKey {
  return [at, sessionId, sessionSeq];
}

/** True if the place of one key comes after that of another. */
function isAfter(key: PlaceKey, other: PlaceKey): boolean {
  for (const [index, value] of key.entries()) {
    const than = other[index] as string | number;
    if (value !== than) return value < than;
  }
  return false;
}

/**
 * Finds a page of places, the newest first: the newest of each session, or all of the session that the filter names. A session
 * that had its newest place before the page is not in it, and one that gets a newer one meanwhile has moved before it. A page ends
 * early once {@link lookedThrough} was looked through in vain.
 */
export async function search(
  store: TenantStore,
  query: Query,
  filter: SearchFilter,
  { first, after, budget = lookedThrough, read = readAtFirst }: SearchPage,
): Promise<FoundPage> {
  const { fields, projectId, backendProfile, sessionId, occurredAfter, occurredBefore } = filter;
  const { labelsAll = null, labelsAny } = filter;
  const sought: Sought = { query, fields, after: occurredAfter, before: occurredBefore };
  const narrowing = {
    fields: fieldBits(fields),
    projectId,
    backendProfile,
    labelsAll,
    labelsAny,
    after: occurredAfter,
  };
  const until = [after?.[0], occurredBefore].filter((at) => typeof at === "string").toSorted()[0] ?? null;
  const candidates = await Candidates.open(store, query, { ...narrowing, before: until }, sessionId, read);
  const isOfOne = sessionId !== null;
  const ready = new Ready(isOfOne);
  const places: Place[] = [];
  const endOf = (found: readonly Place[]) => (found.length > 0 ? keyOfPlace(found.at(-1) as Place) : after);
  for (let looked = 0; ;) {
    const { frontier } = candidates;
    for (;;) {
      const next = ready.take(first + 1 - places.length, frontier);
      if (next.length === 0) break;
      const earlier =
        after === null || isOfOne
          ? new Set<string>()
          : await findEarlier(store, next, sought, { ...narrowing, before: occurredBefore }, after);
      places.push(...next.filter((place) => !earlier.has(place.sessionId)));
    }
    if (places.length > first) {
      const page = places.slice(0, first);
      return { places: page, hasMore: true, end: endOf(page) };
    }
    if (frontier === null) return { places, hasMore: false, end: endOf(places) };
    // The next page must begin further down than this one.
    if (looked > budget && (after === null || frontier < after[0]))
      return { places, hasMore: true, end: [frontier, afterAllIds, Number.MAX_SAFE_INTEGER] };
    const blocks = await candidates.take(blocksTogether);
    looked += blocks.reduce((sum, { size }) => sum + size, 0);
    const found = await lookInto(store, blocks, sought);
    ready.add(found.filter((place) => after === null || isAfter(keyOfPlace(place), after)));
  }
}

/** Comes after the id of every session. */
const afterAllIds = "~";

/** Places that were found and wait for their turn. */
class Ready {
  /** Whether all places of one session are meant, and not the newest of each. */
  readonly #isOfOne: boolean;
  /** The newest last. */
  #places: Place[] = [];
  /** What was taken: sessions, or places. */
  readonly #taken = new Set<string>();

  constructor(isOfOne: boolean) {
    this.#isOfOne = isOfOne;
  }

  add(places: readonly Place[]): void {
    if (places.length === 0) return;
    this.#places.push(...places);
    this.#places.sort((a, b) => (isAfter(keyOfPlace(a), keyOfPlace(b)) ? -1 : 1));
  }

  /** Takes the newest, at most so many, that are newer than all that may still be found. */
  take(most: number, frontier: Instant | null): Place[] {
    const taken: Place[] = [];
    while (taken.length < most) {
      const newest = this.#places.at(-1);
      if (!newest || (frontier !== null && newest.at <= frontier)) break;
      this.#places.pop();
      const name = this.#isOfOne ? String(newest.sessionSeq) : newest.sessionId;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      taken.push(newest);
    }
    return taken;
  }
}

/** How many blocks of each session are looked into at a time to see whether it had its newest place before a page. */
const blocksOfEach = 2;

/** Of the sessions of these places those that have one that does not come after the key. */
async function findEarlier(
  store: TenantStore,
  places: readonly Place[],
  sought: Sought,
  narrowing: Narrowing,
  key: PlaceKey,
): Promise<Set<string>> {
  const earlier = new Set<string>();
  // A block that ends with the very time of the key counts: its place may be the key's.
  const buckets = (await readBuckets(store)).filter(({ newestAt }) => newestAt >= key[0]);
  const asked = askedOf(
    store.tenantId,
    sought.query,
    buckets.map(({ number }) => number),
  );
  const ids = places.map(({ sessionId }) => sessionId);
  const found = asked.length === 0 ? [] : await findCandidatesOfSessions(store, ids, { ...narrowing, asked });
  const blocks = found.filter(({ newestAt }) => newestAt >= key[0]);
  const ofSession = new Map(ids.map((id) => [id, blocks.filter(({ sessionId }) => sessionId === id)]));
  for (;;) {
    const next = [...ofSession].flatMap(([id, of]) => (earlier.has(id) ? [] : of.splice(0, blocksOfEach)));
    if (next.length === 0) return earlier;
    for (const place of await lookInto(store, next, sought)) {
      if (!isAfter(keyOfPlace(place), key)) earlier.add(place.sessionId);
    }
  }
}
