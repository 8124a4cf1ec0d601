import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { RunRow } from "../store/row.js";
import { findRunSession, findRuns } from "../store/run.js";
import type { Caller } from "./caller.js";

/** The run as it stands, NOT_FOUND where the caller's tenant has none such. */
export async function readRun({ store }: Caller, runId: string): Promise<RunRow> {
  const [run] = await findRuns(store, [runId]);
  if (!run) throw notFound("run", runId);
  return run;
}

/** The session of a run that is to be locked; BAD_USER_INPUT for a malformed id, NOT_FOUND for a missing run. */
export async function requireRunSession(
  { store }: Caller,
  runId: string,
  field: string,
): Promise<string | null> {
  const found = await findRunSession(store, checkId("run", runId, field));
  if (!found) throw notFound("run", runId);
  return found.sessionId;
}
