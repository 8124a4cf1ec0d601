import { notFound } from "../domain/errors.js";
import type { RunRow } from "../store/row.js";
import { type LockedRun, findRuns, lockRun } from "../store/run.js";
import { type LockedSession, lockSessionOf } from "../store/session-locks.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";
import { type HeldSession, heldOf } from "./session.js";

/** Reads a run as it stands now. Throws NOT_FOUND if the caller's tenant has no such run. */
export async function readRun({ store }: Caller, runId: string): Promise<RunRow> {
  const [run] = await findRuns(store, [runId]);
  if (!run) throw notFound("run", runId);
  return run;
}

/** A locked run and its session, which was locked before it; null if it has none. */
export interface HeldRun {
  session: HeldSession | null;
  run: LockedRun;
}

/** Of locked runs those whose sessions are locked too, by their ids. */
export function freeOf(runs: readonly LockedRun[], sessions: readonly LockedSession[]): Map<string, HeldRun> {
  const byId = new Map(sessions.map((session) => [session.id, session]));
  const free = new Map<string, HeldRun>();
  for (const run of runs) {
    const session = heldOf(byId.get(run.sessionId ?? ""));
    if (run.sessionId === null || session) free.set(run.id, { session, run });
  }
  return free;
}

/** Locks a run after its session. Throws NOT_FOUND if there is no such run. */
export async function holdRun(tx: Tx, runId: string): Promise<HeldRun> {
  const [session, run] = await tx.together(() =>
    Promise.all([lockSessionOf(tx, "run", runId), lockRun(tx, runId)]),
  );
  if (!run) throw notFound("run", runId);
  return { session: heldOf(session), run };
}
