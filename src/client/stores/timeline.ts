/*
 * What happens in a session, as a person reads it: the newest page of its timeline, or that of a place, the pages around it as they are asked
 * for, and what comes from the end on. It is one list: no event is left out between them, and none comes twice.
 *
 *     T1  The feed begins at the cursor of the newest page's end, and each older page ends where the one behind it begins.
 *     T2  A batch costs what it brings, and no pass over the list: see entries.ts.
 *     T3  What is seen is marked as read up to the version that is shown, once for each version, and never while it is not visible.
 *     T4  A list that does not reach to the end takes nothing from the feed until `loadNewer` has read up to it; what comes while the last of
 *         those pages is read is put after it.
 *     T5  With `keep`, what comes never makes the list longer than that: older entries are let go while the end is seen, and else the list
 *         ends where it is.
 */
import type { SessionRef } from "../../generated/client/graphql.js";
import { type MarkFunctions, markFunctions } from "./mark-functions.js";
import { marksOf } from "./marks.js";
import type { Store, StoreClient } from "./store.js";
import { type TimelineOptions, TimelineReading, type TimelineSnapshot } from "./timeline-reading.js";

export type { TimelineOptions, TimelineSnapshot } from "./timeline-reading.js";

/** The timeline of a session. */
export interface Timeline extends Store<TimelineSnapshot>, MarkFunctions {
  /** Reads the page before the first entry; nothing where there is none, or one is read already. Throws where it cannot be read. */
  readonly loadOlder: () => Promise<void>;
  /** Reads the page after the last entry where the list does not reach to the end; else nothing. Throws where it cannot be read. */
  readonly loadNewer: () => Promise<void>;
  /** The same, of the newest page in place of all that is held. */
  readonly loadNewest: () => Promise<void>;
  /** Says if its end is seen. It is at first. */
  readonly setAtEnd: (isAtEnd: boolean) => void;
  /** Says if somebody sees it: what is not visible is not marked as read. It is visible at first. */
  readonly setVisible: (isVisible: boolean) => void;
}

/** Opens the timeline of a session, which follows until it is closed. Fails with NOT_FOUND where there is no such session. */
export function createTimeline(
  client: StoreClient,
  session: SessionRef,
  options: TimelineOptions = {},
): Timeline {
  const marks = marksOf(client, options.readerId);
  const reading = new TimelineReading(client, session, options, marks);
  return {
    getSnapshot: reading.published.getSnapshot,
    subscribe: reading.published.subscribe,
    refresh: () => reading.refresh(),
    close: () => reading.close(),
    loadOlder: () => reading.loadOlder(),
    loadNewer: () => reading.loadNewer(false),
    loadNewest: () => reading.loadNewer(true),
    setAtEnd: (isAtEnd) => reading.setAtEnd(isAtEnd),
    setVisible: (isVisible) => reading.setVisible(isVisible),
    ...markFunctions(marks),
  };
}
