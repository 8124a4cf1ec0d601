/*
 * Checks that a token is genuine and meant for this service now. jose checks its signature, algorithm, issuer,
 * audience and times. This file knows nothing of tenants and scopes.
 */
import {
  type CryptoKey,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  errors,
  jwtVerify,
} from "jose";
import type { TokenConfig } from "./config.js";
import { type KeySet, type KeySetTimes, createKeySet } from "./key-set.js";
import { isAboutClaims, notValid, refusalOf } from "./refusal.js";

/**
 * Verifies a token and gives its claims. Fails with UNAUTHENTICATED if the token is not valid, or with UNAVAILABLE if
 * the keys that verify tokens cannot be had.
 */
export type Verify = (token: string, options?: VerifyOptions) => Promise<JWTPayload>;

/** How strictly a token is verified. */
export interface VerifyOptions {
  /**
   * Fetches the issuer's keys anew first, if they can be had, and looks an API key up anew. Default false: uses keys
   * that were fetched up to 10 minutes before, and what was found of an API key up to 3 s before.
   */
  freshKeys?: boolean;
}

/** How far the issuer's clock may be off, in seconds. For as long a token is taken after its `exp`. */
export const clockToleranceSeconds = 5;

/** Builds the function that verifies tokens by the config. Fetches nothing yet. */
export function createVerify(config: TokenConfig, times?: KeySetTimes): Verify {
  const keys = config.kind === "jwks" ? createKeySet(config.url, times) : keepSecret(config.secret);
  const options: JWTVerifyOptions = {
    algorithms: [...config.algorithms],
    issuer: config.issuer,
    audience: config.audience,
    requiredClaims: ["exp"],
    clockTolerance: clockToleranceSeconds,
  };
  return async (token, { freshKeys = false } = {}) => {
    if (freshKeys) await keys.refresh();
    try {
      return await verify(token, keys.findKey, options);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

/**
 * Imports the secret once. If jose is given bytes, it imports them for each token, which takes as long as verifying
 * it.
 */
function keepSecret(secret: Uint8Array<ArrayBuffer>): KeySet {
  let key: Promise<CryptoKey> | undefined;
  const importKey = () =>
    crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  return { findKey: () => (key ??= importKey()), refresh: async () => {} };
}

async function verify(
  token: string,
  findKey: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, findKey, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return verifyWithAny(token, error, options);
  }
}

/** Verifies a token without `kid` if the set has several keys of its kind, as it has while keys are rotated. */
async function verifyWithAny(
  token: string,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (isAboutClaims(error)) throw error;
    }
  }
  throw notValid();
}
