import { isApiKey } from "../domain/api-key.js";
import type { Instant } from "../domain/instant.js";
import { unauthenticated } from "./refusal.js";
import { type Viewer, callerOfKey, grantScopes } from "./viewer.js";

/** What is known of an API key. */
export interface KnownKey {
  id: string;
  tenantId: string;
  scopes: readonly string[];
  expiresAt: Instant | null;
  revokedAt: Instant | null;
  /** Whether its last use was written within the last minute. */
  usedLately: boolean;
}

/** Where API keys are looked up. */
export interface KeyBook {
  /**
   * Finds a key, or null. `fresh` demands that it is looked up now; otherwise what was found up to 3 s before serves.
   * Fails with UNAVAILABLE if it cannot be looked up.
   */
  find(key: string, options: { fresh: boolean }): Promise<KnownKey | null>;
  /** Keeps in the background that a key is used now. */
  noteUse(key: KnownKey): void;
}

/**
 * Gives the viewer that an API key stands for. The key is a reader of its own, whose id is the key's. Fails with
 * UNAUTHENTICATED if there is no such key, if it was revoked, or if it has expired by this node's clock.
 */
export async function readApiKey(key: string, book: KeyBook, options: { fresh: boolean }): Promise<Viewer> {
  const found = isApiKey(key) ? await book.find(key, options) : null;
  if (!found) throw unauthenticated("the API key is not valid");
  if (found.revokedAt !== null) throw unauthenticated("the API key was revoked");
  const expiresAt = found.expiresAt === null ? null : Date.parse(found.expiresAt) / 1_000;
  if (expiresAt !== null && expiresAt * 1_000 <= Date.now()) throw unauthenticated("the API key has expired");
  book.noteUse(found);
  const { id, tenantId, scopes } = found;
  return { tenantId, readerId: id, callerId: callerOfKey(id), scopes: grantScopes(scopes), expiresAt };
}
