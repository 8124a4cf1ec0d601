import type { PageArguments } from "../../domain/page.js";
import type { Condition, Listing } from "../../store/listing/listing.js";

/** What the rows of a list, or a row, are joined to by a call's arguments. */
export interface Join {
  /** With a `?` for the value. */
  sql: Condition;
  /** The values of what columns name beside it. */
  values: Readonly<Record<string, unknown>>;
}

/** The list that a connection is a page of, as its arguments say. */
export interface List {
  listing: Listing;
  /** Which page of it. */
  page: PageArguments;
  /** The most rows of a page. Default: 100. */
  maxSize?: number;
  /** The listing that cursors are bound to, if this one is narrowed by more than they are. Default: this listing. */
  cursorsOf?: Listing;
  /** Called if reading the rows took longer than a page of any list should. */
  onSlow?: () => void;
  /** Is told how many rows it has, where that is asked. */
  onCounted?: (count: number) => void;
  /** Makes the cursor from which the subscription of the same list goes on after a version. */
  feedCursorAt?: (version: number) => string;
  /** What its listing joins each row to, for what is read of that. */
  join?: Join;
  /** True if the same arguments of the same viewer mean this list at any time, since nothing was looked up for it. */
  lasts?: boolean;
}
