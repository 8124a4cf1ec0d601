import { mayDo, requireScope } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { assertMayWrite } from "../domain/lease.js";
import { lockLiveCommands } from "../store/command.js";
import { findRunningAttempt } from "../store/queue/attempt.js";
import type { RunRow } from "../store/row.js";
import { saveRelease } from "../store/run.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { holdRun, readRun } from "./run.js";
import { phase, writeEvents } from "./service-events.js";
import { expireWork } from "./session.js";

/**
 * Gives a claimed run back: it waits again, and its attempt does not count against maxAttempts. With `untilCommand` it is
 * parked, and nobody is handed it before another command is created in it, unless one waits already. Changes nothing of a run
 * that is not claimed. Throws CONFLICT if the run of a queue attempt that is at work would be parked.
 */
export async function releaseRun(
  caller: Caller,
  input: { runId: string; leaseToken: string | null; untilCommand: boolean },
): Promise<RunRow> {
  requireScope(caller.viewer, "runner");
  checkId("run", input.runId, "input.runId");
  await transaction(caller.store, async (tx) => {
    const { session, run } = await holdRun(tx, input.runId);
    if (run.status !== "CLAIMED") return;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    if (input.untilCommand) {
      const attemptId = await findRunningAttempt(tx, run.id);
      if (attemptId !== undefined) throw attemptAtWork(run.id, attemptId);
    }
    const live = await lockLiveCommands(tx, run.id);
    const parked = input.untilCommand && !live.some(({ state }) => state === "PENDING");
    await saveRelease(tx, run.id, parked);
    if (session) await expireWork(tx, session);
    await writeEvents(tx, run, [phase("run-released", { runnerId: run.runnerId, parked })]);
  });
  return readRun(caller, input.runId);
}

function attemptAtWork(runId: string, attemptId: string): AgentRunError {
  return new AgentRunError(`run ${runId} cannot be parked while queue attempt ${attemptId} works in it`, {
    code: "CONFLICT",
    details: { runId, attemptId },
  });
}
