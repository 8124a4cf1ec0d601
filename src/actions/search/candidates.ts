import { gramsOf, saltOf } from "../../domain/search/grams.js";
import type { Query } from "../../domain/search/query.js";
import type { Instant } from "../../domain/instant.js";
import {
  type Candidate,
  type CandidateSearch,
  findCandidates,
  findCandidatesOfSessions,
} from "../../store/search/candidate.js";
import { type Bucket, readBuckets } from "../../store/search/bucket.js";
import type { TenantClient } from "../../store/statement.js";

/** The most buckets that are looked up together: the first one alone, then twice as many each time. */
const mostTogether = 16;

/** What of the filter narrows the blocks. */
export type Narrowing = Omit<CandidateSearch, "asked">;

/** The grams of each alternative in each of these buckets. */
export function askedOf(
  tenantId: string,
  query: Query,
  buckets: readonly Bucket[],
): CandidateSearch["asked"] {
  return buckets.flatMap(({ number }) =>
    gramsOf(query, saltOf(tenantId, number)).map((grams) => ({ bucket: number, grams })),
  );
}

/** The blocks that may hold what a query looks for, from the newest on. Buckets are looked up only once their turn has come. */
export class Candidates {
  readonly #client: TenantClient;
  readonly #query: Query;
  readonly #narrowing: Narrowing;
  readonly #buckets: Bucket[];
  /** Those that were found, the newest last. */
  readonly #found: Candidate[] = [];
  #together = 1;

  constructor(client: TenantClient, query: Query, narrowing: Narrowing, buckets: readonly Bucket[]) {
    this.#client = client;
    this.#query = query;
    this.#narrowing = narrowing;
    this.#buckets = [...buckets];
  }

  /** Opens them over all buckets of the tenant, or in one session. */
  static async open(
    client: TenantClient,
    query: Query,
    narrowing: Narrowing,
    sessionId: string | null,
  ): Promise<Candidates> {
    const buckets = query.length === 0 ? [] : await readBuckets(client);
    if (sessionId === null) return new Candidates(client, query, narrowing, buckets);
    const candidates = new Candidates(client, query, narrowing, []);
    const asked = askedOf(client.tenantId, query, buckets);
    candidates.#add(await findCandidatesOfSessions(client, [sessionId], { ...narrowing, asked }));
    return candidates;
  }

  /** Nothing that comes is newer. Null if nothing comes. */
  get frontier(): Instant | null {
    const next = [this.#found.at(-1)?.newestAt, this.#buckets[0]?.newestAt].filter((at) => at !== undefined);
    return next.toSorted().at(-1) ?? null;
  }

  /** Takes the newest, at most so many. None if there are no more. */
  async take(most: number): Promise<Candidate[]> {
    while (this.#found.length === 0 || this.#isBehind()) {
      if (this.#buckets.length === 0) break;
      const buckets = this.#buckets.splice(0, this.#together);
      this.#together = Math.min(2 * this.#together, mostTogether);
      const asked = askedOf(this.#client.tenantId, this.#query, buckets);
      this.#add(await findCandidates(this.#client, { ...this.#narrowing, asked }));
    }
    const taken: Candidate[] = [];
    while (taken.length < most && this.#found.length > 0 && !this.#isBehind())
      taken.push(this.#found.pop() as Candidate);
    return taken;
  }

  /** True if a bucket that was not looked up may hold something newer than what was found. */
  #isBehind(): boolean {
    const [next] = this.#buckets;
    const newest = this.#found.at(-1);
    return next !== undefined && newest !== undefined && next.newestAt > newest.newestAt;
  }

  #add(candidates: readonly Candidate[]): void {
    this.#found.push(...candidates);
    this.#found.sort((a, b) => (a.newestAt < b.newestAt ? -1 : a.newestAt > b.newestAt ? 1 : 0));
  }
}
