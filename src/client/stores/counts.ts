import type { SessionFilter } from "../../generated/client/graphql.js";
import { followCountsDocument } from "../inbox-documents.js";
import { Following } from "./following.js";
import { marksOf } from "./marks.js";
import { type InboxCounts, ShownCounts } from "./shown-counts.js";
import { Published, type Store, type StoreClient, type StoreState } from "./store.js";

/** What is counted, and for whom. */
export interface CountsOptions {
  /** Which sessions are counted, whatever their state. Default: all. */
  filter?: SessionFilter;
  /** The reader whose marks count. Default: the reader that the client's token names. */
  readerId?: string;
}

/** Counts as they are shown; undefined while none are read. */
export interface CountsSnapshot extends StoreState {
  readonly counts: InboxCounts | undefined;
}

/** Follows the counts of an inbox until it is closed. What is marked over the same client counts at once. */
export function createCounts(
  client: StoreClient,
  { filter, readerId }: CountsOptions = {},
): Store<CountsSnapshot> {
  const published = new Published<CountsSnapshot>({ status: "loading", error: undefined, counts: undefined });
  const marks = marksOf(client, readerId);
  const counts = new ShownCounts(filter, marks);
  const publish = (): void => published.publish({ counts: counts.shown() });
  const following = new Following(published, {
    async *follow(loss) {
      const batches = client.follow(followCountsDocument, { filter, readerId }, null, loss);
      for await (const { inboxCounts } of batches) {
        counts.take(inboxCounts);
        publish();
        yield inboxCounts;
      }
    },
  });
  const unwatch = marks.watch({ find: () => undefined, settle: publish });
  return {
    getSnapshot: published.getSnapshot,
    subscribe: published.subscribe,
    refresh: () => following.restart(),
    close() {
      following.stop();
      unwatch();
    },
  };
}
