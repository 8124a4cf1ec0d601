/*
 * The sessions of one list, as they are known and as they are shown. Pages, batches and answers come in any order; what holds whichever
 * comes first:
 *
 *     R1  Of two states of a session the later one is kept, by its changeVersion; what comes late changes nothing.
 *     R2  A batch that removes a session does not remove a later state of it, nor does an earlier page bring back what a batch removed.
 *     R3  Only what lies up to the end of the pages that were read is shown: behind it there may be sessions that are not known.
 *     R4  A row that has not changed keeps its identity, and so does the list.
 */
import type { SessionFilter } from "../../generated/client/graphql.js";
import { type InboxSession, compareSessions, isListed } from "./inbox-list.js";
import { isNewer } from "./known-states.js";
import type { Marks, Settled } from "./marks.js";
import { share } from "./share.js";

/** A session that is known, and what the service last said of whether the list holds it: at which change. */
interface Known {
  session: InboxSession;
  listed: boolean;
  saidAt: number;
}

/** How many sessions that have left the list are remembered: a mark that is undone shows them again at once. */
const maxLeft = 500;

/** How many are remembered that were removed before they were known. */
const maxGone = 2_000;

/** The rows of one list. */
export class InboxRows {
  readonly #filter: SessionFilter;
  readonly #marks: Marks;
  #known = new Map<string, Known>();
  /** What was removed before it was known, and at which change: a page from before may still come. */
  readonly #gone = new Map<string, number>();
  /** The last row of the pages that were read; undefined once they have reached the end. */
  #end: InboxSession | undefined;
  #shown: readonly InboxSession[] = [];
  #shownById = new Map<string, InboxSession>();
  #touched = new Set<string>();

  constructor(filter: SessionFilter, marks: Marks) {
    this.#filter = filter;
    this.#marks = marks;
  }

  /** A session as the service told of it last. */
  find(id: string): InboxSession | undefined {
    return this.#known.get(id)?.session;
  }

  /** How many the list holds of what is known, as the service says. */
  get listedCount(): number {
    let count = 0;
    for (const { listed } of this.#known.values()) count += Number(listed);
    return count;
  }

  /** Begins anew: what no page tells of any more is gone. What is shown stays until {@link shown} is asked for. */
  clear(): void {
    for (const id of this.#known.keys()) this.#touched.add(id);
    this.#known = new Map();
    this.#end = undefined;
  }

  /** Takes a page of the list, as it was at a change. */
  addPage(sessions: readonly InboxSession[], changeVersion: number): void {
    for (const session of sessions) this.#say(session, true, changeVersion);
  }

  /** Says up to where the pages reach: the last row of the newest, or null where that was the list's last. */
  reachTo(end: InboxSession | null): void {
    this.#end = end ?? undefined;
    for (const id of this.#known.keys()) this.#touched.add(id);
  }

  /** Takes a batch of the feed. */
  addBatch(sessions: readonly InboxSession[], removedIds: readonly string[], changeVersion: number): void {
    for (const session of sessions) this.#say(session, true, changeVersion);
    for (const id of removedIds) {
      const known = this.#known.get(id);
      if (!known) this.#noteGone(id, changeVersion);
      if (!known || known.saidAt > changeVersion || known.session.attention.changeVersion > changeVersion)
        continue;
      this.#known.delete(id);
      this.#known.set(id, { ...known, listed: false, saidAt: changeVersion });
      this.#touched.add(id);
    }
  }

  /** Takes sessions that answer a mark, where they are known, and looks again at those that are marked. */
  settle({ ids, answered, deleted }: Settled): boolean {
    for (const id of deleted) {
      const known = this.#known.get(id);
      if (known) this.#known.set(id, { ...known, listed: false, saidAt: Infinity });
    }
    for (const session of answered) {
      const known = this.#known.get(session.id);
      if (!known || !isNewer(session, known.session)) continue;
      this.#known.set(session.id, { ...known, session: share(known.session, session) });
    }
    const own = [...ids, ...answered.map(({ id }) => id)].filter((id) => this.#known.has(id));
    for (const id of own) this.#touched.add(id);
    return own.length > 0;
  }

  /** The rows that are shown. Costs what was touched since, and one pass over the rows. */
  shown(): readonly InboxSession[] {
    if (this.#touched.size === 0) return this.#shown;
    const moved: InboxSession[] = [];
    let isChanged = false;
    for (const id of this.#touched) {
      const before = this.#shownById.get(id);
      const now = this.#rowOf(id);
      const after = now && share(before, now);
      if (after) moved.push(after);
      if (before === after) continue;
      isChanged = true;
      if (after) this.#shownById.set(id, after);
      else this.#shownById.delete(id);
    }
    if (isChanged) {
      const kept = this.#shown.filter(({ id }) => !this.#touched.has(id));
      this.#shown = merge(kept, moved.sort(compareSessions));
    }
    this.#touched = new Set();
    this.#forgetLeft();
    return this.#shown;
  }

  #noteGone(id: string, changeVersion: number): void {
    this.#gone.delete(id);
    this.#gone.set(id, changeVersion);
    const [oldest] = this.#gone.keys();
    if (oldest !== undefined && this.#gone.size > maxGone) this.#gone.delete(oldest);
  }

  #say(session: InboxSession, listed: boolean, saidAt: number): void {
    const goneAt = this.#gone.get(session.id) ?? -1;
    if (goneAt > saidAt && session.attention.changeVersion <= goneAt) return;
    this.#gone.delete(session.id);
    const known = this.#known.get(session.id);
    this.#touched.add(session.id);
    // A page from before a batch that told of it.
    if (known && known.saidAt > saidAt && !isLater(session, known.session)) return;
    const isFresh = !known || isNewer(session, known.session);
    this.#known.set(session.id, {
      session: isFresh ? share(known?.session, session) : known.session,
      listed,
      saidAt: Math.max(saidAt, known?.saidAt ?? 0),
    });
  }

  /** A session as it is shown; undefined where it is not. */
  #rowOf(id: string): InboxSession | undefined {
    const known = this.#known.get(id);
    if (!known) return undefined;
    const { session, listed, saidAt } = known;
    const shown = this.#marks.show(session);
    if (!shown) return undefined;
    // What the service said holds until a mark or an answer says otherwise.
    const isSaid = shown === session && session.attention.changeVersion <= saidAt;
    if (isSaid ? !listed : !isListed(this.#filter, shown)) return undefined;
    return !this.#end || compareSessions(shown, this.#end) <= 0 ? shown : undefined;
  }

  #forgetLeft(): void {
    let tooMany = this.#known.size - this.#shown.length - maxLeft;
    for (const [id, { listed }] of this.#known) {
      if (tooMany <= 0) return;
      if (listed || this.#marks.isUnderWay(id)) continue;
      this.#known.delete(id);
      tooMany -= 1;
    }
  }
}

function isLater(session: InboxSession, other: InboxSession): boolean {
  return session.attention.changeVersion > other.attention.changeVersion;
}

/** One list of two that are in order. */
function merge(kept: readonly InboxSession[], moved: readonly InboxSession[]): InboxSession[] {
  const merged: InboxSession[] = [];
  let next = 0;
  for (const session of kept) {
    for (let one = moved[next]; one && compareSessions(one, session) < 0; one = moved[(next += 1)])
      merged.push(one);
    merged.push(session);
  }
  return [...merged, ...moved.slice(next)];
}
