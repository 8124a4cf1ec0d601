import type { JWTPayload } from "jose";
import { maxNameLength } from "../domain/text.js";
import { type Viewer, grantScopes } from "./viewer.js";

const unwantedCharacter = /[\p{Cc}\p{Cs}]/u;

/** What a tenant or a reader may be called: 1 to 200 characters, not only white space, no control character, no lone surrogate. */
export function isCallerName(value: unknown): value is string {
  if (typeof value !== "string" || value.trim() === "" || unwantedCharacter.test(value)) return false;
  return [...value].length <= maxNameLength;
}

/**
 * The viewer that the claims of a verified token name: `tenant`, `sub` (none: no reader), and `scopes` (a list) or, where
 * that is absent, `scope` (words between spaces). Where a claim is malformed, its name instead.
 */
export function readClaims(payload: JWTPayload): Viewer | { malformed: string } {
  const { tenant, sub, exp } = payload;
  if (!isCallerName(tenant)) return { malformed: "tenant" };
  if (sub !== undefined && !isCallerName(sub)) return { malformed: "sub" };
  if (!Number.isFinite(exp)) return { malformed: "exp" };

  const scopeClaim = payload["scopes"] === undefined ? "scope" : "scopes";
  const words = scopeClaim === "scope" ? splitWords(payload["scope"] ?? "") : payload["scopes"];
  if (!isTextList(words)) return { malformed: scopeClaim };
  return { tenantId: tenant, readerId: sub ?? null, scopes: grantScopes(words), expiresAt: exp! };
}

function splitWords(value: unknown): string[] | undefined {
  return typeof value === "string" ? value.split(" ") : undefined;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}
