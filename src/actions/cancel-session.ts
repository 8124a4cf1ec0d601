import { lockSession } from "../store/session-locks.js";
import { findBusyInTree } from "../store/session-tree.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { cancelWork } from "./expire-session.js";
import { takeReason } from "./reason.js";
import { type SessionRef, requireSession } from "./session.js";

/** How many sessions of a tree are looked for at once, and how often at most: what begins all the time is not chased for ever. */
const batchSessions = 100;
const rounds = 1_000;

/**
 * Cancels the live runs of a session and, with `tree`, of all below it, from above down, each session in transactions of its own;
 * withdraws what they ask, of ended runs too. What begins below meanwhile is cancelled as well. Gives the session's id and how
 * many runs it cancelled.
 */
export async function cancelSession(
  caller: Caller,
  input: { session: SessionRef; reason: string | null; tree: boolean },
): Promise<{ sessionId: string; cancelledRuns: number }> {
  requireReaderOrRunner(caller);
  const reason = takeReason(input.reason);
  const sessionId = await requireSession(caller, input.session, "input.session");
  let cancelledRuns = 0;
  const cancelSome = (id: string) => async (tx: Tx) => {
    const row = await lockSession(tx, id);
    if (!row) return { cancelled: 0, done: true };
    const { cancelled, done } = await cancelWork(tx, { row, past: row.past }, reason);
    tx.byReader(caller.viewer.readerId, id);
    return { cancelled, done };
  };
  const cancelAll = async (id: string) => {
    for (let isDone = false; !isDone;) {
      const { cancelled, done } = await transaction(caller.store, cancelSome(id));
      cancelledRuns += cancelled;
      isDone = done;
    }
  };

  await cancelAll(sessionId);
  for (let round = 0; input.tree && round < rounds; round += 1) {
    const busy = await findBusyInTree(caller.store, { sessionId, limit: batchSessions });
    if (busy.length === 0) break;
    for (const id of busy) await cancelAll(id);
  }
  return { sessionId, cancelledRuns };
}
