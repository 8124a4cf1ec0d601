import type { StoreClient } from "./stores/store.js";

/** A store that components share. */
export interface SharedStore<Own> {
  readonly store: Own;
  /** Keeps it open; gives how to let it go. */
  hold(): () => void;
}

/** How long a store stays open without anybody, in milliseconds: as long as a render may take, or a component that comes back. */
const graceMs = 2_000;

const all = new WeakMap<StoreClient, Map<string, SharedStore<{ close(): void }>>>();

/** The store of that key over a client: the one that is open, or a new one. It is closed if nobody holds it for a while. */
export function shareStore<Own extends { close(): void }>(
  client: StoreClient,
  key: string,
  create: () => Own,
): SharedStore<Own> {
  const ofClient = all.get(client) ?? new Map<string, SharedStore<{ close(): void }>>();
  all.set(client, ofClient);
  const open = ofClient.get(key) as SharedStore<Own> | undefined;
  if (open) return open;
  const store = create();
  let holders = 0;
  const close = () => {
    // Whoever holds one that was closed before it came lets it go again: under its key there may be another by then.
    if (ofClient.get(key) === shared) ofClient.delete(key);
    store.close();
  };
  let closing = setTimeout(close, graceMs);
  const shared: SharedStore<Own> = {
    store,
    hold() {
      // A render that took longer than the grace: whoever comes next must find it.
      clearTimeout(closing);
      holders += 1;
      return () => {
        holders -= 1;
        if (holders === 0) closing = setTimeout(close, graceMs);
      };
    },
  };
  ofClient.set(key, shared);
  return shared;
}
