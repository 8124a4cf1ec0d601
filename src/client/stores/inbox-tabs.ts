import type { SessionFilter } from "../../generated/client/graphql.js";
import { followCountsDocument, inboxTabsDocument } from "../inbox-documents.js";
import { retry } from "../retry.js";
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
  readonly #client: StoreClient;
  readonly #options: TabOptions;
  readonly #changed: () => void;
  readonly #counts: readonly ShownCounts[];
  #stop = new AbortController();
  #shown: readonly (InboxCounts | null)[] = [];
  #hasFailed = false;

  /** Begins to follow; `changed` is told of each change. */
  constructor(client: StoreClient, options: TabOptions, changed: () => void) {
    this.#client = client;
    this.#options = options;
    this.#changed = changed;
    this.#counts = options.filters.map((filter) => new ShownCounts(filter, options.marks));
    this.#begin();
  }

  /** Each tab's counts as they are shown. */
  shown(): readonly (InboxCounts | null)[] {
    this.#shown = shareArray(
      this.#shown,
      this.#counts.map((counts) => counts.shown() ?? null),
    );
    return this.#shown;
  }

  /** Begins anew, if it has failed: its list tells of that, since what fails the one fails the other. */
  restart(): void {
    if (this.#hasFailed) this.#begin();
  }

  /** Ends it. */
  close(): void {
    this.#stop.abort();
  }

  #begin(): void {
    this.#hasFailed = false;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    if (this.#counts.length === 0) return;
    this.#run(signal).catch(() => {
      this.#hasFailed = true;
      this.#stop.abort();
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { filters, readerId } = this.#options;
    const { inboxTabs } = await retry(
      () => this.#client.request(inboxTabsDocument, { filters: [...filters], readerId }),
      { signal },
    );
    if (signal.aborted) return;
    inboxTabs.forEach((counts, index) => this.#counts[index]?.take(counts));
    this.#changed();
    await Promise.all(
      filters.map(async (filter, index) => {
        const batches = this.#client.follow(followCountsDocument, { filter, readerId }, null, { signal });
        for await (const { inboxCounts } of batches) {
          this.#counts[index]?.take(inboxCounts);
          this.#changed();
        }
      }),
    );
  }
}
