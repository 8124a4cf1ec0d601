import type { JWTPayload } from "jose";
import { maxNameLength } from "../domain/text.js";
import { clockToleranceSeconds } from "./verification.js";
import { type Viewer, callerOfToken, grantScopes } from "./viewer.js";

const unwantedCharacter = /[\p{Cc}\p{Cs}]/u;

/**
 * Tells whether a tenant or a reader may have this name: it has 1 to 200 characters, not only white space, and neither
 * control characters nor lone surrogates.
 */
export function isCallerName(value: unknown): value is string {
  if (typeof value !== "string" || value.trim() === "" || unwantedCharacter.test(value)) return false;
  return [...value].length <= maxNameLength;
}

/**
 * Reads the viewer from the claims of a verified token. `tenant` names the tenant, and `sub` the reader, if there is
 * one. `scopes` is a list. If it is absent, `scope` is read instead, whose words stand between spaces. If a claim is
 * malformed, gives the claim's name instead of a viewer.
 */
export function readClaims(payload: JWTPayload): Viewer | { malformed: string } {
  const { tenant, sub, exp } = payload;
  if (!isCallerName(tenant)) return { malformed: "tenant" };
  if (sub !== undefined && !isCallerName(sub)) return { malformed: "sub" };
  if (!Number.isFinite(exp)) return { malformed: "exp" };

  const scopeClaim = payload["scopes"] === undefined ? "scope" : "scopes";
  const words = scopeClaim === "scope" ? splitWords(payload["scope"] ?? "") : payload["scopes"];
  if (!isTextList(words)) return { malformed: scopeClaim };
  return {
    tenantId: tenant,
    readerId: sub ?? null,
    callerId: callerOfToken(sub),
    scopes: grantScopes(words),
    expiresAt: exp! + clockToleranceSeconds,
  };
}

function splitWords(value: unknown): string[] | undefined {
  return typeof value === "string" ? value.split(" ") : undefined;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}
