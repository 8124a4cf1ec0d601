import { requireScope } from "../auth/viewer.js";
import { AgentRunError, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { checkLeaseSeconds, hashLeaseToken, leaseConflict, newLeaseToken } from "../domain/lease.js";
import { isEnded, runEnded } from "../domain/run.js";
import type { RunRow } from "../store/row.js";
import { lockRun, saveClaim, saveNewToken } from "../store/run.js";
import { lockSessionOf } from "../store/session-locks.js";
import { findOpenWork } from "../store/open-work.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";
import { expireRunLease } from "./expire-run-leases.js";
import { readRun } from "./run.js";
import { actAs, assertMayActAs } from "./runner.js";
import { phase, writeEvents } from "./service-events.js";
import { type HeldSession, beginClaim, heldOf, renewClaim, sessionExpired } from "./session.js";

/** The input of {@link claimRun}: the run, the runner that claims it, and the length of the lease in seconds. */
export interface ClaimRunInput {
  runId: string;
  runnerId: string;
  leaseSeconds: number;
}

/**
 * Hands the run to the runner, with a new lease token. Throws RUNNER_LEASE_CONFLICT while another runner's lease
 * lives, and FORBIDDEN for another caller's runner. A runner that claims again while its own lease lives stays in the
 * same attempt.
 */
export async function claimRun(
  caller: Caller,
  input: ClaimRunInput,
): Promise<{ run: RunRow; leaseToken: string }> {
  requireScope(caller.viewer, "runner");
  const claim = {
    runId: checkId("run", input.runId, "input.runId"),
    runnerId: checkId("runner", input.runnerId, "input.runnerId"),
    leaseSeconds: checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds"),
    claimKey: null,
    mayRenew: true,
  };
  await assertMayActAs(caller, claim.runnerId);
  for (;;) {
    const result = await transaction(caller.store, async (tx) =>
      claimHeld(tx, caller, heldOf(await lockSessionOf(tx, "run", claim.runId)), claim),
    );
    if (result === "EXPIRED") await expireRunLease(caller.store, claim.runId);
    else if (result instanceof AgentRunError) throw result;
    else return { run: await readRun(caller, claim.runId), leaseToken: result };
  }
}

/** Who claims a run, for how long in seconds, and how. */
export interface RunLease {
  runnerId: string;
  leaseSeconds: number;
  /** The key by which the same runner gets the run again; null for none. */
  claimKey: string | null;
}

/** What became of a claim: the new lease token, the refusal, or EXPIRED if the lease of an earlier claim has to be ended first. */
export type ClaimResult = string | AgentRunError;

/**
 * Claims a run of a held session, or one without a session, that waits or, with `mayRenew`, that the runner holds already.
 */
export async function claimHeld(
  tx: Tx,
  caller: Caller,
  session: HeldSession | null,
  { runId, runnerId, leaseSeconds, claimKey, mayRenew }: RunLease & { runId: string; mayRenew: boolean },
): Promise<ClaimResult> {
  const leaseToken = newLeaseToken();
  const run = await lockRun(tx, runId);
  if (!run) return notFound("run", runId);
  if (isEnded(run.status)) return runEnded(run);
  if (session?.row.removing) return sessionExpired(session.row);
  const held = run.status === "CLAIMED";
  if (held && run.leaseExpired) return "EXPIRED";
  if (held && !(mayRenew && run.runnerId === runnerId))
    return leaseConflict(run, "is held by another runner");
  await actAs(tx, caller, runnerId, leaseSeconds);
  const leaseTokenHash = hashLeaseToken(leaseToken);
  const [, open] = await tx.together(() =>
    Promise.all([
      saveClaim(tx, { runId, runnerId, leaseTokenHash, leaseSeconds, newAttempt: !held, claimKey }),
      session && findOpenWork(tx, session.row.id),
    ]),
  );
  await tx.together(() =>
    Promise.all([
      session && open && (held ? renewClaim(tx, session, runId) : beginClaim(tx, session, runId, open)),
      writeEvents(tx, run, [phase("run-claimed", { runnerId })]),
    ]),
  );
  return leaseToken;
}

/**
 * Gives the runner a new token for a run that it holds by a living lease, which lasts from now on: the attempt stays, and no
 * event is written. Gives null if it does not hold the run.
 */
export async function renewToken(
  tx: Tx,
  caller: Caller,
  { runId, runnerId, leaseSeconds }: ClaimRunInput,
): Promise<string | null> {
  const run = await lockRun(tx, runId);
  if (run?.status !== "CLAIMED" || run.runnerId !== runnerId || run.leaseExpired) return null;
  await actAs(tx, caller, runnerId, leaseSeconds);
  const leaseToken = newLeaseToken();
  await saveNewToken(tx, { runId, leaseTokenHash: hashLeaseToken(leaseToken), leaseSeconds });
  return leaseToken;
}
