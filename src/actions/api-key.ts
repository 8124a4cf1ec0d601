/*
 * What whoever runs the service may do with its API keys. There is no caller whose scopes could be checked: the command
 * line has the database itself.
 */
import { hashApiKey, newApiKey, newApiKeyId, prefixOfApiKey } from "../domain/api-key.js";
import { type NewKey, insertKey, saveRevoked, saveUsed } from "../store/api-key.js";
import type { ApiKeyRow } from "../store/row.js";
import type { TenantStore } from "../store/store.js";
import { ensureTenant } from "../store/tenant.js";
import { transaction } from "../store/transaction.js";

/** What is said of a new API key. */
export type NewApiKey = Pick<NewKey, "name" | "scopes" | "expiresAt" | "expiresInSeconds">;

/** Makes an API key for the tenant, and gives the key itself, which is stored nowhere. */
export async function createApiKey(
  store: TenantStore,
  input: NewApiKey,
): Promise<{ key: string; row: ApiKeyRow }> {
  const key = newApiKey();
  const row = await transaction(store, async (tx) => {
    await ensureTenant(tx);
    return insertKey(tx, { ...input, id: newApiKeyId(), prefix: prefixOfApiKey(key), hash: hashApiKey(key) });
  });
  return { key, row };
}

/** Revokes an API key of the tenant. Gives undefined if there is no such key. */
export function revokeApiKey(store: TenantStore, id: string): Promise<ApiKeyRow | undefined> {
  return transaction(store, (tx) => saveRevoked(tx, id));
}

/** Writes that an API key is used now, unless that was written within the last minute. */
export function noteApiKeyUse(store: TenantStore, id: string): Promise<void> {
  return transaction(store, (tx) => saveUsed(tx, id));
}
