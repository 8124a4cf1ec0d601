import { mayDo, requireScope } from "../auth/viewer.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { assertMayWrite, checkLeaseSeconds, leaseConflict } from "../domain/lease.js";
import { isEnded } from "../domain/run.js";
import { lockLiveCommands } from "../store/command.js";
import type { CommandRow, RunRow } from "../store/row.js";
import { lockRun, saveHeartbeat } from "../store/run.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import type { ClaimRunInput } from "./claim-run.js";
import { readRun } from "./run.js";
import { actAs, assertMayActAs } from "./runner.js";

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
