import { SignJWT } from "jose";
import { isCallerName } from "./claims.js";
import { minSecretBytes } from "./config.js";
import type { Scope } from "./viewer.js";

/** What a token says and what signs it. */
export interface TokenOptions {
  /** AUTH_SECRET as bytes, at least 32. */
  secret: Uint8Array<ArrayBuffer>;
  /** The tenant whose rows the holder sees: 1 to 200 characters, none of them a control character. */
  tenant: string;
  /** The reader whose reading is kept, with the same limits as a tenant's name. Default: no reader. */
  reader?: string;
  /** What the holder may do. If it is empty, the holder is known but may do nothing. */
  scopes: Scope[];
  /** How long the token holds from now, in whole seconds, at least 1. */
  ttlSeconds: number;
  /** The claim `iss`: AUTH_ISSUER of the service, if that is set. Default: absent. */
  issuer?: string;
  /** The claim `aud`: AUTH_AUDIENCE of the service, if that is set. Default: absent. */
  audience?: string;
}

/** Makes a token (HS256) for a service with AUTH_SECRET. Throws an Error if that service would refuse it. */
export async function signToken(options: TokenOptions): Promise<string> {
  const { secret, tenant, reader, ttlSeconds, issuer, audience } = options;
  if (secret.length < minSecretBytes) throw new Error(`the secret must be at least ${minSecretBytes} bytes`);
  if (!isCallerName(tenant))
    throw new Error("the tenant must be 1 to 200 characters, none a control character");
  if (reader !== undefined && !isCallerName(reader)) {
    throw new Error("the reader must be 1 to 200 characters, none a control character");
  }
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1) {
    throw new Error("the time to live must be a whole number of seconds, at least 1");
  }

  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = { tenant, scopes: options.scopes, sub: reader, iss: issuer, aud: audience };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds)
    .sign(secret);
}
