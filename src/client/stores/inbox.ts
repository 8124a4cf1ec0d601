/*
 * A reader's inbox: the sessions of a list in the service's order, its counts, and the counts of other filters as tabs. It reads a page, and
 * follows from the page's own cursor, so that nothing lies between. Where its changes are not told one by one it reads as many rows anew as
 * it had.
 */
import type { InboxPageQuery, SessionFilter } from "../../generated/client/graphql.js";
import { followInboxDocument, inboxPageDocument } from "../inbox-documents.js";
import { retry } from "../retry.js";
import { Following, asRequestError } from "./following.js";
import { InboxRows } from "./inbox-rows.js";
import type { InboxSession } from "./inbox-list.js";
import { InboxTabs } from "./inbox-tabs.js";
import { type MarkFunctions, markFunctions } from "./mark-functions.js";
import { marksOf } from "./marks.js";
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

/** Opens an inbox, which follows until it is closed. */
export function createInbox(client: StoreClient, options: InboxOptions = {}): Inbox {
  const { filter = {}, readerId, pageSize = 50, tabs: tabFilters = [] } = options;
  const published = new Published<InboxSnapshot>({
    status: "loading",
    error: undefined,
    sessions: [],
    hasMore: false,
    isLoadingMore: false,
    counts: undefined,
    tabs: tabFilters.map(() => null),
  });
  const marks = marksOf(client, readerId);
  const rows = new InboxRows(filter, marks);
  const counts = new ShownCounts(filter, marks);
  const tabs = new InboxTabs(client, { filters: tabFilters, readerId, marks }, () => publish());
  let after: string | null = null;
  let feedCursor: string | undefined;
  let loading: Promise<void> | undefined;
  /** Rises with every new beginning: a page that was asked for before is of no use. */
  let turn = 0;

  const publish = (): void => {
    published.publish({
      sessions: rows.shown(),
      hasMore: after !== null,
      counts: counts.shown(),
      tabs: tabs.shown(),
    });
  };
  const readPage = async (first: number, from: string | null): Promise<Page> => {
    const variables = { filter, readerId, first, after: from };
    const page = await client.request(inboxPageDocument, variables);
    counts.take(page.inboxCounts);
    return page.sessions;
  };
  const takeEnd = ({ pageInfo, nodes }: Page): void => {
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
    rows.reachTo(after === null ? null : (nodes.at(-1) ?? null));
  };
  /** Reads from the beginning: as many rows as are shown, and one page at least. */
  const begin = async (): Promise<void> => {
    const wanted = Math.max(pageSize, published.getSnapshot().sessions.length);
    turn += 1;
    const pages: Page[] = [];
    let from: string | null = null;
    for (let read = 0; read < wanted; read += pages.at(-1)?.nodes.length ?? wanted) {
      const page = await readPage(Math.min(100, wanted - read), from);
      pages.push(page);
      if (!page.pageInfo.hasNextPage) break;
      from = page.pageInfo.endCursor ?? null;
    }
    rows.clear();
    for (const page of pages) rows.addPage(page.nodes, page.changeVersion);
    const last = pages.at(-1);
    if (last) takeEnd(last);
    feedCursor = pages[0]?.feedCursor;
    publish();
  };
  const loadMore = async (): Promise<void> => {
    const began = turn;
    if (after === null) return;
    const from = after;
    // What has moved to the top since, without a word from the feed, is in no later page.
    const [top, next] = await Promise.all([readPage(pageSize, null), readPage(pageSize, from)]);
    if (began !== turn || following.isOver) return;
    for (const page of [top, next]) rows.addPage(page.nodes, page.changeVersion);
    takeEnd(next);
    const isShort = after === null && rows.listedCount < next.totalCount;
    if (isShort) await begin();
    else publish();
  };

  const following = new Following(published, {
    begin,
    async *follow(loss) {
      const variables = { filter, readerId, after: feedCursor };
      const cursorOf = (data: { sessionAttentionChanged: { cursor: string } }) =>
        data.sessionAttentionChanged.cursor;
      for await (const data of client.follow(followInboxDocument, variables, cursorOf, loss)) {
        const batch = data.sessionAttentionChanged;
        rows.addBatch(batch.sessions, batch.removedIds, batch.changeVersion);
        counts.take(batch.counts);
        publish();
        yield batch;
      }
    },
  });
  const unwatch = marks.watch({
    find: (id) => rows.find(id),
    settle: (settled) => {
      rows.settle(settled);
      publish();
    },
  });

  return {
    getSnapshot: published.getSnapshot,
    subscribe: published.subscribe,
    refresh() {
      following.restart();
      tabs.restart();
    },
    close() {
      following.stop();
      tabs.close();
      unwatch();
    },
    loadMore() {
      loading ??= (async () => {
        published.publish({ isLoadingMore: true });
        try {
          const { signal } = following;
          await retry(loadMore, { signal, deadlineAt: Date.now() + 15_000 });
        } catch (error) {
          throw asRequestError(error);
        } finally {
          loading = undefined;
          published.publish({ isLoadingMore: false });
        }
      })();
      return loading;
    },
    ...markFunctions(marks),
  };
}
