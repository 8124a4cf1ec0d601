import { mayDo, requireScope } from "../auth/viewer.js";
import { AgentRunError, notFound } from "../domain/errors.js";
import { assertMayWrite } from "../domain/lease.js";
import { lockLiveCommands } from "../store/command.js";
import { findRunningAttempt } from "../store/queue/attempt.js";
import type { RunRow } from "../store/row.js";
import { lockRun, saveRelease } from "../store/run.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { readRun, requireRunSession } from "./run.js";
import { phase, writeEvents } from "./service-events.js";
import { expireWork, holdSession } from "./session.js";

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
  const sessionId = await requireRunSession(caller, input.runId, "input.runId");

  await transaction(caller.store, async (tx) => {
    const session = await holdSession(tx, sessionId);
    const run = await lockRun(tx, input.runId);
    if (!run) throw notFound("run", input.runId);
    if (run.status !== "CLAIMED") return;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    if (input.untilCommand) {
      const attemptId = await findRunningAttempt(tx, run.id);
      if (attemptId !== undefined) throw attemptAtWork(run.id, attemptId);
    }
    const live = await lockLiveCommands(tx, run.id);
    const parked = input.untilCommand && !live.some(({ state }) => state === "PENDING");
    await saveRelease(tx, run.id, parked);
    await writeEvents(tx, run, [phase("run-released", { runnerId: run.runnerId, parked })]);
    if (session) await expireWork(tx, session);
  });
  return readRun(caller, input.runId);
}

function attemptAtWork(runId: string, attemptId: string): AgentRunError {
  return new AgentRunError(`run ${runId} cannot be parked while queue attempt ${attemptId} works in it`, {
    code: "CONFLICT",
    details: { runId, attemptId },
  });
}
