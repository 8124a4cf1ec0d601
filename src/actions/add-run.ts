import { summarizeSession } from "../domain/session.js";
import { type NewRun, insertRun } from "../store/run.js";
import { saveSession } from "../store/session.js";
import type { Tx } from "../store/transaction.js";
import { phase, writeEvents } from "./service-events.js";
import type { HeldSession } from "./session.js";

/** Adds a PENDING run to a held session, or one without a session. Throws 23505 if its key was taken in the meantime. */
export async function addRun(
  tx: Tx,
  session: HeldSession | null,
  run: Omit<NewRun, "sessionId">,
): Promise<void> {
  const { id } = run;
  const sessionId = session?.row.id ?? null;
  const facts = {
    backendProfile: run.backendProfile,
    sessionRef: session && summarizeSession(session.row),
    resourceBundleRef: run.resourceBundle,
  };
  // A session that begins with the run names it already.
  const isNamed = !session || session.row.lastRunId === id;
  if (session) tx.change(session.row.id);
  const [, saved] = await tx.together(() =>
    Promise.all([
      insertRun(tx, { ...run, sessionId }),
      isNamed ? null : saveSession(tx, session.row, { lastRunId: id }),
      writeEvents(tx, { id, sessionId }, [phase("run-created", facts)]),
    ]),
  );
  if (session && saved) session.row = saved;
}
