/** Why a run, a command or a call failed. The graph and the database use the same words. */
export const failureKinds = [
  "SCHEMA_INVALID",
  "CANCELLED",
  "RUNNER_LEASE_CONFLICT",
  "TENANT_POLICY_DENIED",
  "INFRA_FAILED",
  "LEASE_EXPIRED",
  "PROVIDER_UNAVAILABLE",
  "PROVIDER_STREAM_DISCONNECTED",
  "PROVIDER_AUTH_FAILED",
  "PROVIDER_RATE_LIMITED",
  "BACKEND_FAILED",
  "BACKEND_TIMEOUT",
  "BACKEND_PROTOCOL_ERROR",
  "SECRET_UNAVAILABLE",
] as const;

/** One of {@link failureKinds}. */
export type FailureKind = (typeof failureKinds)[number];

/** Gives the word that payloads and error extensions use for an enum value: in lower case, with hyphens. */
export function toKebab(word: string): string {
  return word.toLowerCase().replaceAll("_", "-");
}

/**
 * Gives the enum value that a payload's word stands for, or undefined if it is none of `allowed`. The word may be in
 * any case, with hyphens or underscores.
 */
export function fromKebab<Word extends string>(word: string, allowed: readonly Word[]): Word | undefined {
  const upper = word.toUpperCase().replaceAll("-", "_");
  return allowed.find((candidate) => candidate === upper);
}
