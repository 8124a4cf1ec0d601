import { requireScope } from "../auth/viewer.js";
import { AgentRunError, notFound } from "../domain/errors.js";
import { takeVersion } from "../domain/version.js";
import { beginRemoval } from "../store/retention.js";
import { lockSession } from "../store/session-locks.js";
import { isTreeLive } from "../store/session-tree.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { removeSession } from "./retention.js";
import { assertUnchanged } from "./edit-session.js";
import { expireSession } from "./expire-session.js";
import { type SessionRef, requireSession } from "./session.js";

/**
 * Deletes a session and all below it: at once they are in no list and under no name, take no work and are told as gone. What
 * belonged to them is removed after it. Throws CONFLICT while something works in them, unless that is to be cancelled. A dry run
 * throws what the run would throw, and changes nothing.
 */
export async function deleteSession(
  caller: Caller,
  input: { session: SessionRef; cancelRunning: boolean; ifVersion?: number | null; dryRun?: boolean },
): Promise<string> {
  requireScope(caller.viewer, "operator");
  const { store, viewer } = caller;
  const ifVersion = takeVersion(input.ifVersion, "input.ifVersion");
  const sessionId = await requireSession(caller, input.session, "input.session");
  await transaction(store, async (tx) => {
    const row = await lockSession(tx, sessionId);
    if (!row || row.removing) throw notFound("session", sessionId);
    if (!input.cancelRunning && (await isTreeLive(tx, sessionId))) throw stillWorks(row.name);
    if (!input.dryRun) {
      // Nothing brings it back from here on, and whoever is left of the service goes on with it.
      await beginRemoval(tx, sessionId);
      tx.change(sessionId);
    }
    await assertUnchanged(tx, sessionId, viewer.readerId, ifVersion);
  });
  if (input.dryRun) return sessionId;
  const cancelled = expireSession(store, sessionId);
  store.background.run(async (isStopped) => {
    await cancelled;
    await removeSession(store, sessionId, { keepsRow: true, isStopped });
  });
  // It is deleted all the same if this fails: a sweep does it then.
  await cancelled.catch(() => undefined);
  return sessionId;
}

function stillWorks(name: string): AgentRunError {
  return new AgentRunError(
    `session ${name} has runs that have not ended, itself or below it: end them first, or send cancelRunning: true`,
    { code: "CONFLICT", details: { field: "input.cancelRunning", sessionId: name } },
  );
}
