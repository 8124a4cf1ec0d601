/*
 * What is marked over one client, for one reader: shown by all of its stores before the service has answered. What a store shows is
 * always what it knows of the service, with the marks that are under way put on it. So
 *
 *     M1  A mark shows at once, and a mark that is refused is gone from what is shown, with nothing left of it.
 *     M2  When it is answered, the session as it is then is known in the very step in which the mark is taken away: nothing flickers.
 *     M3  Of two states of a session the one with the higher changeVersion is shown; what comes late is not.
 *     M4  Marks of one session are sent one after the other, in the order in which they were made. One that waits is left out where a later
 *         one undoes it or does it again.
 *     M5  Counts move with their sessions: by how a session counts as it is shown, against how it did when it was counted. Counts that come while
 *         a mark is with the service wait for its answer, which tells whether they hold it.
 */
import type { SessionFilter } from "../../generated/client/graphql.js";
import { GraphRequestError } from "../graph-request-error.js";
import { retry } from "../retry.js";
import { type CountNumbers, type InboxSession, countNames, countOf } from "./inbox-list.js";
import { addKnown, isNewer } from "./known-states.js";
import { type OwnMarkOptions, type UnderWay, isUndoneBy } from "./mark-under-way.js";
import { type Mark, type MarkAnswer, type RefusedMark, applyMark, sendMark } from "./mark.js";
import type { StoreClient } from "./store.js";

/** What became of a mark. */
export interface MarkResult {
  changed: number;
  refused: readonly RefusedMark[];
}

/** A store that shows sessions. */
export interface MarkWatcher {
  /** A session as the store knows it of the service, without what is under way. */
  find(id: string): InboxSession | undefined;
  /** Told of sessions that show otherwise now. */
  settle(settled: Settled): void;
}

/** What has changed of what is marked. */
export interface Settled {
  ids: readonly string[];
  /** Those that the service has answered with, as they are now. */
  answered: readonly InboxSession[];
  /** Those that are no more. */
  deleted: readonly string[];
}

/** A session that was marked: as it was known of the service, oldest first, and what of it is under way. */
interface Marked {
  known: InboxSession[];
  underWay: UnderWay[];
}

/** How long a mark is tried again where the service cannot be reached, in milliseconds. */
const patienceMs = 15_000;

/** How many sessions are remembered whose marks are answered: counts that were read before may still come. */
const maxAnswered = 1_000;

const all = new WeakMap<StoreClient, Map<string | undefined, Marks>>();

/** The marks of a client for one reader; undefined is the one that its token names. */
export function marksOf(client: StoreClient, readerId: string | undefined): Marks {
  const ofClient = all.get(client) ?? new Map<string | undefined, Marks>();
  all.set(client, ofClient);
  const marks = ofClient.get(readerId) ?? new Marks(client, readerId);
  ofClient.set(readerId, marks);
  return marks;
}

/** The marks of one reader that are under way, and those that were just answered. */
export class Marks {
  readonly #client: StoreClient;
  readonly #readerId: string | undefined;
  readonly #watchers = new Set<MarkWatcher>();
  readonly #marked = new Map<string, Marked>();
  #sent = 0;

  constructor(client: StoreClient, readerId: string | undefined) {
    this.#client = client;
    this.#readerId = readerId;
  }

