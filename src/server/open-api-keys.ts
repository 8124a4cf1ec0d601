import { type NewApiKey, createApiKey, revokeApiKey } from "../actions/api-key.js";
import { applyMigrations } from "../database/migration/apply.js";
import { openDatabase } from "../database/open.js";
import { openPool } from "../database/pool.js";
import { listKeys } from "../store/api-key.js";
import type { ApiKeyRow } from "../store/row.js";
import { createStore } from "../store/store.js";
import type { DatabaseConfig } from "./config.js";

/** The API keys in a database, for whoever runs the service. */
export interface ApiKeys {
  /** Makes a key for a tenant, which need not be known yet, and gives the key itself: it cannot be had again. */
  create(tenantId: string, input: NewApiKey): Promise<{ key: string; row: ApiKeyRow }>;
  /** All keys in the order of their creation, of one tenant or, with null, of all. */
  list(tenantId: string | null): Promise<ApiKeyRow[]>;
  /**
   * Revokes the key of this id or prefix, and gives it. One that was revoked before stays as it is. Throws an Error if
   * there is no such key, or if several have the prefix.
   */
  revoke(idOrPrefix: string): Promise<ApiKeyRow>;
  close(): Promise<void>;
}

/** Opens the API keys of a database and migrates it, as the service does. `log` is told what is done to the database. */
export async function openApiKeys(config: DatabaseConfig, log: (message: string) => void): Promise<ApiKeys> {
  const database = await openDatabase(config, log);
  try {
    await applyMigrations(database.connectionString, { log });
  } catch (error) {
    await database.close();
    throw error;
  }
  const ignore = () => {};
  const pool = openPool({ connectionString: database.connectionString, connections: 1, onError: ignore });
  const store = createStore(pool, ignore, ignore);
  const list = (tenantId: string | null) => listKeys(pool, tenantId);
  return {
    create: (tenantId, input) => createApiKey(store.tenant(tenantId), input),
    list,
    async revoke(idOrPrefix) {
      const { id, tenantId } = findKey(await list(null), idOrPrefix);
      const revoked = await revokeApiKey(store.tenant(tenantId), id);
      if (!revoked) throw new Error(`the key ${id} is not there any more`);
      return revoked;
    },
    async close() {
      await store.close();
      await pool.end();
      await database.close();
    },
  };
}

/** Finds the key that is meant. Repeats nothing of what was given, which may be a whole key. */
function findKey(keys: readonly ApiKeyRow[], idOrPrefix: string): ApiKeyRow {
  const [key, ...others] = keys.filter(({ id, prefix }) => id === idOrPrefix || prefix === idOrPrefix);
  if (!key) {
    throw new Error(
      "no key has this id or prefix: give an id (key_...) or a prefix of 12 characters (agk_...), as key list shows them",
    );
  }
  if (others.length > 0) throw new Error("several keys have this prefix: give the id, as key list shows it");
  return key;
}
