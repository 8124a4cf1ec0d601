import DataLoader from "dataloader";
import type { BoundedClient } from "../../store/bounded-client.js";

type ReadMany = (ids: readonly string[]) => Promise<Map<string, unknown>>;

/**
 * Turns the loads of one tick of the event loop into one statement for each kind of load, so that no field of the
 * graph costs a statement per row. Nothing is kept, so that a subscription that runs for days reads what is true at
 * each batch.
 */
export class Batches {
  /** What the loads read by. */
  readonly client: BoundedClient;
  readonly #loaders = new Map<string, DataLoader<string, unknown>>();

  constructor(client: BoundedClient) {
    this.client = client;
  }

  /**
   * Loads what `readMany` finds for this id; undefined if it finds nothing. Loads of the same `kind` in the same tick
   * share one call of `readMany`, which gets at most 1,000 ids.
   */
  load<Value>(
    kind: string,
    id: string,
    readMany: (ids: readonly string[]) => Promise<Map<string, Value>>,
  ): Promise<Value | undefined> {
    let loader = this.#loaders.get(kind);
    if (!loader) {
      loader = new DataLoader(batched(readMany), { cache: false, maxBatchSize: 1_000 });
      this.#loaders.set(kind, loader);
    }
    return loader.load(id) as Promise<Value | undefined>;
  }
}

function batched(readMany: ReadMany): DataLoader.BatchLoadFn<string, unknown> {
  return async (ids) => {
    const found = await readMany([...new Set(ids)]);
    return ids.map((id) => found.get(id));
  };
}
