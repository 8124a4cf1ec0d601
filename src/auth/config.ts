import { isLoopbackHost } from "./loopback.js";

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

const usualAlgorithms: readonly PublicKeyAlgorithm[] = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
const details = ["AUTH_ALGORITHMS", "AUTH_ISSUER", "AUTH_AUDIENCE"] as const;

/**
 * Reads AUTH_SECRET or AUTH_JWKS_URL, and AUTH_ALGORITHMS, AUTH_ISSUER and AUTH_AUDIENCE beside them, and AUTH_KEYS,
 * which may stand alone. There is no auth if none is set. Throws an Error that names the variable and what is allowed if one is wrong. A variable that is set
 * but blank is refused, since an unexpanded `$SECRET` would otherwise switch a check off.
 */
export function authConfigFromEnv(env: NodeJS.ProcessEnv): AuthConfig {
  const secret = read(env, "AUTH_SECRET");
  const url = read(env, "AUTH_JWKS_URL");
  const keys = readKeys(env);
  const parties = { issuer: read(env, "AUTH_ISSUER"), audience: read(env, "AUTH_AUDIENCE") };
  const algorithms = read(env, "AUTH_ALGORITHMS")
    ?.split(",")
    .map((name) => name.trim());

  if (secret !== undefined && url !== undefined) {
    throw new Error("AUTH_SECRET and AUTH_JWKS_URL are both set: only one of them is allowed");
  }
  if (secret !== undefined) {
    checkAlgorithms(algorithms ?? [], ["HS256"], "AUTH_SECRET");
    return { kind: "secret", secret: parseSecret(secret), algorithms: ["HS256"], ...parties, ...keys };
  }
  if (url !== undefined) {
    const checked = checkAlgorithms(algorithms ?? usualAlgorithms, publicKeyAlgorithms, "AUTH_JWKS_URL");
    return { kind: "jwks", url: parseKeySetUrl(url), algorithms: checked, ...parties, ...keys };
  }
  const stray = details.find((name) => env[name] !== undefined);
  if (stray) throw new Error(`${stray} means nothing alone: set AUTH_JWKS_URL or AUTH_SECRET, or unset it`);
  return keys ? { kind: "keys", ...keys } : { kind: "none" };
}

/** Reads AUTH_KEYS: `1` is on, `0` or nothing is off. */
function readKeys(env: NodeJS.ProcessEnv): { keys: true } | undefined {
  const value = read(env, "AUTH_KEYS")?.trim();
  if (value !== undefined && value !== "0" && value !== "1") {
    throw new Error("AUTH_KEYS must be 1, so that API keys are accepted, or 0");
  }
  return value === "1" ? { keys: true } : undefined;
}

function read(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  if (value?.trim() === "") throw new Error(`${name} is blank: give it a value or unset it`);
  return value;
}

function parseSecret(text: string): Uint8Array<ArrayBuffer> {
  const secret = new TextEncoder().encode(text);
  if (secret.length >= minSecretBytes) return secret;
  throw new Error(`AUTH_SECRET must be at least ${minSecretBytes} bytes; it has ${secret.length}`);
}

/** Reads the URL of a key set. Never puts it into a message, since it may hold a password. */
function parseKeySetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isLoopbackHost(url.hostname))) {
    throw new Error(
      "AUTH_JWKS_URL must be an https URL; http is allowed for localhost, 127.0.0.0/8 and [::1] only",
    );
  }
  if (url.username || url.password) throw new Error("AUTH_JWKS_URL must not hold a user name or a password");
  return url;
}

function checkAlgorithms<Name extends string>(
  names: readonly string[],
  allowed: readonly Name[],
  beside: string,
): Name[] {
  return names.map((name) => {
    const known = allowed.find((candidate) => candidate === name);
    if (known) return known;
    throw new Error(
      `AUTH_ALGORITHMS holds "${name}"; with ${beside} it may hold ${allowed.join(", ")}, separated by commas`,
    );
  });
}
