import {
  deleteSession,
  dropReferences,
  hideSession,
  lockForRemoval,
  removeRecords,
  removeWork,
} from "../store/retention.js";
import type { TenantStore } from "../store/store.js";
import { type Tx, transaction } from "../store/transaction.js";

/** How many rows a transaction removes at most. That many hold the session's lock for some tens of milliseconds. */
const batchRows = 5_000;

/**
 * Removes a session that has expired, or that has rested for a day or more, with all that is its own. First the
 * session leaves every list. Then its rows go in batches, children first, each batch in a transaction of its own.
 * Queue tasks and attempts stay, without naming it. Gives true once nothing of the session is left. Gives false, and
 * removes nothing more, if a runner holds one of its runs or the session has come back to life. After an interruption
 * the next call goes on.
 */
export async function removeSession(store: TenantStore, sessionId: string): Promise<boolean> {
  for (;;) {
    const step = await transaction(store, (tx) => removeBatch(tx, sessionId));
    if (step !== "MORE") return step === "REMOVED";
  }
}

async function removeBatch(tx: Tx, sessionId: string): Promise<"MORE" | "REMOVED" | "HELD"> {
  const session = await lockForRemoval(tx, sessionId);
  if (!session) return "REMOVED";
  if (!session.due) return "HELD";
  if (!session.expired) {
    // This is a step of its own, since followers learn from the row that the session has left their list.
    await hideSession(tx, sessionId);
    return "MORE";
  }
  const left = await removeRecords(tx, sessionId, batchRows);
  if (left === 0) return "MORE";
  await dropReferences(tx, sessionId);
  if ((await removeWork(tx, sessionId, left)) === 0) return "MORE";
  await deleteSession(tx, sessionId);
  return "REMOVED";
}
