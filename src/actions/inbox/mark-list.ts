import { takeVersion } from "../../domain/version.js";
import type { SessionFilter } from "../../store/inbox/list.js";
import { endSnoozes, findDueSnoozesOf } from "../../store/inbox/mark.js";
import {
  type SeenList,
  findUnread,
  findUnreadAfter,
  markEachRead,
} from "../../store/inbox/mark-list-read.js";
import { type Step, isScope, measureKeptStep, measureStep, saveStep } from "../../store/inbox/read-up-to.js";
import { transaction } from "../../store/transaction.js";
import type { Caller } from "../caller.js";
import { requireReader } from "./reader.js";

/** The list that was read, by whom, and what of it was seen. */
export interface MarkListInput {
  filter: SessionFilter;
  upToVersion?: number | null;
  readerId?: string | null;
}

/**
 * Marks those sessions of the reader's list as read whose version is not newer than `upToVersion`, by default the
 * current one. At most `atOnce` of them get a mark each, in one transaction. More of a scope are read in one step, whose row
 * stands for all marks; more of any other list in batches, each its own transaction: what a call that breaks has done by then
 * is done. Gives the number of sessions that it changed.
 */
export async function markSessionsRead(
  caller: Caller,
  { filter, ...input }: MarkListInput,
  atOnce: number,
): Promise<{ readerId: string; changed: number }> {
  const { store } = caller;
  const readerId = requireReader(caller, input.readerId, "input.readerId");
  const list = { readerId, filter, upToVersion: takeVersion(input.upToVersion, "input.upToVersion") };
  // What was put off and is back is unread, and read with the others.
  const due = await findDueSnoozesOf(store, readerId);
  if (due.length > 0) await transaction(store, (tx) => endSnoozes(tx, due));
  const isStep = isScope(store, readerId, filter);
  const mayBeKept = isStep && store.bases.mayBeKept(store, readerId);
  const kept = mayBeKept ? await measureKeptStep(store, list, atOnce + 1) : undefined;
  if (kept?.changed === 0) return { readerId, changed: 0 };
  if (kept && kept.listed > atOnce && kept.others.length <= atOnce)
    return { readerId, changed: await markInStep(caller, list, kept) };
  const unread = await findUnread(store, list, atOnce + 1);
  if (unread.ids.length <= atOnce) {
    const changed = await transaction(store, (tx) => markEachRead(tx, readerId, unread));
    // The next time it need not pass over what was read.
    store.skips.build(store, readerId, "ACTIVITY");
    store.bases.marked(store, readerId);
    return { readerId, changed };
  }
  if (isStep) {
    const step = await measureStep(store, list, atOnce + 1);
    if (step.others.length <= atOnce) return { readerId, changed: await markInStep(caller, list, step) };
  }
  return { readerId, changed: await markInBatches(caller, { ...list, upToVersion: unread.version }, atOnce) };
}

async function markInStep({ store }: Caller, list: SeenList, step: Step): Promise<number> {
  await transaction(store, (tx) => saveStep(tx, list, step));
  if (!step.leavesNone) store.skips.rebuild(store, list.readerId, "ACTIVITY");
  // Who has so many sessions marks whole lists again.
  store.bases.counted(store, list.readerId, step.changed);
  return step.changed;
}

/** Marks what was unread when it began: what becomes unread meanwhile has a newer version than the list was seen at. */
async function markInBatches({ store }: Caller, list: SeenList, atOnce: number): Promise<number> {
  let changed = 0;
  let after = "";
  for (;;) {
    const unread = await findUnreadAfter(store, list, atOnce, after);
    const last = unread.ids.at(-1);
    if (last === undefined) break;
    changed += await transaction(store, (tx) => markEachRead(tx, list.readerId, unread));
    after = last;
  }
  store.bases.marked(store, list.readerId);
  return changed;
}
