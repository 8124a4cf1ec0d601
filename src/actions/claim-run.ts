import { mayDo, requireScope } from "../auth/viewer.js";
import { AgentRunError, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import {
  assertMayWrite,
  checkLeaseSeconds,
  hashLeaseToken,
  leaseConflict,
  newLeaseToken,
} from "../domain/lease.js";
import { isEnded, runEnded } from "../domain/run.js";
import { anothersRunner, mayActAs } from "../domain/runner.js";
import { checkName, checkOptionalName } from "../domain/text.js";
import { lockLiveCommands } from "../store/command.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { findWaitingRun, lockRun, saveClaim, saveHeartbeat } from "../store/run.js";
import { findRunners } from "../store/runner.js";
import { saveSession } from "../store/session.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { expireRunLease } from "./finish-run.js";
import { readRun, requireRunSession } from "./run.js";
import { actAs, assertMayActAs, runnerUser } from "./runner.js";
import { phase, writeEvents } from "./service-events.js";
import { beginClaim, holdSession } from "./session.js";

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
    ...input,
    runnerId: checkId("runner", input.runnerId, "input.runnerId"),
    leaseSeconds: checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds"),
    sessionId: await requireRunSession(caller, input.runId, "input.runId"),
  };
  await assertMayActAs(caller, claim.runnerId);
  for (;;) {
    const result = await claimOnce(caller, claim, true);
    if (result === "EXPIRED") await expireRunLease(caller.store, claim.runId);
    else if (result instanceof AgentRunError) throw result;
    else return { run: await readRun(caller, claim.runId), leaseToken: result };
  }
}

/** The input of {@link claimNextRun}: the runner, the runs that it wants, and the length of the lease in seconds. */
export interface ClaimNextRunInput {
  runnerId: string;
  /** The profiles whose runs the runner wants. Default: those that it has registered. */
  backendProfiles?: readonly string[] | null;
  projectId?: string | null;
  leaseSeconds: number;
}

/**
 * Hands the oldest run that waits, or whose lease has expired, to the runner. Gives nulls if there is none. Either way
 * it notes that the runner was heard from. Throws FORBIDDEN for another caller's runner.
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

  for (;;) {
    const next = await findWaitingRun(caller.store, wanted);
    if (!next) {
      await transaction(caller.store, (tx) => actAs(tx, caller, runnerId, leaseSeconds));
      return { run: null, leaseToken: null };
    }
    const claim = { runId: next.id, sessionId: next.sessionId, runnerId, leaseSeconds };
    const result = await claimOnce(caller, claim, false);
    if (result === "EXPIRED") await expireRunLease(caller.store, next.id);
    // Another runner was faster, but there may be another run.
    else if (typeof result === "string") return { run: await readRun(caller, next.id), leaseToken: result };
  }
}

/**
 * Claims a run that waits or, with `mayRenew`, one that the runner holds already. Gives the new lease token, or the
 * refusal, or EXPIRED if the lease of an earlier claim has to be ended first.
 */
function claimOnce(
  caller: Caller,
  { runId, sessionId, runnerId, leaseSeconds }: ClaimRunInput & { sessionId: string | null },
  mayRenew: boolean,
): Promise<string | AgentRunError> {
  const leaseToken = newLeaseToken();
  return transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, sessionId);
    const run = await lockRun(tx, runId);
    if (!run) return notFound("run", runId);
    if (isEnded(run.status)) return runEnded(run);
    const held = run.status === "CLAIMED";
    if (held && run.leaseExpired) return "EXPIRED";
    if (held && !(mayRenew && run.runnerId === runnerId))
      return leaseConflict(run, "is held by another runner");
    await actAs(tx, caller, runnerId, leaseSeconds);
    await saveClaim(tx, {
      runId,
      runnerId,
      leaseTokenHash: hashLeaseToken(leaseToken),
      leaseSeconds,
      newAttempt: !held,
    });
    if (session && held) await saveSession(tx, session.row, { lastRunId: runId });
    if (session && !held) await beginClaim(tx, session, runId);
    await writeEvents(tx, run, [phase("run-claimed", { runnerId })]);
    return leaseToken;
  });
}

/**
 * The input of {@link heartbeatRun}: the run, its holder with the lease token, and the length of the lease from now.
 */
export interface HeartbeatRunInput extends ClaimRunInput {
  leaseToken: string;
}

/**
 * Lets the lease last for `leaseSeconds` from now, and tells what waits for the runner. Changes nothing of a run that
 * has ended. Throws RUNNER_LEASE_CONFLICT if the caller does not hold the run or its lease has expired, and FORBIDDEN
 * for another caller's runner.
 */
export async function heartbeatRun(
  caller: Caller,
  input: HeartbeatRunInput,
): Promise<{ run: RunRow; pendingCommands: CommandRow[]; cancelRequested: boolean }> {
  requireScope(caller.viewer, "runner");
  const runnerId = checkId("runner", input.runnerId, "input.runnerId");
  const leaseSeconds = checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds");
  checkId("run", input.runId, "input.runId");
  await assertMayActAs(caller, runnerId);

  const pendingCommands = await transaction(caller.store, async (tx) => {
    const run = await lockRun(tx, input.runId);
    if (!run) throw notFound("run", input.runId);
    if (isEnded(run.status)) return [];
    const operator = mayDo(caller.viewer, "operator");
    assertMayWrite(run, { leaseToken: input.leaseToken, operator });
    if (run.runnerId !== runnerId) throw leaseConflict(run, "is held by another runner");
    await saveHeartbeat(tx, run.id, leaseSeconds);
    await actAs(tx, caller, runnerId, leaseSeconds);
    return (await lockLiveCommands(tx, run.id)).filter(({ state }) => state === "PENDING");
  });
  const run = await readRun(caller, input.runId);
  return { run, pendingCommands, cancelRequested: run.status === "CANCELLED" };
}
