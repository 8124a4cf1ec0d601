/* What `updateSessions` may do to sessions: what each action demands of its caller, and what it writes. */
import { requireScope } from "../auth/viewer.js";
import { AgentRunError, badUserInput } from "../domain/errors.js";
import type { Instant } from "../domain/instant.js";
import { editLabels, takeLabels } from "../domain/session-edit.js";
import { markArchived, markPinned, markRead, markSnoozed, markUnread } from "../store/inbox/mark.js";
import type { SessionRow } from "../store/row.js";
import { type LabelsEdit, saveEachLabels } from "../store/session-edit.js";
import type { Tx } from "../store/tx.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { requireReader, resolveReader } from "./inbox/reader.js";
import { refuseSecret } from "./intake.js";

/** What is done to each session: exactly one of these. */
export interface SessionAction {
  read?: boolean | null;
  archive?: boolean | null;
  pin?: boolean | null;
  snoozeUntil?: Instant | null;
  unsnooze?: boolean | null;
  addLabels?: readonly string[] | null;
  removeLabels?: readonly string[] | null;
  cancel?: boolean | null;
  delete?: boolean | null;
}

/** Changes several locked sessions of a transaction, and gives the ids of those that it changed; refuses others. */
export type Together = (
  tx: Tx,
  sessions: readonly SessionRow[],
  refuse: (id: string, error: AgentRunError) => void,
) => Promise<readonly string[]>;

/** What is done, and for whom: to several sessions in one transaction, or to one after the other. */
export interface Deed {
  readerId: string | null;
  together?: Together;
  each?: "cancel" | "delete";
}

/** Makes a deed of an action. Throws where the action is malformed, or is not its caller's to do. */
export function takeDeed(caller: Caller, action: SessionAction, named: string | null): Deed {
  const { read, archive, pin, snoozeUntil, unsnooze, addLabels, removeLabels } = action;
  for (const key of ["unsnooze", "cancel", "delete"] as const)
    if (action[key] === false) throw badUserInput(`input.action.${key}`, "must be true");
  const isMark = [read, archive, pin, snoozeUntil, unsnooze].some(
    (each) => each !== null && each !== undefined,
  );
  if (!isMark) {
    const readerId = resolveReader(caller, named, "input.readerId");
    if (action.delete) {
      requireScope(caller.viewer, "operator");
      return { readerId, each: "delete" };
    }
    requireReaderOrRunner(caller);
    return action.cancel
      ? { readerId, each: "cancel" }
      : { readerId, together: editing(addLabels ?? [], removeLabels ?? []) };
  }
  const readerId = requireReader(caller, named, "input.readerId");
  const marking = (
    save: (tx: Tx, places: { readerId: string; sessionIds: readonly string[] }) => Promise<string[]>,
  ): Deed => ({
    readerId,
    together: (tx, sessions) => save(tx, { readerId, sessionIds: sessions.map(({ id }) => id) }),
  });
  if (typeof read === "boolean")
    return marking((tx, places) => (read ? markRead(tx, places, null) : markUnread(tx, places)));
  if (typeof archive === "boolean") return marking((tx, places) => markArchived(tx, places, archive));
  if (typeof pin === "boolean") return marking((tx, places) => markPinned(tx, places, pin));
  return marking(async (tx, places) => {
    const marked = await markSnoozed(tx, places, snoozeUntil ?? null);
    if (marked === "PAST")
      throw badUserInput("input.action.snoozeUntil", "must be an instant that is to come");
    return marked;
  });
}

function editing(added: readonly string[], removed: readonly string[]): Together {
  added.forEach((label, index) => refuseSecret(label, `input.action.addLabels.${index}`));
  const add = takeLabels(added, "input.action.addLabels");
  const remove = takeLabels(removed, "input.action.removeLabels");
  return async (tx, sessions, refuse) => {
    const edited: LabelsEdit[] = [];
    for (const { id, labels } of sessions) {
      try {
        const next = editLabels(labels, add, remove, "input.action.addLabels");
        if (next.join() !== labels.join()) edited.push({ id, before: labels, labels: next });
      } catch (error) {
        if (!(error instanceof AgentRunError)) throw error;
        refuse(id, error);
      }
    }
    await saveEachLabels(tx, edited);
    return edited.map(({ id }) => id);
  };
}
