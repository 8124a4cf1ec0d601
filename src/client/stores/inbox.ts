/*
 * A reader's inbox: the sessions of a list in the service's order, its counts, and the counts of other filters as tabs. It reads a page, and
 * follows from the page's own cursor, so that nothing lies between. Where its changes are not told one by one it reads as many rows anew as
 * it had.
 */
import type {
  FollowInboxSubscription,
  InboxPageQuery,
  SessionFilter,
} from "../../generated/client/graphql.js";
import { followInboxDocument, inboxPageDocument } from "../inbox-documents.js";
import { retry } from "../retry.js";
import { Following, type Loss, asRequestError } from "./following.js";
import { InboxRows } from "./inbox-rows.js";
import type { InboxSession } from "./inbox-list.js";
import { InboxTabs } from "./inbox-tabs.js";
import { type MarkFunctions, markFunctions } from "./mark-functions.js";
import { type Marks, marksOf } from "./marks.js";
import { type InboxCounts, ShownCounts } from "./shown-counts.js";
import { Published, type Store, type StoreClient, type StoreState } from "./store.js";

/** Which inbox. */
export interface InboxOptions {
  /** Which sessions it holds. Default: what is active, unread or asks, and neither archived nor snoozed. */
  filter?: SessionFilter;
  /** The reader whose marks count. Default: the reader that the client's token names. */
  readerId?: string;
  /** How many sessions a page has: 1 to 100. Default: 50. */
  pageSize?: number;
  /** Filters whose counts are followed too, at most 20. Default: none. */
  tabs?: readonly SessionFilter[];
}

/** An inbox as it is shown. */
export interface InboxSnapshot extends StoreState {
  /** In the order ATTENTION. */
  readonly sessions: readonly InboxSession[];
  /** More can be read by `loadMore`. */
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  /** Of the filter, whatever its state; undefined while nothing is read. */
  readonly counts: InboxCounts | undefined;
  /** Of each tab in the order given; null while it is not read. */
  readonly tabs: readonly (InboxCounts | null)[];
}

/** A reader's inbox. */
export interface Inbox extends Store<InboxSnapshot>, MarkFunctions {
  /** Reads the next page; nothing where there is none, or one is read already. Throws where it cannot be read. */
  readonly loadMore: () => Promise<void>;
}

type Page = InboxPageQuery["sessions"];

/** The most sessions that a page may have. */
const maxPage = 100;

/** How long `loadMore` is tried again where the service cannot be reached, in milliseconds. */
const patienceMs = 15_000;

/** Opens an inbox, which follows until it is closed. */
export function createInbox(client: StoreClient, options: InboxOptions = {}): Inbox {
  const marks = marksOf(client, options.readerId);
  const reading = new InboxReading(client, options, marks);
  return {
    getSnapshot: reading.published.getSnapshot,
    subscribe: reading.published.subscribe,
    refresh: () => reading.refresh(),
    close: () => reading.close(),
    loadMore: () => reading.loadMore(),
    ...markFunctions(marks),
  };
}

/** What an inbox knows, and how it comes by it. */
class InboxReading {
  readonly published: Published<InboxSnapshot>;
  readonly #client: StoreClient;
  readonly #options: InboxOptions;
  readonly #pageSize: number;
  readonly #rows: InboxRows;
  readonly #counts: ShownCounts;
  readonly #tabs: InboxTabs;
  readonly #following: Following<InboxSnapshot>;
  readonly #unwatch: () => void;
  /** Where the next page begins; null where there is none. */
  #after: string | null = null;
  #feedCursor: string | undefined;
  #loading: Promise<void> | undefined;
  /** Rises with every new beginning: a page that was asked for before is of no use. */
  #turn = 0;

