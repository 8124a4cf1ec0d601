/*
 * What happens in a session, as a person reads it: the newest page of its timeline, older pages as they are asked for, and what comes from
 * the page's own end on. It is one list: no event is left out between them, and none comes twice.
 *
 *     T1  The feed begins at the cursor of the newest page's end, and each older page ends where the one behind it begins.
 *     T2  A batch costs what it brings, and no pass over the list: see entries.ts.
 *     T3  What is seen is marked as read up to the version that is shown, once for each version, and never while it is not visible.
 */
import type { FollowTimelineSubscription, RunEventType, SessionRef } from "../../generated/client/graphql.js";
import { followTimelineDocument, timelinePageDocument } from "../timeline-documents.js";
import { GraphRequestError } from "../graph-request-error.js";
import { retry } from "../retry.js";
import { Drafts } from "./drafts.js";
import type { Entries } from "./entries.js";
import { Following, type Loss, asRequestError } from "./following.js";
import type { InboxSession } from "./inbox-list.js";
import { type MarkFunctions, markFunctions } from "./mark-functions.js";
import { type Marks, marksOf } from "./marks.js";
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

/** How long `loadOlder` is tried again where the service cannot be reached, in milliseconds. */
const patienceMs = 15_000;

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
  const marks = marksOf(client, options.readerId);
  const reading = new TimelineReading(client, session, options, marks);
  return {
    getSnapshot: reading.published.getSnapshot,
    subscribe: reading.published.subscribe,
    refresh: () => reading.refresh(),
    close: () => reading.close(),
    loadOlder: () => reading.loadOlder(),
    setVisible: (isVisible) => reading.setVisible(isVisible),
    ...markFunctions(marks),
  };
}

/** What a timeline knows, and how it comes by it. */
class TimelineReading {
  readonly published: Published<TimelineSnapshot>;
  readonly #client: StoreClient;
  readonly #variables: {
    session: SessionRef;
    readerId: string | undefined;
    types: RunEventType[] | undefined;
  };
  readonly #pageSize: number;
  readonly #list = new TimelineEntries();
  readonly #drafts = new Drafts();
  readonly #session: ShownSession;
  readonly #readWhileOpen: ReadWhileOpen;
  readonly #requests: TimelineRequests;
  readonly #following: Following<TimelineSnapshot>;
  readonly #unwatch: () => void;
  /** Where the older page ends; null where there is none. */
  #before: string | null = null;
  /** Where the feed goes on; null while no page is read. */
  #after: { cursor: string | undefined } | null = null;
  #loading: Promise<void> | undefined;
  #sweeping: ReturnType<typeof setTimeout> | undefined;

  constructor(client: StoreClient, session: SessionRef, options: TimelineOptions, marks: Marks) {
    const { readerId, pageSize = 100, types, readWhileOpen = true } = options;
    this.published = new Published<TimelineSnapshot>({
      status: "loading",
      error: undefined,
      entries: this.#list.snapshot([]),
      session: undefined,
      hasOlder: false,
      isLoadingOlder: false,
    });
    this.#client = client;
    this.#variables = { session, readerId, types: types && [...types] };
    this.#pageSize = pageSize;
    this.#session = new ShownSession(marks);
    this.#readWhileOpen = new ReadWhileOpen(marks, readWhileOpen);
    this.#requests = new TimelineRequests(client, session, {
      open: () => this.#list.openRequests(),
      set: (request) => {
        this.#list.setRequest(request);
        this.#publish();
      },
    });
    this.#unwatch = marks.watch({
      find: (id) => this.#session.find(id),
      settle: (settled) => {
        if (this.#session.settle(settled)) this.#publish();
      },
    });
    this.#following = new Following(this.published, {
      begin: () => this.#begin(),
      follow: (loss) => this.#follow(loss),
    });
  }

  refresh(): void {
    this.#following.restart();
    this.#requests.restart();
  }

  close(): void {
    clearTimeout(this.#sweeping);
    this.#following.stop();
    this.#requests.close();
    this.#unwatch();
  }

  setVisible(isVisible: boolean): void {
    this.#readWhileOpen.setVisible(isVisible);
  }

  loadOlder(): Promise<void> {
    this.#loading ??= this.#loadOlder().finally(() => {
      this.#loading = undefined;
      this.published.publish({ isLoadingOlder: false });
    });
    return this.#loading;
  }

  async #loadOlder(): Promise<void> {
    const before = this.#before;
    if (before === null) return;
    this.published.publish({ isLoadingOlder: true });
    try {
      const { signal } = this.#following;
      await retry(() => this.#readPage(before), { signal, deadlineAt: Date.now() + patienceMs });
    } catch (error) {
      throw asRequestError(error);
    }
    this.#publish();
  }

  #publish(): void {
    this.published.publish({
      entries: this.#list.snapshot(this.#drafts.shown()),
      session: this.#session.shown(),
      hasOlder: this.#before !== null,
    });
  }

  /** Reads the page that ends before a cursor, or the newest; gives the cursor of its last event, if it has any. */
  async #readPage(before: string | null): Promise<string | undefined> {
    const variables = { ...this.#variables, last: this.#pageSize, before };
    const { session: found } = await this.#client.request(timelinePageDocument, variables);
    if (!found)
      throw new GraphRequestError("there is no such session", { code: "NOT_FOUND", retryable: false });
    const { timeline, ...session } = found;
    const { hasPreviousPage, startCursor, endCursor } = timeline.pageInfo;
    this.#before = hasPreviousPage ? (startCursor ?? null) : null;
    for (const event of timeline.nodes.toReversed()) this.#list.add(event, "front");
    this.#session.take(session);
    return endCursor ?? undefined;
  }

  async #begin(): Promise<void> {
    if (this.#after) return;
    this.#after = { cursor: await this.#readPage(null) };
    this.#publish();
    this.#readWhileOpen.see(this.#session.known);
    this.#requests.begin();
  }

  async *#follow(loss: Loss): AsyncGenerator {
    const variables = { ...this.#variables, after: this.#after?.cursor };
    const cursorOf = (data: FollowTimelineSubscription) => data.sessionEvents.cursor;
    for await (const data of this.#client.follow(followTimelineDocument, variables, cursorOf, loss)) {
      const batch = data.sessionEvents;
      this.#after = { cursor: batch.cursor };
      for (const event of batch.events) this.#list.add(event, "end");
      this.#drafts.add(batch.events, batch.deltas);
      this.#session.take(batch.session);
      this.#sweep();
      this.#publish();
      if (batch.caughtUp) this.#readWhileOpen.see(this.#session.known);
      yield batch;
    }
  }

  /** Takes out drafts of which nothing more was heard, and looks again when the next may be one. */
  #sweep(): void {
    clearTimeout(this.#sweeping);
    const waitMs = this.#drafts.sweep();
    if (waitMs === undefined || this.#following.isOver) return;
    this.#sweeping = setTimeout(() => {
      this.#sweep();
      this.#publish();
    }, waitMs);
  }
}
