/*
 * What happens in a session, as a person reads it: the newest page of its timeline, older pages as they are asked for, and what comes from
 * the page's own end on. It is one list: no event is left out between them, and none comes twice.
 *
 *     T1  The feed begins at the cursor of the newest page's end, and each older page ends where the one behind it begins.
 *     T2  A batch costs what it brings, and no pass over the list: see entries.ts.
 *     T3  What is seen is marked as read up to the version that is shown, once for each version, and never while it is not visible.
 */
import type { RunEventType, SessionRef } from "../../generated/client/graphql.js";
import { followTimelineDocument, timelinePageDocument } from "../timeline-documents.js";
import { GraphRequestError } from "../graph-request-error.js";
import { retry } from "../retry.js";
import { Drafts } from "./drafts.js";
import type { Entries } from "./entries.js";
import { Following, asRequestError } from "./following.js";
import type { InboxSession } from "./inbox-list.js";
import { type MarkFunctions, markFunctions } from "./mark-functions.js";
import { marksOf } from "./marks.js";
import { ReadWhileOpen } from "./read-while-open.js";
import { ShownSession } from "./shown-session.js";
import { Published, type Store, type StoreClient, type StoreState } from "./store.js";
import { type TimelineEntry, TimelineEntries } from "./timeline-entries.js";
import { TimelineRequests } from "./timeline-requests.js";

/** How a timeline is read. */
export interface TimelineOptions {
  /** Marks the session read up to what is shown, while it is visible. Default: true. */
  readWhileOpen?: boolean;
  /** The reader whose marks count. Default: the reader that the client's token names. */
  readerId?: string;
  /** How many events a page has: 1 to 500. Default: 100. */
  pageSize?: number;
  /** Only events, and texts that are being made, of these types. Default: of all types. */
  types?: readonly RunEventType[];
}

/** A timeline as it is shown. */
export interface TimelineSnapshot extends StoreState {
  readonly entries: Entries<TimelineEntry>;
  /** As an inbox shows it; undefined while it is not read. */
  readonly session: InboxSession | undefined;
  /** There is more before the first entry. */
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
}

/** The timeline of a session. */
export interface Timeline extends Store<TimelineSnapshot>, MarkFunctions {
  /** Reads the page before the first entry; nothing where there is none, or one is read already. Throws where it cannot be read. */
  readonly loadOlder: () => Promise<void>;
  /** Says if somebody sees it: what is not visible is not marked as read. It is visible at first. */
  readonly setVisible: (isVisible: boolean) => void;
}

/** Opens the timeline of a session, which follows until it is closed. Fails with NOT_FOUND where there is no such session. */
export function createTimeline(
  client: StoreClient,
  session: SessionRef,
  options: TimelineOptions = {},
): Timeline {
  const { readerId, pageSize = 100, types, readWhileOpen = true } = options;
  const list = new TimelineEntries();
  const drafts = new Drafts();
  const published = new Published<TimelineSnapshot>({
    status: "loading",
    error: undefined,
    entries: list.snapshot([]),
    session: undefined,
    hasOlder: false,
    isLoadingOlder: false,
  });
  const marks = marksOf(client, readerId);
  const shownSession = new ShownSession(marks);
  const reading = new ReadWhileOpen(marks, readWhileOpen);
  let before: string | null = null;
  let after: string | undefined;
  let isBegun = false;
  let loading: Promise<void> | undefined;
  let sweeping: ReturnType<typeof setTimeout> | undefined;

  const publish = (): void => {
    published.publish({
      entries: list.snapshot(drafts.shown()),
      session: shownSession.shown(),
      hasOlder: before !== null,
    });
  };
  const readPage = async (from: string | null) => {
    const variables = { session, readerId, types: types && [...types], last: pageSize, before: from };
    const { session: found } = await client.request(timelinePageDocument, variables);
    if (!found)
      throw new GraphRequestError("there is no such session", { code: "NOT_FOUND", retryable: false });
    const { timeline, ...row } = found;
    before = timeline.pageInfo.hasPreviousPage ? (timeline.pageInfo.startCursor ?? null) : null;
    for (const event of timeline.nodes.toReversed()) list.add(event, "front");
    shownSession.take(row);
    return timeline.pageInfo;
  };
  const sweep = (): void => {
    clearTimeout(sweeping);
    const waitMs = drafts.sweep();
    if (waitMs === undefined || following.isOver) return;
    sweeping = setTimeout(() => {
      sweep();
      publish();
    }, waitMs);
  };
  const requests = new TimelineRequests(client, session, (request) => {
    list.setRequest(request);
    publish();
  });

  const following = new Following(published, {
    async begin() {
      if (isBegun) return;
      after = (await readPage(null)).endCursor ?? undefined;
      isBegun = true;
      publish();
      reading.see(shownSession.known);
      requests.begin();
    },
    async *follow(loss) {
      const variables = { session, readerId, types: types && [...types], after };
      const cursorOf = (data: { sessionEvents: { cursor: string } }) => data.sessionEvents.cursor;
      for await (const { sessionEvents: batch } of client.follow(
        followTimelineDocument,
        variables,
        cursorOf,
        loss,
      )) {
        after = batch.cursor;
        for (const event of batch.events) list.add(event, "end");
        drafts.add(batch.events, batch.deltas);
        shownSession.take(batch.session);
        sweep();
        publish();
        if (batch.caughtUp) reading.see(shownSession.known);
        yield batch;
      }
    },
  });
  const unwatch = marks.watch({
    find: (id) => shownSession.find(id),
    settle: (settled) => {
      if (shownSession.settle(settled)) publish();
    },
  });

  return {
    getSnapshot: published.getSnapshot,
    subscribe: published.subscribe,
    refresh() {
      following.restart();
      requests.restart();
    },
    close() {
      clearTimeout(sweeping);
      following.stop();
      requests.close();
      unwatch();
    },
    setVisible(isVisible) {
      reading.setVisible(isVisible);
    },
    loadOlder() {
      loading ??= (async () => {
        if (before === null) return;
        published.publish({ isLoadingOlder: true });
        try {
          const from = before;
          await retry(() => readPage(from), { signal: following.signal, deadlineAt: Date.now() + 15_000 });
          publish();
        } catch (error) {
          throw asRequestError(error);
        } finally {
          published.publish({ isLoadingOlder: false });
        }
      })().finally(() => {
        loading = undefined;
      });
      return loading;
    },
    ...markFunctions(marks),
  };
}
