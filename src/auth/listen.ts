/*
 * Where a service without auth may be reached. It trusts every caller, so it listens on loopback only. Since any page
 * in a browser can call loopback, the Host header must be a loopback name too: a page that rebinds its own name in DNS
 * still sends that name. So must the Origin, since a browser lets any site open a WebSocket.
 */
import { isIP } from "node:net";
import type { AuthConfig } from "./config.js";
import { isLoopbackHost } from "./loopback.js";

const namedHost = /^(\[[^[\]]+\]|[^:[\]]+)(?::\d{1,5})?$/;
const webOrigin = /^https?:\/\/(.+)$/i;

/** Throws an Error that says which variables to set if there is no auth and the host is not loopback. */
export function assertMayListen(host: string, config: AuthConfig): void {
  if (config.kind !== "none" || isLoopbackHost(host)) return;
  throw new Error(
    `without auth the service listens on loopback only (127.0.0.1, ::1 or localhost), not on "${host}": ` +
      "set AUTH_KEYS, AUTH_JWKS_URL or AUTH_SECRET to listen elsewhere",
  );
}

/** Tells whether a Host header is one: a name of at most 253 characters or an address, with a port or without. */
export function isHostHeader(hostHeader: string): boolean {
  return /^(?:\[[0-9a-f:.]{2,45}\]|[\w.-]{1,253})(?::\d{1,5})?$/i.test(hostHeader);
}

/**
 * Tells whether a Host header names a machine by its address, or this machine. No page can have another site's name lead there
 * and still send it.
 */
export function isAddressHeader(hostHeader: string | undefined): boolean {
  const host = namedHost.exec(hostHeader ?? "")?.[1];
  return host !== undefined && (isLoopbackHost(host) || isIP(host.replace(/^\[|\]$/g, "")) !== 0);
}

/** Tells whether a Host header names loopback, with any port or none. Gives false if it is missing or malformed. */
export function isLoopbackHostHeader(hostHeader: string | undefined): boolean {
  const host = namedHost.exec(hostHeader ?? "")?.[1];
  return host !== undefined && isLoopbackHost(host);
}

/**
 * Tells whether a service without auth may answer. The Host must be loopback. The Origin must be absent (no browser)
 * or an http or https origin on loopback. Its port may be any, so that a development server on another port works.
 * `null` is refused.
 */
export function isAllowedOrigin(origin: string | undefined, hostHeader: string | undefined): boolean {
  if (!isLoopbackHostHeader(hostHeader)) return false;
  return origin === undefined || isLoopbackHostHeader(webOrigin.exec(origin)?.[1]);
}
