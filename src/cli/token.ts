import { authConfigFromEnv } from "../auth/config.js";
import { signToken } from "../auth/token.js";
import { type Scope, scopes } from "../auth/viewer.js";
import { print } from "./terminal.js";

/** The flags of `token`, which say what the token holds. */
export interface TokenFlags {
  tenant: string;
  reader?: string;
  scopes: string;
  ttl: string;
}

/** Prints a token that a service with the same AUTH_SECRET, AUTH_ISSUER and AUTH_AUDIENCE accepts. */
export async function token(flags: TokenFlags): Promise<void> {
  const config = authConfigFromEnv(process.env);
  if (config.kind !== "secret") throw new Error("AUTH_SECRET is missing: a token is signed with it");
  const words = flags.scopes.split(",").map((word) => word.trim());
  const wrong = words.find((word) => !scopes.includes(word as Scope));
  if (wrong !== undefined)
    throw new Error(`--scopes must be some of ${scopes.join(", ")}, with commas between`);
  const ttlSeconds = Number(flags.ttl);
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1)
    throw new Error("--ttl must be a whole number of seconds, 1 or more");
  const { secret, issuer, audience } = config;
  const signed = await signToken({
    secret,
    tenant: flags.tenant,
    ...(flags.reader === undefined ? {} : { reader: flags.reader }),
    scopes: words as Scope[],
    ttlSeconds,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  });
  print(`${signed}\n`);
}
