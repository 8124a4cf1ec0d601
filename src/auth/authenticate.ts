import { isMeantAsApiKey } from "../domain/api-key.js";
import { type KeyBook, readApiKey } from "./api-key.js";
import { readClaims } from "./claims.js";
import type { AuthConfig } from "./config.js";
import type { KeySetTimes } from "./key-set.js";
import { notValid, unauthenticated } from "./refusal.js";
import { type VerifyOptions, createVerify } from "./verification.js";
import { type Viewer, localViewer } from "./viewer.js";

/**
 * Gives the viewer that an authorization header (`Bearer <token>`) stands for. The token is a JWT or an API key. Fails
 * with UNAUTHENTICATED, or with UNAVAILABLE if the keys that verify tokens cannot be had or API keys not be looked up.
 */
export type Authenticate = (
  authorization: string | null | undefined,
  options?: VerifyOptions,
) => Promise<Viewer>;

/** How long an authorization header may be, in characters. A longer one is refused unread. */
const maxAuthorizationLength = 8_192;

const bearer = /^Bearer +([\w.~+/=-]+)$/i;

/**
 * Builds the function that knows callers, by the config. Without auth, it gives `localViewer` for every header. API keys
 * are looked up in `book`, if the config takes them.
 */
export function createAuthenticate(config: AuthConfig, times?: KeySetTimes, book?: KeyBook): Authenticate {
  if (config.kind === "none") return async () => localViewer;
  const verify = config.kind === "keys" ? undefined : createVerify(config, times);
  const keys = config.keys ? book : undefined;
  return async (authorization, options) => {
    const token = readToken(authorization);
    if (keys && isMeantAsApiKey(token))
      return readApiKey(token, keys, { fresh: options?.freshKeys ?? false });
    if (!verify) throw notValid("this service takes API keys alone");
    const viewer = readClaims(await verify(token, options));
    if ("malformed" in viewer) throw notValid(`its claim "${viewer.malformed}" is missing or malformed`);
    return viewer;
  };
}

function readToken(authorization: string | null | undefined): string {
  if (typeof authorization !== "string" || authorization === "") {
    throw unauthenticated('authorization is missing: send "Bearer <token>"');
  }
  if (authorization.length > maxAuthorizationLength)
    throw unauthenticated("authorization is longer than 8 KiB");
  const token = bearer.exec(authorization.trim())?.[1];
  if (!token) throw unauthenticated('authorization is malformed: send "Bearer <token>"');
  return token;
}
