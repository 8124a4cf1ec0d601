import { askedOf } from "../../domain/search/grams.js";
import type { Query } from "../../domain/search/query.js";
import type { Instant } from "../../domain/instant.js";
import {
  type Candidate,
  type CandidatePage,
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

/** How many candidates are read together at first; twice as many each time that there are more in the same buckets. */
export const readAtFirst = 256;

/** Buckets in which there may be more candidates, none of them newer than `newestAt`. */
interface Source {
  buckets: readonly Bucket[];
  newestAt: Instant;
  /** Where to read on, and how much; null where nothing has been read. */
  page: CandidatePage | null;
}

/** The blocks that may hold what a query looks for, from the newest on. Buckets are looked up only once their turn has come. */
export class Candidates {
  readonly #client: TenantClient;
  readonly #query: Query;
  readonly #narrowing: Narrowing;
  /** The newest first. */
  readonly #sources: Source[];
  /** Those that were found, the newest last. */
  readonly #found: Candidate[] = [];
  readonly #readAtFirst: number;
  #together = 1;

  private constructor(
    client: TenantClient,
    query: Query,
    narrowing: Narrowing,
    buckets: readonly Bucket[],
    read: number,
  ) {
    this.#client = client;
    this.#query = query;
    this.#narrowing = narrowing;
    this.#readAtFirst = read;
    this.#sources = buckets.map((bucket) => ({ buckets: [bucket], newestAt: bucket.newestAt, page: null }));
  }

  /** Opens them over all buckets of the tenant, or in one session. */
  static async open(
    client: TenantClient,
    query: Query,
    narrowing: Narrowing,
    sessionId: string | null,
    read: number,
  ): Promise<Candidates> {
    const buckets = query.length === 0 ? [] : await readBuckets(client);
    if (sessionId === null) return new Candidates(client, query, narrowing, buckets, read);
    const candidates = new Candidates(client, query, narrowing, [], read);
    const asked = askedOf(
      client.tenantId,
      query,
      buckets.map(({ number }) => number),
    );
    candidates.#add(await findCandidatesOfSessions(client, [sessionId], { ...narrowing, asked }));
    return candidates;
  }

  /** Nothing that comes is newer. Null if nothing comes. */
  get frontier(): Instant | null {
    const next = [this.#found.at(-1)?.newestAt, this.#sources[0]?.newestAt].filter((at) => at !== undefined);
    return next.toSorted().at(-1) ?? null;
  }

  /** Takes the newest, at most so many. None if there are no more. */
  async take(most: number): Promise<Candidate[]> {
    while (this.#found.length === 0 || this.#isBehind()) {
      const source = this.#nextSource();
      if (!source) break;
      await this.#read(source);
    }
    const taken: Candidate[] = [];
    while (taken.length < most && this.#found.length > 0 && !this.#isBehind())
      taken.push(this.#found.pop() as Candidate);
    return taken;
  }

  /** True if a source may hold something newer than what was found. */
  #isBehind(): boolean {
    const [next] = this.#sources;
    const newest = this.#found.at(-1);
    return next !== undefined && newest !== undefined && next.newestAt > newest.newestAt;
  }

  /** Takes the source whose turn it is: one that was begun, or several together that were not. */
  #nextSource(): Source | undefined {
    const [first] = this.#sources;
    if (!first || first.page) return this.#sources.shift();
    const begun = this.#sources.findIndex(({ page }) => page !== null);
    const fresh = Math.min(this.#together, begun === -1 ? this.#sources.length : begun);
    this.#together = Math.min(2 * this.#together, mostTogether);
    const buckets = this.#sources.splice(0, fresh).flatMap((source) => source.buckets);
    return { ...first, buckets };
  }

  async #read({ buckets, page }: Source): Promise<void> {
    const { limit, last } = page ?? { limit: this.#readAtFirst, last: null };
    const asked = askedOf(
      this.#client.tenantId,
      this.#query,
      buckets.map(({ number }) => number),
    );
    const found = await findCandidates(this.#client, { ...this.#narrowing, asked }, { limit, last });
    this.#add(found);
    const end = found.at(-1);
    if (!end || found.length < limit) return;
    this.#sources.push({ buckets, newestAt: end.newestAt, page: { limit: 2 * limit, last: end } });
    this.#sources.sort((a, b) => compare(b.newestAt, a.newestAt));
  }

  #add(candidates: readonly Candidate[]): void {
    // Several alternatives may have found the same.
    const each = new Map(candidates.map((found) => [`${found.sessionId}/${found.fromSeq}`, found]));
    this.#found.push(...each.values());
    this.#found.sort((a, b) => compare(a.newestAt, b.newestAt));
  }
}

function compare(a: Instant, b: Instant): number {
  return a < b ? -1 : Number(a > b);
}
