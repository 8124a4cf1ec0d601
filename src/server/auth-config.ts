import * as v from "valibot";
import {
  type AuthConfig,
  type PublicKeyAlgorithm,
  minSecretBytes,
  publicKeyAlgorithms,
} from "../auth/config.js";
import { isLoopbackHost } from "../auth/loopback.js";
import { readVariables } from "./setting.js";

const usualAlgorithms: readonly PublicKeyAlgorithm[] = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
const details = ["AUTH_ALGORITHMS", "AUTH_ISSUER", "AUTH_AUDIENCE"] as const;

/** A variable that is refused if it is set but blank, since an unexpanded `$SECRET` would otherwise switch a check off. */
const unlessBlank = v.pipe(
  v.string(),
  v.check((text) => text.trim() !== "", "is blank: give it a value or unset it"),
);

const secret = v.pipe(
  unlessBlank,
  v.transform((text) => new TextEncoder().encode(text)),
  v.check(
    ({ length }) => length >= minSecretBytes,
    ({ input }) => `must be at least ${minSecretBytes} bytes; it has ${input.length}`,
  ),
);

/** The URL of a key set. Its messages do not repeat it, since it may hold a password. */
const keySetUrl = v.pipe(
  unlessBlank,
  v.check(isSafeUrl, "must be an https URL; http is allowed for localhost, 127.0.0.0/8 and [::1] only"),
  v.transform((text) => new URL(text)),
  v.check(({ username, password }) => !username && !password, "must not hold a user name or a password"),
);

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}

const keys = v.pipe(
  unlessBlank,
  v.trim(),
  // A key that was put here by mistake is not repeated.
  v.picklist(["0", "1"], "must be 1, so that API keys are accepted, or 0"),
);

/** What says how callers are known. */
export const authVariables = v.object({
  AUTH_SECRET: v.optional(secret),
  AUTH_JWKS_URL: v.optional(keySetUrl),
  AUTH_ALGORITHMS: v.optional(
    v.pipe(
      unlessBlank,
      v.transform((text) => text.split(",").map((name) => name.trim())),
    ),
  ),
  AUTH_ISSUER: v.optional(unlessBlank),
  AUTH_AUDIENCE: v.optional(unlessBlank),
  AUTH_KEYS: v.optional(keys),
});

/**
 * Reads AUTH_SECRET or AUTH_JWKS_URL, and AUTH_ALGORITHMS, AUTH_ISSUER and AUTH_AUDIENCE beside them, and AUTH_KEYS,
 * which may stand alone. There is no auth if none is set. Throws an Error that names the variable and what is allowed if
 * one is wrong.
 */
export function readAuthConfig(env: NodeJS.ProcessEnv): AuthConfig {
  const read = readVariables(authVariables, env);
  const { AUTH_SECRET: secret, AUTH_JWKS_URL: url, AUTH_ALGORITHMS: algorithms } = read;
  const accepted = read.AUTH_KEYS === "1" ? { keys: true as const } : undefined;
  const parties = { issuer: read.AUTH_ISSUER, audience: read.AUTH_AUDIENCE };

  if (secret !== undefined && url !== undefined) {
    throw new Error("AUTH_SECRET and AUTH_JWKS_URL are both set: only one of them is allowed");
  }
  if (secret !== undefined) {
    checkAlgorithms(algorithms ?? [], ["HS256"], "AUTH_SECRET");
    return { kind: "secret", secret, algorithms: ["HS256"], ...parties, ...accepted };
  }
  if (url !== undefined) {
    const checked = checkAlgorithms(algorithms ?? usualAlgorithms, publicKeyAlgorithms, "AUTH_JWKS_URL");
    return { kind: "jwks", url, algorithms: checked, ...parties, ...accepted };
  }
  const stray = details.find((name) => read[name] !== undefined);
  if (stray) throw new Error(`${stray} means nothing alone: set AUTH_JWKS_URL or AUTH_SECRET, or unset it`);
  return accepted ? { kind: "keys", ...accepted } : { kind: "none" };
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
