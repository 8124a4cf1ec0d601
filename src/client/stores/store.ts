/*
 * What all stores have in common: an immutable snapshot, who is told of a new one, and an end. A store reads and follows by
 * itself from its creation to `close`.
 */
import type { CursorOf, FollowOptions } from "../follow.js";
import type { GraphRequestError } from "../graph-request-error.js";
import type { OperationText } from "../operation.js";
import type { GraphClient } from "../transport.js";

/** What stores need of a client. */
export interface StoreClient extends GraphClient {
  follow<Result, Variables extends object>(
    document: OperationText<Result, Variables>,
    variables: Variables,
    cursorOf: CursorOf<Result, Variables>,
    options?: FollowOptions,
  ): AsyncIterable<Result>;
}

/**
 * How a store stands: nothing is read yet; it follows; it was cut off, and what it shows is the last that is known; it failed in a way
 * that does not pass by itself; it was closed.
 */
export type StoreStatus = "loading" | "live" | "reconnecting" | "failed" | "closed";

/** What every snapshot says. */
export interface StoreState {
  readonly status: StoreStatus;
  /** Why it failed; undefined while it has not. */
  readonly error: GraphRequestError | undefined;
}

/** Something that is read and followed, as one immutable snapshot after the other. */
export interface Store<Snapshot extends StoreState> {
  /** The same object until something has changed. What has not changed within it keeps its identity. */
  readonly getSnapshot: () => Snapshot;
  /** Calls the listener after each change; gives how to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Reads anew and follows again where it failed; else nothing. */
  readonly refresh: () => void;
  /** Ends what it follows. The last snapshot stays, with the status `closed`. */
  readonly close: () => void;
}

/** Keeps the snapshot of a store, and tells its listeners. Its functions may be passed on by themselves. */
export class Published<Snapshot extends StoreState> {
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot;

  constructor(first: Snapshot) {
    this.#snapshot = first;
  }

  readonly getSnapshot = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    // Each call is one of its own, also with the same function.
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  /** Publishes what has changed; nothing where each part is the same as before. A closed store publishes nothing more. */
  publish(changed: Partial<Snapshot>): void {
    const before = this.#snapshot;
    if (before.status === "closed") return;
    const isSame = (Object.keys(changed) as (keyof Snapshot)[]).every((key) =>
      Object.is(changed[key], before[key]),
    );
    if (isSame) return;
    this.#snapshot = Object.freeze({ ...before, ...changed });
    for (const listener of this.#listeners) listener();
  }
}
