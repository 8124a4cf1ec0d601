import type { Page, TimelineWindow } from "./timeline-window.js";

/** Which page: from the start of what is after a cursor, or from the end of what is before one. */
type PageCut = { first: number; after: string | null } | { last: number; before?: string };

/** Reads the pages of a timeline into what is held of it. */
export class TimelinePages {
  /** The key of the entry at which it began; undefined where it began at the end. */
  placeKey: string | undefined;
  readonly #window: TimelineWindow;
  readonly #read: (cut: PageCut) => Promise<Page>;
  readonly #size: number;

  constructor(window: TimelineWindow, read: (cut: PageCut) => Promise<Page>, size: number) {
    this.#window = window;
    this.#read = read;
    this.#size = size;
  }

  /** Reads the newest page, or those around a place; gives the cursor of the session's end, from which it is followed. */
  async begin(at: string | undefined): Promise<string | undefined> {
    const { endCursor } = at === undefined ? await this.#beginAtEnd() : await this.#beginAt(at);
    return endCursor ?? undefined;
  }

  async #beginAtEnd(): Promise<Page["pageInfo"]> {
    const page = await this.#read({ last: this.#size });
    this.#window.addOlder(page);
    return page.pageInfo;
  }

  async #beginAt(at: string): Promise<Page["pageInfo"]> {
    const older = await this.#read({ last: this.#size, before: at });
    // A cursor names what comes after it and before it, and not what stands there.
    const newer = await this.#read({ first: this.#size, after: older.pageInfo.endCursor ?? null });
    const end = newer.pageInfo.hasNextPage ? await this.#read({ last: 1 }) : newer;
    this.#window.addOlder(older);
    this.#window.addNewer(newer);
    this.placeKey = this.#window.list.keyOfEvent(newer.nodes[0]?.id ?? "");
    return end.pageInfo;
  }

  /** Reads the page before the first entry, if there is one. */
  async readOlder(): Promise<void> {
    const { before } = this.#window;
    if (before === null) return;
    this.#window.isReadingOlder = true;
    try {
      this.#window.addOlder(await this.#read({ last: this.#size, before }));
    } finally {
      this.#window.isReadingOlder = false;
    }
  }

  /** Reads the page after the last entry, or the newest in place of all that is held, where the list does not reach to the end. */
  async readNewer(isNewest: boolean): Promise<void> {
    const { after } = this.#window;
    if (after === null) return;
    this.#window.missed = [];
    try {
      if (isNewest) this.#window.beginAnew(await this.#read({ last: this.#size }));
      else this.#window.addNewer(await this.#read({ first: this.#size, after }));
    } finally {
      this.#window.missed = undefined;
    }
  }
}
