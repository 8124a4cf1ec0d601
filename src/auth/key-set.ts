import { type CryptoKey, type JWTVerifyGetKey, createRemoteJWKSet, errors } from "jose";
import { unavailable } from "../domain/errors.js";

/** How the keys of an issuer are fetched and kept. */
export interface KeySetTimes {
  /** How long a fetch may take before it fails with UNAVAILABLE, in milliseconds. Default 5,000. */
  timeoutMs?: number;
  /**
   * How long after a fetch a token with an unknown key is not valid and causes no new fetch, in milliseconds. Default
   * 30,000.
   */
  cooldownMs?: number;
  /** How long fetched keys are used, in milliseconds. Then the next token waits for a fetch. Default 600,000. */
  maxAgeMs?: number;
}

/** The keys of an issuer. */
export interface KeySet {
  /** Finds a token's key. */
  findKey: JWTVerifyGetKey<CryptoKey>;
  /**
   * Fetches the set, so that a key that was withdrawn is gone. If it cannot be had, the keys fetched before serve on.
   */
  refresh(): Promise<void>;
}

/**
 * Builds the key set at a URL. It is fetched when it is first needed, when it is too old, and when a token names a key
 * that it lacks, as when keys were rotated. Redirects are not followed. If it cannot be had or read, a token that
 * needs it fails with UNAVAILABLE, with the reason as its `cause`. Keys that were fetched before serve on until they
 * are too old.
 */
export function createKeySet(url: URL, times: KeySetTimes = {}): KeySet {
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: times.timeoutMs ?? 5_000,
    cooldownDuration: times.cooldownMs ?? 30_000,
    cacheMaxAge: times.maxAgeMs ?? 600_000,
  });
  return {
    async findKey(header, token) {
      try {
        return await keys(header, token);
      } catch (error) {
        if (isAboutToken(error)) throw error;
        const refusal = unavailable("the keys that verify tokens cannot be had now");
        refusal.cause = error;
        throw refusal;
      }
    },
    refresh: () => keys.reload().catch(() => {}),
  };
}

function isAboutToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}
