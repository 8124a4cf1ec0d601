import type { SessionFilter } from "../../generated/client/graphql.js";
import { followCountsDocument, inboxTabsDocument } from "../inbox-documents.js";
import type { Follow, Loss } from "./following.js";
import type { Marks } from "./marks.js";
import { type InboxCounts, ShownCounts } from "./shown-counts.js";
import { shareArray } from "./share.js";
import type { StoreClient } from "./store.js";

/** What tabs count, and for whom. */
export interface TabOptions {
  filters: readonly SessionFilter[];
  readerId: string | undefined;
  marks: Marks;
}

/** The counts of several filters: first all of one moment, then each as it changes. */
export class InboxTabs {
  /** Follows each of them. */
  readonly follows: readonly Follow[];
  readonly #client: StoreClient;
  readonly #options: TabOptions;
  readonly #changed: () => void;
  readonly #counts: readonly ShownCounts[];
  #shown: readonly (InboxCounts | null)[] = [];

  /** `changed` is told of each change. */
  constructor(client: StoreClient, options: TabOptions, changed: () => void) {
    this.#client = client;
    this.#options = options;
    this.#changed = changed;
    this.#counts = options.filters.map((filter) => new ShownCounts(filter, options.marks));
    this.follows = options.filters.map((filter, index) => (loss) => this.#follow(filter, index, loss));
  }

  /** Each tab's counts as they are shown. */
  shown(): readonly (InboxCounts | null)[] {
    this.#shown = shareArray(
      this.#shown,
      this.#counts.map((counts) => counts.shown() ?? null),
    );
    return this.#shown;
  }

  /** Reads all of them. */
  async read(): Promise<void> {
    const { filters, readerId } = this.#options;
    if (filters.length === 0) return;
    const { inboxTabs } = await this.#client.request(inboxTabsDocument, { filters: [...filters], readerId });
    inboxTabs.forEach((counts, index) => this.#counts[index]?.take(counts));
    this.#changed();
  }

  async *#follow(filter: SessionFilter, index: number, loss: Loss): AsyncGenerator {
    const { readerId } = this.#options;
    const batches = this.#client.follow(followCountsDocument, { filter, readerId }, null, loss);
    for await (const { inboxCounts } of batches) {
      this.#counts[index]?.take(inboxCounts);
      this.#changed();
      yield inboxCounts;
    }
  }
}