  /** Tells a store of all that is marked, until it is called off. */
  watch(watcher: MarkWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** True while a mark is with the service: whether counts that come now hold it is not known. */
  get isSending(): boolean {
    return this.#sent > 0;
  }

  /** True while something of the session is under way. */
  isUnderWay(id: string): boolean {
    return (this.#marked.get(id)?.underWay.length ?? 0) > 0;
  }

  /** The session with what is under way; null where that removes it. */
  show(session: InboxSession): InboxSession | null {
    let shown: InboxSession | null = session;
    for (const { mark, at } of this.#marked.get(session.id)?.underWay ?? []) {
      if (shown) shown = applyMark(mark, shown, at);
    }
    return shown;
  }

  /** By how much counts of that change are to be moved to count the sessions as they are shown. */
  movedCounts(filter: SessionFilter | null | undefined, changeVersion: number): CountNumbers {
    const moved = Object.fromEntries(countNames.map((name) => [name, 0])) as CountNumbers;
    for (const { known, underWay } of this.#marked.values()) {
      const newest = known.at(-1);
      if (!newest || (underWay.length === 0 && newest.attention.changeVersion <= changeVersion)) continue;
      const counted = known.findLast((row) => row.attention.changeVersion <= changeVersion) ?? known[0];
      const shown = this.show(newest);
      if (!counted) continue;
      const before = countOf(filter, counted);
      const after = shown ? countOf(filter, shown) : undefined;
      for (const name of countNames) moved[name] += (after?.[name] ?? 0) - before[name];
    }
    return moved;
  }

  /** Marks sessions: shows it at once, and takes it back where it is refused. Throws where nothing was done. */
  async mark(mark: Mark, ids: readonly string[], options: OwnMarkOptions = {}): Promise<MarkResult> {
    const own = [...new Set(ids)];
    if (own.length === 0) return { changed: 0, refused: [] };
    const earlier = own.flatMap((id) => this.#marked.get(id)?.underWay ?? []);
    const begun = this.#begin(mark, own, options);
    for (const one of earlier) if (isUndoneBy(one, begun)) one.leaveOut();
    const isLeftOut = new Promise<"left out">((resolve) => {
      begun.leaveOut = () => resolve("left out");
    });
    const sending = this.#sendAfter(earlier, begun, isLeftOut);
    begun.done = sending.catch(() => {});
    this.#tell({ ids: own, answered: [], deleted: [] });
    return sending;
  }

  #begin(mark: Mark, ids: readonly string[], options: OwnMarkOptions): UnderWay {
    const begun: UnderWay = {
      mark,
      ids,
      options,
      seen: options.seen ? [options.seen] : ids.flatMap((id) => this.#find(id) ?? []),
      at: new Date().toISOString(),
      isSent: false,
      leaveOut: () => {},
      done: Promise.resolve(),
    };
    const seenById = new Map(begun.seen.map((session) => [session.id, session]));
    for (const id of ids) {
      const marked = this.#marked.get(id) ?? { known: [], underWay: [] };
      const seen = seenById.get(id);
      if (seen) addKnown(marked.known, seen);
      marked.underWay.push(begun);
      this.#marked.delete(id);
      this.#marked.set(id, marked);
    }
    return begun;
  }

  async #sendAfter(
    earlier: readonly UnderWay[],
    begun: UnderWay,
    isLeftOut: Promise<"left out">,
  ): Promise<MarkResult> {
    let answer: MarkAnswer | undefined;
    try {
      const turn = await Promise.race([Promise.all(earlier.map(({ done }) => done)), isLeftOut]);
      if (turn === "left out") return { changed: 0, refused: [] };
      begun.isSent = true;
      this.#sent += 1;
      answer = await this.#send(begun);
      return { changed: answer.changed, refused: answer.refused };
    } finally {
      this.#end(begun, answer);
    }
  }

  #send({ mark, ids, options, seen }: UnderWay): Promise<MarkAnswer> {
    // As they were shown, or as our own marks have changed them since.
    const rows = ids.flatMap((id) => this.#marked.get(id)?.known.at(-1) ?? []);
    const isRead = "action" in mark && mark.action.read === true;
    const isGuarded = options.ifUnchanged || (isRead && ids.length > 1);
    const isKnown = rows.length > 0;
    const asOf =
      isGuarded && isKnown ? Math.max(...rows.map((row) => row.attention.changeVersion)) : undefined;
    if (options.ifUnchanged && !isKnown) {
      const message = "nothing is known of what is to be unchanged";
      throw new GraphRequestError(message, { code: "PRECONDITION_FAILED", retryable: false });
    }
    const call = { mark, ids, readerId: this.#readerId, seen: seen[0], asOf };
    return retry(() => sendMark(this.#client, call), { deadlineAt: Date.now() + patienceMs });
  }

  #end(ended: UnderWay, answer: MarkAnswer | undefined): void {
    const { sessions: answered = [], deleted = [] } = answer ?? {};
    if (ended.isSent) this.#sent -= 1;
    for (const id of ended.ids) {
      const marked = this.#marked.get(id);
      if (marked) marked.underWay = marked.underWay.filter((one) => one !== ended);
    }
    for (const session of answered) {
      const marked = this.#marked.get(session.id);
      if (marked) addKnown(marked.known, session);
    }
    this.#forget();
    this.#tell({ ids: ended.ids, answered, deleted });
  }

  /** Forgets the oldest of those that are answered. */
  #forget(): void {
    let isTooMany = this.#marked.size - maxAnswered;
    for (const [id, { underWay }] of this.#marked) {
      if (isTooMany <= 0) return;
      if (underWay.length > 0) continue;
      this.#marked.delete(id);
      isTooMany -= 1;
    }
  }

  #find(id: string): InboxSession | undefined {
    let newest = this.#marked.get(id)?.known.at(-1);
    for (const watcher of this.#watchers) {
      const found = watcher.find(id);
      if (found && isNewer(found, newest)) newest = found;
    }
    return newest;
  }

  #tell(settled: Settled): void {
    for (const watcher of this.#watchers) watcher.settle(settled);
  }
}
