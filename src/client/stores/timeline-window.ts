/*
 * The part of a session's timeline that is held: pages at both ends, and what the feed brings where it reaches to the session's end.
 *
 *     before .. [ list ] .. after       `before` and `after` are the cursors of pages that are not held, null where there are none
 *
 * The list can be cut at an event whose cursor is known: the first and the last of a page, and the last of a batch.
 */
import type { TimelinePageQuery } from "../../generated/client/graphql.js";
import { TimelineEntries } from "./timeline-entries.js";
import type { TimelineEvent } from "./timeline-event.js";

/** A page of a timeline. */
export type Page = NonNullable<TimelinePageQuery["session"]>["timeline"];

interface Batch {
  events: readonly TimelineEvent[];
  cursor: string;
}

/** An event whose cursor is known. */
interface Cut {
  eventId: string;
  cursor: string;
}

/** What is held of a timeline. */
export class TimelineWindow {
  readonly list = new TimelineEntries();
  /** Whether a person sees the end: then the beginning may be let go. */
  isEndSeen = true;
  /** Whether the older page is being read: it has to meet the beginning where that is now. */
  isReadingOlder = false;
  /** What the feed brings while a newer page is being read, in which it may be missing. */
  missed: Batch[] | undefined;
  readonly #keep: number;
  #before: string | null = null;
  #after: string | null = null;
  /** The cursor of the newest event that is held. */
  #end: string | null = null;
  #cuts: Cut[] = [];

  constructor(keep = Number.POSITIVE_INFINITY) {
    this.#keep = keep;
  }

  /** Where the older page ends; null where there is none. */
  get before(): string | null {
    return this.#before;
  }

  /** Where the newer page begins; null where the list reaches to the session's end. */
  get after(): string | null {
    return this.#after;
  }

  /** Takes the page before the list. */
  addOlder({ nodes, pageInfo }: Page): void {
    const { hasPreviousPage, startCursor, endCursor } = pageInfo;
    this.#before = hasPreviousPage ? startCursor : null;
    this.#end ??= endCursor;
    for (const event of nodes.toReversed()) this.list.add(event, "front");
    this.#cuts.unshift(...cutsOf(nodes, startCursor, endCursor));
  }

  /** Takes the page after the list. */
  addNewer({ nodes, pageInfo }: Page): void {
    const { hasNextPage, startCursor, endCursor } = pageInfo;
    this.#end = endCursor ?? this.#end;
    this.#after = hasNextPage ? this.#end : null;
    for (const event of nodes) this.list.add(event, "end");
    this.#cuts.push(...cutsOf(nodes, startCursor, endCursor));
    if (this.#after === null) this.#takeMissed();
  }

  /** Takes the newest page in place of all that is held. */
  beginAnew(page: Page): void {
    this.list.clear();
    this.#cuts = [];
    this.#end = null;
    this.#after = null;
    this.addOlder(page);
    this.#takeMissed();
  }

  /** Takes what the feed brings. */
  addBatch(batch: Batch): void {
    if (batch.events.length === 0) return;
    const isTooLong = this.list.length >= this.#keep;
    if (this.#after === null && isTooLong && !this.isEndSeen) this.#after = this.#end;
    this.missed?.push(batch);
    if (this.#after !== null) return;
    this.#append(batch);
    this.#letGo();
  }

  #takeMissed(): void {
    for (const batch of this.missed ?? []) this.#append(batch);
  }

  #append({ events, cursor }: Batch): void {
    for (const event of events) this.list.add(event, "end");
    this.#cuts.push(...cutsOf(events.slice(-1), null, cursor));
    this.#end = cursor;
  }

  /** Lets half of the list go once it is too long, so that it is not done with each batch. */
  #letGo(): void {
    if (this.list.length <= this.#keep || !this.isEndSeen || this.isReadingOlder) return;
    const at = this.#cuts.findIndex(({ eventId }) => this.list.countAfter(eventId) < this.#keep / 2);
    const cut = this.#cuts[at];
    if (!cut) return;
    this.list.dropBefore(cut.eventId);
    this.#before = cut.cursor;
    this.#cuts = this.#cuts.slice(at);
  }
}

function cutsOf(events: readonly TimelineEvent[], first: string | null, last: string | null): Cut[] {
  const ends = [
    { eventId: events.at(0)?.id, cursor: first },
    { eventId: events.at(-1)?.id, cursor: last },
  ];
  return ends.flatMap(({ eventId, cursor }) => (eventId && cursor ? [{ eventId, cursor }] : []));
}
