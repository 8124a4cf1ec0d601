import { newId } from "../domain/ids.js";
import { summarizeSession } from "../domain/session.js";
import { type NewRun, insertRun } from "../store/run.js";
import { saveSession } from "../store/session.js";
import type { Tx } from "../store/transaction.js";
import { phase, writeEvents } from "./service-events.js";
import type { HeldSession } from "./session.js";

/** Adds a PENDING run to a held session, or one without a session, and gives its id. Throws 23505 if its key was taken in the meantime. */
export async function addRun(
  tx: Tx,
  session: HeldSession | null,
  run: Omit<NewRun, "id" | "sessionId">,
): Promise<string> {
  const id = newId("run");
  const sessionId = session?.row.id ?? null;
  const facts = {
    backendProfile: run.backendProfile,
    sessionRef: session && summarizeSession(session.row),
    resourceBundleRef: run.resourceBundle,
  };
  await insertRun(tx, { ...run, id, sessionId });
  if (session) {
    session.row = await saveSession(tx, session.row, { lastRunId: id });
    tx.change(session.row.id);
  }
  await writeEvents(tx, { id, sessionId }, [phase("run-created", facts)]);
  return id;
}
