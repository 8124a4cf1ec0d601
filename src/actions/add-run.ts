import { summarizeSession } from "../domain/session.js";
import type { RunRow } from "../store/row.js";
import { type NewRun, insertRun } from "../store/run.js";
import { saveSession } from "../store/session.js";
import type { Tx } from "../store/tx.js";
import { type ServiceEvent, phase, redacted } from "./service-events.js";
import type { HeldSession } from "./session.js";

/** What a run's first event tells. */
export function runCreated(
  { backendProfile, resourceBundle }: Pick<NewRun, "backendProfile" | "resourceBundle">,
  session: Parameters<typeof summarizeSession>[0] | null,
): ServiceEvent {
  const sessionRef = session && summarizeSession(session);
  return phase("run-created", { backendProfile, sessionRef, resourceBundleRef: resourceBundle });
}

/** Adds a PENDING run to a held session, or one without a session. Throws 23505 if its key was taken in the meantime. */
export async function addRun(
  tx: Tx,
  session: HeldSession | null,
  run: Omit<NewRun, "sessionId">,
): Promise<RunRow> {
  const { id } = run;
  const created = runCreated(run, session && session.row);
  // A session that begins with the run names it already, and has counted its event.
  const isNamed = session?.row.lastRunId === id;
  if (session) tx.change(session.row.id);
  const [row, saved] = await tx.together(() =>
    Promise.all([
      insertRun(tx, { ...run, sessionId: session?.row.id ?? null }, redacted(created)),
      session && !isNamed ? saveSession(tx, session.row, { lastRunId: id }) : null,
    ]),
  );
  if (session && saved) session.row = saved;
  return row;
}
