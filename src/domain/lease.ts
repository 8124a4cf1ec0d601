import { createHash, randomBytes } from "node:crypto";
import { AgentRunError, badUserInput } from "./errors.js";
import type { RunStatus } from "./run.js";

/** How long a lease lasts where the runner asks for nothing else, in seconds. */
export const defaultLeaseSeconds = 60;

/** The longest lease, in seconds; the shortest is 1. */
export const maxLeaseSeconds = 3600;

/** After how many expired leases a run fails where its creator says nothing. */
export const defaultRunAttempts = 3;

/** The most attempts that a run or task may ask for. */
export const maxMaxAttempts = 100;

/** How many attempts there may be, or BAD_USER_INPUT. */
export function checkMaxAttempts(attempts: number, field: string): number {
  if (attempts < 1 || attempts > maxMaxAttempts)
    throw badUserInput(field, `must be from 1 to ${maxMaxAttempts}`);
  return attempts;
}

/** What decides whether somebody may write to a run. `leaseExpired` is said by the database's clock. */
export interface HeldRun {
  id: string;
  status: RunStatus;
  runnerId: string | null;
  attempt: number;
  leaseTokenHash: string | null;
  leaseExpired: boolean;
}

/** A new lease token: 256 random bits, sent to its holder once. */
export function newLeaseToken(): string {
  return `lease_${randomBytes(32).toString("base64url")}`;
}

/** What is stored of a lease token: SHA-256 in hex. */
export function hashLeaseToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The length of a lease in seconds as it was asked for, or BAD_USER_INPUT. */
export function checkLeaseSeconds(seconds: number, field: string): number {
  if (seconds < 1 || seconds > maxLeaseSeconds)
    throw badUserInput(field, `must be from 1 to ${maxLeaseSeconds} seconds`);
  return seconds;
}

/** Who wants to write to what a lease may hold. */
export interface LeaseWriter {
  leaseToken: string | null;
  operator: boolean;
}

/**
 * What is wrong with a write to what a lease may hold, to follow its name in a sentence; null if it may be done. Appends are
 * judged by the same rule in SQL, under the run's lock: see `judged` in store/event-log/append.ts.
 */
export function whyNotHeld(
  hold: { held: boolean; leaseTokenHash: string | null; leaseExpired: boolean },
  { leaseToken, operator }: LeaseWriter,
): string | null {
  if (leaseToken === null)
    return hold.held && !operator ? "is held by a runner: its lease token is needed" : null;
  if (!hold.held || hold.leaseTokenHash !== hashLeaseToken(leaseToken))
    return "is not held by the sender of this lease token";
  return hold.leaseExpired ? "was held by a lease that has expired" : null;
}

/**
 * RUNNER_LEASE_CONFLICT where this write may not go into the run: a token that is sent must be that of a lease that
 * lives; without one, only a run that nobody holds, or an operator, may write.
 */
export function assertMayWrite(run: HeldRun, writer: LeaseWriter): void {
  const why = whyNotHeld({ ...run, held: run.status === "CLAIMED" }, writer);
  if (why !== null) throw leaseConflict(run, why);
}

/** The refusal of what only the holder of a run may do. */
export function leaseConflict(run: { id: string; attempt: number }, why: string): AgentRunError {
  return new AgentRunError(`run ${run.id} ${why}`, {
    code: "RUNNER_LEASE_CONFLICT",
    failureKind: "RUNNER_LEASE_CONFLICT",
    details: { runId: run.id, attempt: run.attempt },
  });
}
