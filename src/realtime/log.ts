/** What one reading of a log gives. */
export interface Reading<Item, Position> {
  items: Item[];
  /** Where the next reading goes on: past everything that was looked at, matching or not. */
  position: Position;
  /** The position of the newest item that is stored; undefined where that is not known yet, and there is more to read. */
  lastPosition: Position | undefined;
  /** True where nothing will come after `lastPosition`. */
  ended: boolean;
}

/** Something that grows and can be read from any position on: a run's events, what has changed in an inbox. */
export interface Log<Item, Position> {
  /** What is woken when it grows. */
  readonly topics: readonly string[];
  /**
   * Reads a page of what comes after a position, as it is stored now. A page with items also holds all that is new to who
   * stands within it; one without need not hold for them, since what was undone is news to them alone.
   */
  readonly read: (after: Position) => Promise<Reading<Item, Position>>;
  /**
   * As `read`, from what this node keeps in memory, without what others have added; undefined if that does not hold what comes next
   * after the position. For who was woken by what is kept, all of which it gives. Left out where nothing is kept.
   */
  readonly fresh?: (after: Position) => Reading<Item, Position> | undefined;
  /** True where the first position is not before the second. */
  readonly reaches: (position: Position, other: Position) => boolean;
  /** Where an item that was read stands. */
  readonly positionOf: (item: Item) => Position;
  /**
   * Whether who stands at `position` may be sent what was read after `from`, a position that it reaches. Left out where that is
   * always so.
   */
  readonly continues?: (position: Position, from: Position) => boolean;
  /**
   * How long after the last reading for all who have caught up began the next begins at the earliest, in milliseconds: what
   * comes meanwhile is read and sent together. What comes after a longer rest is not kept waiting. Default: 0.
   */
  readonly paceMs?: number;
}

/** A page of a followed log. */
export interface Batch<Item, Position> {
  items: Item[];
  position: Position;
  /** True once everything that was stored when the following began has been sent. */
  caughtUp: boolean;
  /** Why the following ends here, with no items; null where it goes on. */
  failure: unknown;
}
