import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import { entries } from "../domain/entries.js";
import type pg from "pg";
import { noteApiKeyUse } from "../actions/api-key.js";
import type { KeyBook, KnownKey } from "../auth/api-key.js";
import { hashApiKey } from "../domain/api-key.js";
import { unavailable } from "../domain/errors.js";
import { type FoundKey, findKeysByHash } from "../store/api-key.js";
import type { Store } from "../store/store.js";

/**
 * How long what was found of a key serves, in milliseconds. A revoked key must be refused everywhere within 5 s, and a
 * connection that it opens at the last moment is looked at again within a second.
 */
const knownMs = 3_000;

/** How many keys are remembered, those that there are not included: a stranger can only make others be looked up again. */
const keptKeys = 10_000;

/** How often a node writes at most that a key is used, in milliseconds. */
const useMs = 60_000;

/** Looks API keys up by their hash: those that are asked for in one tick in one statement. */
export class KeyRing implements KeyBook {
  readonly #options: { pool: pg.Pool; store: Store; onFault: (error: unknown) => void };
  readonly #known = new LRUCache<string, Promise<FoundKey | null>>({ ...entries(keptKeys), ttl: knownMs });
  readonly #noted = new LRUCache<string, true>({ ...entries(keptKeys), ttl: useMs });
  readonly #lookUps = new DataLoader((hashes: readonly string[]) => this.#read(hashes), {
    cache: false,
    maxBatchSize: 1_000,
  });

  /** `onFault` is told if a use could not be written, which harms nothing. */
  constructor(options: { pool: pg.Pool; store: Store; onFault: (error: unknown) => void }) {
    this.#options = options;
  }

  find(key: string, { fresh }: { fresh: boolean }): Promise<KnownKey | null> {
    const hash = hashApiKey(key);
    const known = fresh ? undefined : this.#known.get(hash);
    if (known) return known;
    const found = this.#lookUps.load(hash);
    // It is remembered from when it is asked for, not from when it is answered: what is true later may be otherwise.
    this.#known.set(hash, found);
    found.catch(() => {
      if (this.#known.peek(hash) === found) this.#known.delete(hash);
    });
    return found;
  }

  noteUse({ id, tenantId, usedLately }: KnownKey): void {
    if (usedLately || this.#noted.has(id)) return;
    this.#noted.set(id, true);
    const { store, onFault } = this.#options;
    noteApiKeyUse(store.tenant(tenantId), id).catch(onFault);
  }

  async #read(hashes: readonly string[]): Promise<(FoundKey | null)[]> {
    try {
      const rows = await findKeysByHash(this.#options.pool, [...new Set(hashes)]);
      const byHash = new Map(rows.map((row) => [row.hash, row]));
      return hashes.map((hash) => byHash.get(hash) ?? null);
    } catch (error) {
      const refusal = unavailable("API keys cannot be looked up now; the same call may succeed later");
      refusal.cause = error;
      throw refusal;
    }
  }
}
