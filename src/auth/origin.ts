/*
 * Which pages in browsers may call. A browser sends what any page asks for, with what the network or a proxy adds to
 * it, but it says which page that was: by Origin, by Sec-Fetch-Site (which no page can set), or by Referer. Programs say
 * none of them and are judged by their token alone. docs/protocol.md ("From a page") has the rule for people.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isAddressHeader, isAllowedOrigin } from "./listen.js";

/** Whose pages may call. */
export interface OriginRule {
  /** True if there is no auth. Then pages on loopback may call, whatever `origins` says, and no others. */
  localOnly: boolean;
  /** CORS_ORIGINS. With auth their pages may call besides the service's own. `*` stands for all. */
  origins: readonly string[];
}

/**
 * Judges the Host and the Origin of a request or an upgrade. Gives undefined if it may be answered, else the reason of a
 * 403.
 */
export function refuseOrigin(rule: OriginRule, headers: IncomingHttpHeaders): string | undefined {
  const { origin, host } = headers;
  if (rule.localOnly) {
    return isAllowedOrigin(origin, host)
      ? undefined
      : "without auth only this machine may call: use a loopback host name and origin";
  }
  const isOurs = origin === undefined || isOwnPage(origin, headers) || isNamed(rule, origin);
  return isOurs ? undefined : "pages of this origin may not call: CORS_ORIGINS does not name it";
}

/**
 * Judges the Host and the Origin of an upgrade, as {@link refuseOrigin} does. With auth a page's socket must come from an origin that
 * CORS_ORIGINS names, or from the service's own page at an address: a name could be any site's that leads here.
 */
export function refuseUpgrade(rule: OriginRule, headers: IncomingHttpHeaders): string | undefined {
  const { origin, host } = headers;
  if (rule.localOnly || origin === undefined) return refuseOrigin(rule, headers);
  if (isNamed(rule, origin) || (isAddressHeader(host) && isAtHost(origin, host))) return undefined;
  return "pages of this origin may open no socket: CORS_ORIGINS does not name it";
}

/**
 * Judges a request that {@link refuseOrigin} has let pass: a GET that a browser sent for a page of another origin, as an
 * image or a script, without asking first and perhaps without an Origin. Gives undefined if it may be answered, else the
 * reason of a 403. Every other method but HEAD needs a preflight, since its body must be JSON.
 */
export function refuseUnasked(
  rule: OriginRule,
  { method, headers }: { method?: string | undefined; headers: IncomingHttpHeaders },
): string | undefined {
  if ((method !== "GET" && method !== "HEAD") || headers.origin !== undefined) return undefined;
  const { referer, accept } = headers;
  const site = headers["sec-fetch-site"];
  const isElsewhere =
    site === undefined
      ? isUnasked(headers) && (referer === undefined || !isKnownPage(rule, referer, headers))
      : site !== "same-origin" && site !== "none";
  if (isElsewhere)
    return "a page of another origin may send a query by GET only with fetch, and if its origin is allowed";
  const isImage = headers["sec-fetch-dest"] === "image" || /^\s*image\//i.test(accept ?? "");
  return isImage ? "an image cannot be a query" : undefined;
}

/** Tells whether a page may have had this sent by a browser that says nothing of it: it has no header that needs to be asked for. */
function isUnasked(headers: IncomingHttpHeaders): boolean {
  const isBrowser = headers.referer !== undefined || headers["user-agent"]?.startsWith("Mozilla/") === true;
  const type = headers["content-type"] ?? "";
  const hasAsked =
    headers.authorization !== undefined ||
    /^application\/(?:graphql\+)?json\b/.test(type) ||
    askedFor.some((name) => headers[name] !== undefined);
  return isBrowser && !hasAsked;
}

/** Headers that clients send so that browsers ask before they send a request. */
const askedFor = [
  "x-graphql-yoga-csrf",
  "x-apollo-operation-name",
  "apollo-require-preflight",
  "graphql-require-preflight",
];

/**
 * The headers by which a browser lets a page read an answer; empty for a caller that is no page. Call it only for a
 * request that {@link refuseOrigin} has let pass. Without credentials: a page sends its token itself.
 */
export function corsHeaders(headers: IncomingHttpHeaders): Map<string, string> {
  const { origin } = headers;
  if (origin === undefined) return new Map();
  const asked = headers["access-control-request-headers"];
  const allowed = new Map([
    ["access-control-allow-origin", origin],
    ["vary", "origin"],
  ]);
  if (headers["access-control-request-method"] !== undefined)
    allowed.set("access-control-allow-methods", "GET, POST");
  if (asked !== undefined) allowed.set("access-control-allow-headers", asked);
  return allowed;
}

/** Tells whether CORS_ORIGINS names the origin. */
function isNamed({ origins }: OriginRule, origin: string): boolean {
  return origins.includes(origin) || origins.includes("*");
}

/** Tells whether the page that a Referer names may call. Without auth the Host is loopback by now. */
function isKnownPage(rule: OriginRule, referer: string, headers: IncomingHttpHeaders): boolean {
  const origin = URL.canParse(referer) ? new URL(referer).origin : "null";
  if (rule.localOnly) return isAllowedOrigin(origin, headers.host);
  return isOwnPage(origin, headers) || isNamed(rule, origin);
}

/**
 * Tells whether the service's own page is at this origin: by the Host header, whose scheme is not known behind a proxy
 * that ends TLS, or by what the browser says itself, if a proxy put another Host.
 */
function isOwnPage(origin: string, headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-site"] === "same-origin" || isAtHost(origin, headers.host);
}

function isAtHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const { protocol, host: page } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === page;
}
