import { mayDo, requireScope } from "../auth/viewer.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import {
  assertMayWrite,
  checkLeaseSeconds,
  hashLeaseToken,
  leaseConflict,
  newLeaseToken,
} from "../domain/lease.js";
import { isEnded, runEnded } from "../domain/run.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { lockLiveCommands } from "../store/command.js";
import { lockRun, saveClaim, saveHeartbeat } from "../store/run.js";
import { touchRunner } from "../store/runner.js";
import { saveSession } from "../store/session.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { expireRunLease } from "./finish-run.js";
import { readRun, requireRunSession } from "./run.js";
import { phase, writeEvents } from "./service-events.js";
import { beginClaim, holdSession } from "./session.js";

/** Who claims which run, and for how long in seconds. */
export interface ClaimRunInput {
  runId: string;
  runnerId: string;
  leaseSeconds: number;
}

/**
 * Hands the run to the runner, with a new token. RUNNER_LEASE_CONFLICT while another's lease lives; the same holder
 * claiming again while its own lives stays in the same attempt.
 */
export async function claimRun(
  caller: Caller,
  input: ClaimRunInput,
): Promise<{ run: RunRow; leaseToken: string }> {
  requireScope(caller.viewer, "runner");
  const runnerId = checkId("runner", input.runnerId, "input.runnerId");
  const leaseSeconds = checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds");
  const sessionId = await requireRunSession(caller, input.runId, "input.runId");
  const leaseToken = newLeaseToken();

  const claimOnce = () =>
    transaction(caller.store, async (tx) => {
      const session = await holdSession(tx, sessionId);
      const run = await lockRun(tx, input.runId);
      if (!run) throw notFound("run", input.runId);
      if (isEnded(run.status)) throw runEnded(run);
      const held = run.status === "CLAIMED";
      if (held && run.leaseExpired) return false;
      if (held && run.runnerId !== runnerId) throw leaseConflict(run, "is held by another runner");
      if (!(await touchRunner(tx, runnerId, leaseSeconds))) throw notFound("runner", runnerId);

      const claim = { runId: run.id, runnerId, leaseTokenHash: hashLeaseToken(leaseToken), leaseSeconds };
      await saveClaim(tx, { ...claim, newAttempt: !held });
      if (session && held) await saveSession(tx, session.row, { lastRunId: run.id });
      if (session && !held) await beginClaim(tx, session, run.id);
      await writeEvents(tx, run, [phase("run-claimed", { runnerId })]);
      return true;
    });
  while (!(await claimOnce())) await expireRunLease(caller.store, input.runId);
  return { run: await readRun(caller, input.runId), leaseToken };
}

/** Who is still at work on which run. */
export interface HeartbeatRunInput extends ClaimRunInput {
  leaseToken: string;
}

/**
 * Lengthens the lease from now and says what waits for the runner. Changes nothing of an ended run; for anyone but the
 * holder, or after the lease has expired, RUNNER_LEASE_CONFLICT.
 */
export async function heartbeatRun(
  caller: Caller,
  input: HeartbeatRunInput,
): Promise<{ run: RunRow; pendingCommands: CommandRow[]; cancelRequested: boolean }> {
  requireScope(caller.viewer, "runner");
  const runnerId = checkId("runner", input.runnerId, "input.runnerId");
  const leaseSeconds = checkLeaseSeconds(input.leaseSeconds, "input.leaseSeconds");
  checkId("run", input.runId, "input.runId");

  const pendingCommands = await transaction(caller.store, async (tx) => {
    const run = await lockRun(tx, input.runId);
    if (!run) throw notFound("run", input.runId);
    if (isEnded(run.status)) return [];
    const operator = mayDo(caller.viewer, "operator");
    assertMayWrite(run, { leaseToken: input.leaseToken, operator });
    if (run.runnerId !== runnerId) throw leaseConflict(run, "is held by another runner");
    await saveHeartbeat(tx, run.id, leaseSeconds);
    await touchRunner(tx, runnerId, leaseSeconds);
    return (await lockLiveCommands(tx, run.id)).filter(({ state }) => state === "PENDING");
  });
  const run = await readRun(caller, input.runId);
  return { run, pendingCommands, cancelRequested: run.status === "CANCELLED" };
}
