import {
  beginRemoval,
  deleteSession,
  dropReferences,
  lockForRemoval,
  removeRecords,
  removeWork,
  saveEmptied,
} from "../store/retention.js";
import { lockSession } from "../store/session-locks.js";
import { findLeaf } from "../store/session-tree.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { expireBelow, expireHeld } from "./expire-session.js";

/** How many rows a transaction removes at most. That many hold the session's lock for some tens of milliseconds. */
export const batchRows = 5_000;

/** How sessions are removed. */
interface Removal {
  /** True to leave the rows of the sessions themselves, from which followers learn that they are gone. */
  keepsRow?: boolean;
  isStopped?: () => boolean;
}

/**
 * Removes a session that has expired, or that has rested for a day or more, with all that is its own and all sessions below it.
 * First they leave every list; there one that was only forgotten stops, until it has expired. Then the sessions below go, the lowest
 * first, and the rows of each in batches, each batch in a transaction of its own.
 * Queue tasks and attempts stay, without naming it. Gives false, and removes nothing more, if a runner holds one of its
 * runs or the session has come back to life, or it is stopped. After an interruption the next call goes on.
 */
export async function removeSession(
  store: TenantStore,
  sessionId: string,
  options: Removal = {},
): Promise<boolean> {
  const { keepsRow = false, isStopped = () => false } = options;
  while (!isStopped()) {
    const step = await transaction(store, (tx) => removeBatch(tx, sessionId, keepsRow));
    if (step === "HIDDEN") await expireBelow(store, sessionId);
    if (step === "HIDDEN" || step === "REMOVED") return true;
    if (step === "HELD") return false;
    const leaf = step === "BELOW" ? await findLeaf(store, sessionId, keepsRow ? "FULL" : "ANY") : undefined;
    if (leaf !== undefined && !(await removeSession(store, leaf, options))) return false;
  }
  return false;
}

type Step = "MORE" | "BELOW" | "REMOVED" | "HIDDEN" | "HELD";

async function removeBatch(tx: Tx, sessionId: string, keepsRow: boolean): Promise<Step> {
  const session = await lockForRemoval(tx, sessionId);
  if (!session) return "REMOVED";
  if (!session.due) return "HELD";
  if (!session.expired) {
    // This is a step of its own, since followers learn from the row that the session has left their list. One that was
    // forgotten has left it only now: its row stays as long as that of one that expired.
    const row = await lockSession(tx, sessionId);
    const isHidden = !row || (await expireHeld(tx, { row, past: true }, row.past ? undefined : "NOW"));
    return row?.past || row?.removing || !isHidden ? "MORE" : "HIDDEN";
  }
  if (!session.removing) await beginRemoval(tx, sessionId);
  if (keepsRow ? session.hasFullBelow : session.hasBelow) return "BELOW";
  const left = await removeRecords(tx, sessionId, batchRows);
  if (left === 0) return "MORE";
  await dropReferences(tx, sessionId);
  if ((await removeWork(tx, sessionId, left)) === 0) return "MORE";
  if (keepsRow) await saveEmptied(tx, sessionId);
  else await deleteSession(tx, sessionId);
  return "REMOVED";
}
