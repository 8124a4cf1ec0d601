/**
 * The algorithms by which a key set may verify. Neither `none` nor HS*: a public key must never serve as an HMAC
 * secret.
 */
export const publicKeyAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

/** One of {@link publicKeyAlgorithms}. */
export type PublicKeyAlgorithm = (typeof publicKeyAlgorithms)[number];

/** The least length of a secret for HS256, in bytes: that of its hash (RFC 7518, 3.2). */
export const minSecretBytes = 32;

/** What `iss` and `aud` of a token must be. Each is not checked if it is left out. */
export interface ExpectedParties {
  issuer?: string;
  audience?: string;
}

/** What verifies JWTs: a shared secret, or a key set. */
export type TokenConfig =
  | ({ kind: "secret"; secret: Uint8Array<ArrayBuffer>; algorithms: readonly ["HS256"] } & ExpectedParties)
  | ({ kind: "jwks"; url: URL; algorithms: readonly PublicKeyAlgorithm[] } & ExpectedParties);

/** How callers are known: not at all, by API keys alone, or by JWTs and, with `keys`, by API keys as well. */
export type AuthConfig = { kind: "none" } | { kind: "keys"; keys: true } | (TokenConfig & { keys?: boolean });
