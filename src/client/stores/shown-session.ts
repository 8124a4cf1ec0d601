import type { InboxSession } from "./inbox-list.js";
import { isNewer } from "./known-states.js";
import type { Marks, Settled } from "./marks.js";
import { share } from "./share.js";

/** One session, as the service told of it last and as it is shown. */
export class ShownSession {
  readonly #marks: Marks;
  #known: InboxSession | undefined;
  #shown: InboxSession | undefined;

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  /** As the service told of it last. */
  get known(): InboxSession | undefined {
    return this.#known;
  }

  /** As the service told of it last, if it is the one of that id. */
  find(id: string): InboxSession | undefined {
    return this.#known?.id === id ? this.#known : undefined;
  }

  /** Takes a state of it; an older one than what is known changes nothing. */
  take(session: InboxSession): void {
    if (isNewer(session, this.#known)) this.#known = share(this.#known, session);
  }

  /** Says that it is no more. */
  drop(): void {
    this.#known = undefined;
  }

  /** Takes what has become of marks; false where that is of others. */
  settle({ ids, answered, deleted }: Settled): boolean {
    const own = this.#known;
    if (!own || !ids.includes(own.id)) return false;
    for (const session of answered) if (session.id === own.id) this.take(session);
    if (deleted.includes(own.id)) this.drop();
    return true;
  }

  /** With what is marked; undefined while nothing is known of it, and once it is deleted. */
  shown(): InboxSession | undefined {
    const shown = this.#known && this.#marks.show(this.#known);
    this.#shown = shown ? share(this.#shown, shown) : undefined;
    return this.#shown;
  }
}
