import type { CountFieldsFragment, SessionFilter } from "../../generated/client/graphql.js";
import { countNames } from "./inbox-list.js";
import type { Marks } from "./marks.js";
import { share } from "./share.js";

/** How many sessions of an inbox stand how with its reader. */
export type InboxCounts = CountFieldsFragment;

/** The counts of one filter, as the service told them last and as they are shown. */
export class ShownCounts {
  readonly #filter: SessionFilter | null | undefined;
  readonly #marks: Marks;
  #told: InboxCounts | undefined;
  /** What was told while a mark was with the service. */
  #waiting: InboxCounts | undefined;
  #shown: InboxCounts | undefined;

  constructor(filter: SessionFilter | null | undefined, marks: Marks) {
    this.#filter = filter;
    this.#marks = marks;
  }

  /** Takes what the service tells. What is older than what it told before changes nothing. */
  take(counts: InboxCounts): void {
    const newest = this.#waiting ?? this.#told;
    if (!newest || counts.changeVersion >= newest.changeVersion) this.#waiting = counts;
  }

  /** The counts with what is marked; undefined while none are known. */
  shown(): InboxCounts | undefined {
    if (this.#waiting && (!this.#told || !this.#marks.isSending)) {
      this.#told = this.#waiting;
      this.#waiting = undefined;
    }
    const told = this.#told;
    if (!told) return undefined;
    const moved = this.#marks.movedCounts(this.#filter, told.changeVersion);
    const counts = { ...told };
    for (const name of countNames) counts[name] = Math.max(0, told[name] + moved[name]);
    this.#shown = share(this.#shown, counts);
    return this.#shown;
  }
}