  constructor(client: StoreClient, options: InboxOptions, marks: Marks) {
    const { filter = {}, readerId, pageSize = 50, tabs = [] } = options;
    this.published = new Published<InboxSnapshot>({
      status: "loading",
      error: undefined,
      sessions: [],
      hasMore: false,
      isLoadingMore: false,
      counts: undefined,
      tabs: tabs.map(() => null),
    });
    this.#client = client;
    this.#options = options;
    this.#pageSize = pageSize;
    this.#rows = new InboxRows(filter, marks);
    this.#counts = new ShownCounts(filter, marks);
    this.#tabs = new InboxTabs(client, { filters: tabs, readerId, marks }, () => this.#publish());
    this.#unwatch = marks.watch({
      find: (id) => this.#rows.find(id),
      settle: (settled) => {
        this.#rows.settle(settled);
        this.#publish();
      },
    });
    this.#following = new Following(this.published, {
      begin: async () => {
        await Promise.all([this.#begin(), this.#tabs.read()]);
      },
      follow: (loss) => this.#follow(loss),
      beside: this.#tabs.follows,
    });
  }

  refresh(): void {
    this.#following.restart();
  }

  close(): void {
    this.#following.stop();
    this.#unwatch();
  }

  loadMore(): Promise<void> {
    this.#loading ??= this.#loadMore().finally(() => {
      this.#loading = undefined;
      this.published.publish({ isLoadingMore: false });
    });
    return this.#loading;
  }

  async #loadMore(): Promise<void> {
    if (this.#after === null) return;
    this.published.publish({ isLoadingMore: true });
    try {
      const { signal } = this.#following;
      await retry(() => this.#readNext(), { signal, deadlineAt: Date.now() + patienceMs });
    } catch (error) {
      throw asRequestError(error);
    }
  }

  #publish(): void {
    this.published.publish({
      sessions: this.#rows.shown(),
      hasMore: this.#after !== null,
      counts: this.#counts.shown(),
      tabs: this.#tabs.shown(),
    });
  }

  async #readPage(first: number, after: string | null): Promise<Page> {
    const { filter, readerId } = this.#options;
    const page = await this.#client.request(inboxPageDocument, { filter, readerId, first, after });
    this.#counts.take(page.inboxCounts);
    return page.sessions;
  }

  #takeEnd({ pageInfo, nodes }: Page): void {
    this.#after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
    this.#rows.reachTo(this.#after === null ? null : (nodes.at(-1) ?? null));
  }

  /** Reads from the beginning: as many rows as are shown, and one page at least. */
  async #begin(): Promise<void> {
    const wanted = Math.max(this.#pageSize, this.published.getSnapshot().sessions.length);
    this.#turn += 1;
    const pages: Page[] = [];
    let read = 0;
    let after: string | null = null;
    do {
      const page = await this.#readPage(Math.min(maxPage, wanted - read), after);
      pages.push(page);
      read += page.nodes.length;
      after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
    } while (after !== null && read < wanted);
    this.#rows.clear();
    for (const page of pages) this.#rows.addPage(page.nodes, page.changeVersion);
    const last = pages.at(-1);
    if (last) this.#takeEnd(last);
    // The first page's own: what has changed since comes again, and changes nothing.
    this.#feedCursor = pages[0]?.feedCursor;
    this.#publish();
  }

  async #readNext(): Promise<void> {
    const turn = this.#turn;
    // What has moved to the top since, without a word from the feed, is in no later page.
    const [top, next] = await Promise.all([
      this.#readPage(this.#pageSize, null),
      this.#readPage(this.#pageSize, this.#after),
    ]);
    if (turn !== this.#turn || this.#following.isOver) return;
    for (const page of [top, next]) this.#rows.addPage(page.nodes, page.changeVersion);
    this.#takeEnd(next);
    const isShort = this.#after === null && this.#rows.listedCount < next.totalCount;
    if (isShort) await this.#begin();
    else this.#publish();
  }

  async *#follow(loss: Loss): AsyncGenerator {
    const { filter, readerId } = this.#options;
    const variables = { filter, readerId, after: this.#feedCursor };
    const cursorOf = (data: FollowInboxSubscription) => data.sessionAttentionChanged.cursor;
    for await (const data of this.#client.follow(followInboxDocument, variables, cursorOf, loss)) {
      const batch = data.sessionAttentionChanged;
      this.#feedCursor = batch.cursor;
      this.#rows.addBatch(batch.sessions, batch.removedIds, batch.changeVersion);
      this.#counts.take(batch.counts);
      this.#publish();
      yield batch;
    }
  }
}
