import { hasCode } from "../graph-request-error.js";
import type { InboxSession } from "./inbox-list.js";
import type { Marks } from "./marks.js";

/** Marks a session read while somebody sees it: once for each version of it, so that what is marked unread by hand stays so. */
export class ReadWhileOpen {
  readonly #marks: Marks;
  #isWanted: boolean;
  #isVisible = true;
  #seen: InboxSession | undefined;
  #markedVersion = -1;

  constructor(marks: Marks, isWanted: boolean) {
    this.#marks = marks;
    this.#isWanted = isWanted;
  }

  /** Says what is shown. */
  see(session: InboxSession | undefined): void {
    this.#seen = session;
    this.#mark();
  }

  /** Says if somebody sees it. */
  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#mark();
  }

  #mark(): void {
    const session = this.#seen;
    if (!session || !this.#isWanted || !this.#isVisible || session.version <= this.#markedVersion) return;
    const isFirst = this.#markedVersion < 0;
    this.#markedVersion = session.version;
    const { readVersion, markedUnread } = session.attention;
    if ((readVersion ?? -1) >= session.version && !(isFirst && markedUnread)) return;
    this.#marks.mark({ action: { read: true } }, [session.id], { seen: session }).catch((error: unknown) => {
      // Who is no reader has nothing to mark. What may pass is tried again with the next batch.
      if (hasCode(error, "UNREACHABLE", "UNAVAILABLE")) this.#markedVersion = -1;
      else this.#isWanted = false;
    });
  }
}
