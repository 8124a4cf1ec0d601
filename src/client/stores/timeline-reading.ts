import type { FollowTimelineSubscription, RunEventType, SessionRef } from "../../generated/client/graphql.js";
import { GraphRequestError } from "../graph-request-error.js";
import { retry } from "../retry.js";
import { followTimelineDocument, timelinePageDocument } from "../timeline-documents.js";
import { Drafts } from "./drafts.js";
import type { Entries } from "./entries.js";
import { Following, type Loss, asRequestError } from "./following.js";
import type { InboxSession } from "./inbox-list.js";
import type { Marks } from "./marks.js";
import { ReadWhileOpen } from "./read-while-open.js";
import { ShownSession } from "./shown-session.js";
import { Published, type StoreClient, type StoreState } from "./store.js";
import type { TimelineEntry } from "./timeline-entries.js";
import { TimelinePages } from "./timeline-pages.js";
import { TimelineRequests } from "./timeline-requests.js";
import { TimelineWindow } from "./timeline-window.js";

/** How a timeline is read. */
export interface TimelineOptions {
  /** Marks the session read up to what is shown, while it is visible. Default: true. */
  readWhileOpen?: boolean;
  /** The reader whose marks count. Default: the reader that the client's token names. */
  readerId?: string;
  /** How many events a page has: 1 to 500. Default: 100. */
  pageSize?: number;
  /** Begins at this place, as a `timelineCursor` of a search names it, with a page on either side. Default: at the end. */
  at?: string;
  /** How many entries are kept while more come: older ones are let go, and can be loaded again. Default: all. */
  keep?: number;
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
  /** There is more after the last entry, and it does not come by itself. */
  readonly hasNewer: boolean;
  readonly isLoadingNewer: boolean;
  /** The key of the entry that stands at the place named by `at`; undefined where none was named, or it shows nothing. */
  readonly placeKey: string | undefined;
}

/** How long `loadOlder` and `loadNewer` are tried again where the service cannot be reached, in milliseconds. */
const patienceMs = 15_000;

/** Which page is read, as a snapshot says it. */
type Loading = "isLoadingOlder" | "isLoadingNewer";

/** What a timeline knows, and how it comes by it. */
export class TimelineReading {
  readonly published: Published<TimelineSnapshot>;
  readonly #client: StoreClient;
  readonly #variables: {
    session: SessionRef;
    readerId: string | undefined;
    types: RunEventType[] | undefined;
  };
  readonly #at: string | undefined;
  readonly #window: TimelineWindow;
  readonly #pages: TimelinePages;
  readonly #drafts = new Drafts();
  readonly #session: ShownSession;
  readonly #readWhileOpen: ReadWhileOpen;
  readonly #requests: TimelineRequests;
  readonly #following: Following<TimelineSnapshot>;
  readonly #unwatch: () => void;
  /** Where the feed goes on; null while no page is read. */
  #after: { cursor: string | undefined } | null = null;
  readonly #loading = new Map<Loading, Promise<void>>();
  #sweeping: ReturnType<typeof setTimeout> | undefined;

  constructor(client: StoreClient, session: SessionRef, options: TimelineOptions, marks: Marks) {
    const { readerId, pageSize = 100, types, readWhileOpen = true, at, keep } = options;
    this.#at = at;
    this.#window = new TimelineWindow(keep);
    this.published = new Published<TimelineSnapshot>({
      status: "loading",
      error: undefined,
      entries: this.#window.list.snapshot([]),
      session: undefined,
      hasOlder: false,
      isLoadingOlder: false,
      hasNewer: false,
      isLoadingNewer: false,
      placeKey: undefined,
    });
    this.#client = client;
    this.#variables = { session, readerId, types: types && [...types] };
    this.#session = new ShownSession(marks);
    this.#pages = new TimelinePages(
      this.#window,
      async (cut) => {
        const all = { ...this.#variables, ...cut };
        const { session: found } = await client.request(timelinePageDocument, all);
        if (!found)
          throw new GraphRequestError("there is no such session", { code: "NOT_FOUND", retryable: false });
        const { timeline, ...own } = found;
        this.#session.take(own);
        return timeline;
      },
      pageSize,
    );
    this.#readWhileOpen = new ReadWhileOpen(marks, readWhileOpen);
    this.#requests = new TimelineRequests(client, session, {
      open: () => this.#window.list.openRequests(),
      set: (request) => {
        this.#window.list.setRequest(request);
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
      beside: [(loss) => this.#requests.follow(loss)],
    });
  }

  refresh(): void {
    this.#following.restart();
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

  setAtEnd(isAtEnd: boolean): void {
    this.#window.isEndSeen = isAtEnd;
  }

  loadOlder(): Promise<void> {
    return this.#load("isLoadingOlder", () => this.#pages.readOlder());
  }

  async loadNewer(isNewest: boolean): Promise<void> {
    // What is asked for last is what a person wants to see.
    if (isNewest) await Promise.allSettled(this.#loading.values());
    return this.#load("isLoadingNewer", () => this.#pages.readNewer(isNewest));
  }

  #load(name: Loading, read: () => Promise<void>): Promise<void> {
    const loading = this.#loading.get(name) ?? this.#loadOnce(name, read);
    this.#loading.set(name, loading);
    return loading;
  }

  async #loadOnce(name: Loading, read: () => Promise<void>): Promise<void> {
    this.published.publish({ [name]: true });
    try {
      const { signal } = this.#following;
      await retry(read, { signal, deadlineAt: Date.now() + patienceMs });
      this.#publish();
    } catch (error) {
      throw asRequestError(error);
    } finally {
      // Who is told that it is over may ask for the next.
      this.#loading.delete(name);
      this.published.publish({ [name]: false });
    }
  }

  #publish(): void {
    const { list, before, after } = this.#window;
    this.published.publish({
      entries: list.snapshot(after === null ? this.#drafts.shown() : []),
      session: this.#session.shown(),
      hasOlder: before !== null,
      hasNewer: after !== null,
      placeKey: this.#pages.placeKey,
    });
  }

  async #begin(): Promise<void> {
    if (this.#after) return;
    this.#after = { cursor: await this.#pages.begin(this.#at) };
    this.#publish();
    this.#readWhileOpen.see(this.#session.known);
  }

  async *#follow(loss: Loss): AsyncGenerator {
    const variables = { ...this.#variables, after: this.#after?.cursor };
    const cursorOf = (data: FollowTimelineSubscription) => data.sessionEvents.cursor;
    for await (const data of this.#client.follow(followTimelineDocument, variables, cursorOf, loss)) {
      const batch = data.sessionEvents;
      this.#after = { cursor: batch.cursor };
      this.#window.addBatch(batch);
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
