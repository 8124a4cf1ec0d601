import { AgentRunError } from "./errors.js";

/** A caller that wants to act as a runner. */
export interface RunnerUser {
  /** The caller to whom the runners that it registers belong. Null without auth: then nothing is bound. */
  callerId: string | null;
  /** Whether it may act as any runner. */
  operator: boolean;
}

/**
 * Tells whether a caller may act as a runner: the runner is its own or nobody's, or the caller is an operator, or there
 * is no auth. `owner` is the caller to whom the runner belongs, or null.
 */
export function mayActAs(owner: string | null, { callerId, operator }: RunnerUser): boolean {
  return owner === null || owner === callerId || callerId === null || operator;
}

/** Makes the error for a caller that acts as another caller's runner. It does not say whose the runner is. */
export function anothersRunner(runnerId: string): AgentRunError {
  return new AgentRunError(
    `runner ${runnerId} belongs to another caller: only who registered it, or an operator, may act as it`,
    { code: "FORBIDDEN", details: { runnerId } },
  );
}
