import { requireScope } from "../auth/viewer.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { checkLeaseSeconds } from "../domain/lease.js";
import { mayActAs, anothersRunner } from "../domain/runner.js";
import { checkName, checkOptionalName } from "../domain/text.js";
import type { RunRow } from "../store/row.js";
import {
  type WaitingRun,
  type WantedRuns,
  findRunByClaim,
  findWaitingRuns,
  lockWaitingOfSession,
  lockWaitingRun,
} from "../store/waiting-run.js";
import { findRunners } from "../store/runner.js";
import { lockFreeTree } from "../store/session-locks.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";
import { type ClaimResult, type RunLease, claimHeld, renewToken } from "./claim-run.js";
import { expireRunLease } from "./expire-run-leases.js";
import { takeOptionalName } from "./intake.js";
import { readRun } from "./run.js";
import { actAs, runnerUser } from "./runner.js";
import { type HeldSession, holdSession } from "./session.js";

/** The input of {@link claimNextRun}: the runner, the runs that it wants, and the length of the lease in seconds. */
export interface ClaimNextRunInput {
  runnerId: string;
  /** The profiles whose runs the runner wants. Default: those that it has registered. */
  backendProfiles?: readonly string[] | null;
  projectId?: string | null;
  leaseSeconds: number;
  /** The same runner with the same key gets the same run while its lease lives. Default: none, and each call claims another. */
  idempotencyKey?: string | null;
}

/**
 * Hands the oldest run that waits, or whose lease has expired, to the runner. Runs that are parked, and those of a session
 * another run of which is held, are passed over. Gives nulls if there is none. Either way it notes that the runner was
 * heard from. Throws FORBIDDEN for another caller's runner.
 */
export async function claimNextRun(
  caller: Caller,
  input: ClaimNextRunInput,
): Promise<{ run: RunRow | null; leaseToken: string | null }> {
  requireScope(caller.viewer, "runner");
  const runnerId = checkId("runner", input.runnerId, "input.runnerId");
  const leaseSeconds = checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds");
  const projectId = checkOptionalName(input.projectId, "input.projectId");
  const asked = input.backendProfiles?.map((name, index) =>
    checkName(name, `input.backendProfiles.${index}`),
  );
  const [runner] = await findRunners(caller.store, [runnerId]);
  if (!runner) throw notFound("runner", runnerId);
  if (!mayActAs(runner.owner, runnerUser(caller))) throw anothersRunner(runnerId);
  const wanted = { backendProfiles: asked ?? runner.backendProfiles, projectId };

  const claimKey = takeOptionalName("ClaimNextRunInput.idempotencyKey", input.idempotencyKey);
  const lease = { runnerId, leaseSeconds, claimKey };
  for (;;) {
    const earlier = await claimAgain(caller, lease);
    if (earlier) return earlier;
    const waiting = await findWaitingRuns(caller.store, wanted);
    const [first] = waiting;
    if (!first) {
      const isClaimed = await transaction(caller.store, async (tx) => {
        await actAs(tx, caller, runnerId, leaseSeconds);
        return hasClaimed(tx, lease);
      });
      // Another call with the same key was faster.
      if (isClaimed) continue;
      return { run: null, leaseToken: null };
    }
    const free = await claimFree(caller, waiting, lease);
    const claimed = free ?? (await claimInTurn(caller, first, wanted, lease));
    if (claimed?.result === "EXPIRED") await expireRunLease(caller.store, claimed.runId);
    // Others were faster, but there may be another run.
    else if (typeof claimed?.result === "string")
      return { run: await readRun(caller, claimed.runId), leaseToken: claimed.result };
  }
}

/** What became of the claim of a run. */
interface Claimed {
  runId: string;
  /** Null if it was not to be had: see {@link claimWaiting}. */
  result: ClaimResult | null;
}

/**
 * Gives the run that the runner claimed with this key before, if its lease lives: with a new token, in the same attempt. If
 * the lease has expired, it is ended first. Gives undefined if the runner holds no run by this key.
 */
async function claimAgain(
  caller: Caller,
  { runnerId, leaseSeconds, claimKey }: RunLease,
): Promise<{ run: RunRow; leaseToken: string } | undefined> {
  if (claimKey === null) return undefined;
  const runId = await findRunByClaim(caller.store, { runnerId, claimKey });
  if (runId === undefined) return undefined;
  const leaseToken = await transaction(caller.store, (tx) =>
    renewToken(tx, caller, { runId, runnerId, leaseSeconds }),
  );
  if (leaseToken !== null) return { run: await readRun(caller, runId), leaseToken };
  await expireRunLease(caller.store, runId);
  return undefined;
}

/** Claims the first of the waiting runs that nobody else is at, neither at the run nor at its session's tree; waits for none. */
function claimFree(caller: Caller, waiting: readonly WaitingRun[], lease: RunLease): Promise<Claimed | null> {
  const sessions = new Set(waiting.map(({ sessionId }) => sessionId).filter((id) => id !== null));
  return transaction(caller.store, async (tx) => {
    const free = sessions.size > 0 ? await lockFreeTree(tx, [...sessions]) : [];
    const open = waiting.filter(({ sessionId }) => sessionId === null || free.includes(sessionId));
    const runId = await lockWaitingRun(
      tx,
      open.map(({ id }) => id),
    );
    const run = open.find(({ id }) => id === runId);
    if (!run) return null;
    const session = await holdSession(tx, run.sessionId);
    return { runId: run.id, result: await claimWaiting(tx, caller, session, { ...lease, runId: run.id }) };
  });
}

/**
 * Waits for the session of a waiting run, and claims the run of it that is the oldest by then: those who wait for one session
 * get one run after the other, in the order in which they came.
 */
function claimInTurn(
  caller: Caller,
  { id, sessionId }: WaitingRun,
  wanted: WantedRuns,
  lease: RunLease,
): Promise<Claimed | null> {
  return transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, sessionId);
    const runId = session ? await lockWaitingOfSession(tx, { ...wanted, sessionId: session.row.id }) : id;
    if (runId === undefined) return null;
    return { runId, result: await claimWaiting(tx, caller, session, { ...lease, runId }) };
  });
}

/**
 * Claims a run that was locked waiting. Gives null if another call with the same key has claimed a run.
 */
async function claimWaiting(
  tx: Tx,
  caller: Caller,
  session: HeldSession | null,
  claim: RunLease & { runId: string },
): Promise<ClaimResult | null> {
  if (await hasClaimed(tx, claim)) return null;
  return claimHeld(tx, caller, session, { ...claim, mayRenew: false });
}

/** Tells whether the runner holds a run by this key, or held it until its lease expired. */
async function hasClaimed(tx: Tx, { runnerId, claimKey }: RunLease): Promise<boolean> {
  return claimKey !== null && (await findRunByClaim(tx, { runnerId, claimKey })) !== undefined;
}
