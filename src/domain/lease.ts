import { createHash, randomBytes } from "node:crypto";
import { AgentRunError, badUserInput } from "./errors.js";
import type { RunStatus } from "./run.js";

/** How long a lease lasts if the runner asks for nothing else, in seconds. */
export const defaultLeaseSeconds = 60;

/** The longest lease, in seconds. The shortest is 1. */
export const maxLeaseSeconds = 3600;

/** After how many expired leases a run fails if its creator says nothing. */
export const defaultRunAttempts = 3;

/** The most attempts that a run or task may ask for. */
export const maxMaxAttempts = 100;

/** Gives the number of attempts back as it is. Throws BAD_USER_INPUT if it is not from 1 to the maximum. */
export function checkMaxAttempts(attempts: number, field: string): number {
  if (attempts < 1 || attempts > maxMaxAttempts)
    throw badUserInput(field, `must be from 1 to ${maxMaxAttempts}`);
  return attempts;
}

/**
 * What decides whether a caller may write to a run. Whether the lease has expired is read from the database's clock.
 */
export interface HeldRun {
  id: string;
  status: RunStatus;
  runnerId: string | null;
  attempt: number;
  leaseTokenHash: string | null;
  leaseExpired: boolean;
}

/** Makes a new lease token of 256 random bits. It is sent to its holder once. */
export function newLeaseToken(): string {
  return `lease_${randomBytes(32).toString("base64url")}`;
}

/** Gives what is stored of a lease token: its SHA-256 in hex. */
export function hashLeaseToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Gives the length of a lease back as it was asked for, in seconds. Throws BAD_USER_INPUT if it is out of range. */
export function checkLeaseSeconds(seconds: number, field: string): number {
  if (seconds < 1 || seconds > maxLeaseSeconds)
    throw badUserInput(field, `must be from 1 to ${maxLeaseSeconds} seconds`);
  return seconds;
}

/** A caller that wants to write to a run or attempt, which a lease may hold. */
export interface LeaseWriter {
  leaseToken: string | null;
  operator: boolean;
}

/**
 * Tells why a caller may not write to a run or attempt, in words that follow its name in a sentence. Gives null if the
 * caller may write. Appends are judged by the same rule in SQL, under the run's lock: see `judged` in
 * store/event-log/append.ts.
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
 * Throws RUNNER_LEASE_CONFLICT if this caller may not write to the run. A caller that sends a lease token must hold
 * the run by a lease that lives. A caller without a token may write if nobody holds the run, or if it is an operator.
 */
export function assertMayWrite(run: HeldRun, writer: LeaseWriter): void {
  const why = whyNotHeld({ ...run, held: run.status === "CLAIMED" }, writer);
  if (why !== null) throw leaseConflict(run, why);
}

/** Whether this caller may write to the run, by the rule of {@link assertMayWrite}. */
export function mayWrite(run: HeldRun, writer: LeaseWriter): boolean {
  return whyNotHeld({ ...run, held: run.status === "CLAIMED" }, writer) === null;
}

/** Makes the error for a caller that does what only the holder of a run may do. */
export function leaseConflict(run: { id: string; attempt: number }, why: string): AgentRunError {
  return new AgentRunError(`run ${run.id} ${why}`, {
    code: "RUNNER_LEASE_CONFLICT",
    failureKind: "RUNNER_LEASE_CONFLICT",
    details: { runId: run.id, attempt: run.attempt },
  });
}
