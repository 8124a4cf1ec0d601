import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { RunRow } from "../store/row.js";
import { findRunSession, findRuns } from "../store/run.js";
import type { Caller } from "./caller.js";

/** Reads a run as it stands now. Throws NOT_FOUND if the caller's tenant has no such run. */
export async function readRun({ store }: Caller, runId: string): Promise<RunRow> {
  const [run] = await findRuns(store, [runId]);
  if (!run) throw notFound("run", runId);
  return run;
}

/**
 * Finds the session of a run, which has to be locked before the run. Gives null if the run has none. Throws
 * BAD_USER_INPUT if the id is malformed, and NOT_FOUND if there is no such run.
 */
export async function requireRunSession(
  { store }: Caller,
  runId: string,
  field: string,
): Promise<string | null> {
  const found = await findRunSession(store, checkId("run", runId, field));
  if (!found) throw notFound("run", runId);
  return found.sessionId;
}
