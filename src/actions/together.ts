import { Merger } from "../store/merger.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";

/** The most that is done in one transaction: the sessions of all of it are locked until its end. */
const maxTogether = 32;

/** How work of one kind is done. */
export interface Together<Item, Outcome> {
  /** No two with the same are in one transaction. */
  keyOf: (item: Item) => string;
  /** Does several without waiting for anybody's lock; undefined for each that has to be done by itself. */
  all: (tx: Tx, items: readonly Item[]) => Promise<(Outcome | undefined)[]>;
  /** Does one by itself. */
  one: (tx: Tx, item: Item) => Promise<Outcome>;
}

/** Makes what does such work: that of a tenant's callers who ask at the same time in one transaction, and by itself what is left of it. */
export function together<Item extends { caller: Caller }, Outcome>({
  keyOf,
  all,
  one,
}: Together<Item, Outcome>): (item: Item) => Promise<Outcome> {
  const mergers = new WeakMap<TenantStore, Merger<Item, Outcome | undefined>>();
  const mergerOf = (store: TenantStore) => {
    const work = (items: readonly Item[]) => transaction(store, (tx) => all(tx, items));
    const merger =
      mergers.get(store) ?? new Merger({ most: maxTogether, keysOf: (item) => [keyOf(item)], work });
    mergers.set(store, merger);
    return merger;
  };
  return async (item) => {
    const { store } = item.caller;
    return (await mergerOf(store).do(item)) ?? transaction(store, (tx) => one(tx, item));
  };
}
