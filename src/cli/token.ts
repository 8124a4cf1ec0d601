import { signToken } from "../auth/token.js";
import type { Scope } from "../auth/viewer.js";
import { readAuthConfig } from "../server/auth-config.js";
import { print } from "./terminal.js";

/** The flags of `token`, which say what the token holds. */
export interface TokenFlags {
  tenant: string;
  reader?: string;
  scopes: Scope[];
  /** How long the token holds, in seconds. */
  ttl: number;
}

/** Prints a token that a service with the same AUTH_SECRET, AUTH_ISSUER and AUTH_AUDIENCE accepts. */
export async function token(flags: TokenFlags): Promise<void> {
  const config = readAuthConfig(process.env);
  if (config.kind !== "secret") throw new Error("AUTH_SECRET is missing: a token is signed with it");
  const { secret, issuer, audience } = config;
  const signed = await signToken({
    secret,
    tenant: flags.tenant,
    ...(flags.reader === undefined ? {} : { reader: flags.reader }),
    scopes: flags.scopes,
    ttlSeconds: flags.ttl,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  });
  print(`${signed}\n`);
}
