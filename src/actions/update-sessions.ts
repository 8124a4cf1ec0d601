import { requireScope } from "../auth/viewer.js";
import {
  AgentRunError,
  type ErrorCode,
  badUserInput,
  notFound,
  preconditionFailed,
} from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import { editLabels, takeLabels } from "../domain/session-edit.js";
import { takeVersion } from "../domain/version.js";
import type { SessionFilter, ListedSession } from "../store/inbox/list.js";
import { sessionListing } from "../store/inbox/session-listing.js";
import { markArchived, markPinned, markRead, markSnoozed, markUnread } from "../store/inbox/mark.js";
import { wholeTenant } from "../store/listing/listing.js";
import { readParts } from "../store/listing/parts.js";
import { type LabelsEdit, readChangeVersions, saveEachLabels } from "../store/session-edit.js";
import type { SessionRow } from "../store/row.js";
import { lockSessions } from "../store/session-locks.js";
import { isTreeLive } from "../store/session-tree.js";
import { holdVersion } from "../store/tenant.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { cancelSession } from "./cancel-session.js";
import { deleteSession } from "./delete-session.js";
import { requireReader, resolveReader } from "./inbox/reader.js";
import { refuseSecret } from "./intake.js";

/** The most sessions of one call. */
export const maxTargets = 1_000;

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

/** The input of {@link updateSessions}. */
export interface UpdateSessionsInput {
  target: { ids: readonly string[] } | { matching: { filter: SessionFilter; limit: number } };
  action: SessionAction;
  dryRun: boolean;
  asOf: number | null;
  readerId: string | null;
}

/** What became of one session. */
export interface ItemResult {
  id: string;
  outcome: "CHANGED" | "UNCHANGED" | "REFUSED";
  error: { code: ErrorCode; message: string } | null;
}

/** What became of all. */
export interface BulkResult {
  readerId: string | null;
  results: ItemResult[];
  hasMore: boolean;
}

/**
 * Does one thing to many sessions. Marks and labels are saved together or not at all, cancelling and deleting goes session by
 * session. One that is missing, has changed after `asOf` or cannot be done so is refused for itself. A dry run gives the same
 * results and changes nothing.
 */
export async function updateSessions(caller: Caller, input: UpdateSessionsInput): Promise<BulkResult> {
  const deed = takeDeed(caller, input);
  takeVersion(input.asOf, "input.asOf");
  const { ids, hasMore } = await findTargets(caller, deed.readerId, input);
  const results = deed.together
    ? await doTogether(caller, deed.together, ids, { ...input, readerId: deed.readerId })
    : await doEach(caller, deed, ids, input);
  if (deed.together && deed.readerId !== null) caller.store.bases.marked(caller.store, deed.readerId);
  return { readerId: deed.readerId, results, hasMore };
}

/** Changes several locked sessions of a transaction, and gives the ids of those that it changed; refuses others. */
type Together = (
  tx: Tx,
  sessions: readonly SessionRow[],
  refuse: (id: string, error: AgentRunError) => void,
) => Promise<readonly string[]>;

interface Deed {
  readerId: string | null;
  together?: Together;
  each?: "cancel" | "delete";
}

function takeDeed(caller: Caller, { action, readerId: named }: UpdateSessionsInput): Deed {
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

async function findTargets(
  { store }: Caller,
  readerId: string | null,
  { target, asOf }: UpdateSessionsInput,
): Promise<{ ids: readonly string[]; hasMore: boolean }> {
  if ("ids" in target) {
    const { ids } = target;
    if (ids.length === 0 || ids.length > maxTargets)
      throw badUserInput("input.target.ids", `must be 1 to ${maxTargets} ids`);
    ids.forEach((id, index) => checkId("session", id, `input.target.ids.${index}`));
    if (new Set(ids).size < ids.length) throw badUserInput("input.target.ids", "must name no session twice");
    return { ids, hasMore: false };
  }
  const { filter, limit } = target.matching;
  if (asOf === null) throw badUserInput("input.asOf", "must be given with target.matching");
  if (limit < 1 || limit > maxTargets)
    throw badUserInput("input.target.matching.limit", `must be from 1 to ${maxTargets}`);
  const window = { limit, backward: false, after: null, before: null };
  const listing = sessionListing(filter, "ATTENTION", readerId);
  const part = (await readParts<ListedSession>(store, listing, [wholeTenant], window)).get(wholeTenant);
  return { ids: part?.rows.map(({ id }) => id) ?? [], hasMore: part?.hasMore ?? false };
}

/** Is thrown to undo a dry run. */
class DryRun extends Error {}

async function doTogether(
  { store }: Caller,
  change: Together,
  ids: readonly string[],
  { asOf, dryRun, readerId }: UpdateSessionsInput,
): Promise<ItemResult[]> {
  let results: ItemResult[] = [];
  const work = async (tx: Tx) => {
    const refused = new Map<string, AgentRunError>();
    const refuse = (id: string, error: AgentRunError) => void refused.set(id, error);
    // Sessions before the tenant: until the end of the transaction nobody else changes them, nor the reader's marks.
    const locked = await lockSessions(tx, ids, "WAIT");
    await holdVersion(tx);
    const versions = await readChangeVersions(tx, ids, readerId);
    for (const id of ids) {
      const error = whyRefused(id, versions, asOf);
      if (error) refuse(id, error);
    }
    const open = locked.filter(({ id }) => !refused.has(id));
    const changed = new Set(open.length > 0 ? await change(tx, open, refuse) : []);
    results = ids.map((id) => resultOf(id, changed.has(id), refused.get(id)));
    if (dryRun) throw new DryRun();
  };
  try {
    await transaction(store, work);
  } catch (error) {
    if (!(error instanceof DryRun)) throw error;
  }
  return results;
}

async function doEach(
  caller: Caller,
  { each, readerId }: Deed,
  ids: readonly string[],
  { asOf, dryRun }: UpdateSessionsInput,
): Promise<ItemResult[]> {
  const results: ItemResult[] = [];
  for (const id of ids) {
    const versions = await readChangeVersions(caller.store, [id], readerId);
    const refused = whyRefused(id, versions, asOf);
    const tried = refused ?? (await (each === "delete" ? remove : cancel)(caller, id, dryRun));
    results.push(resultOf(id, tried === true, typeof tried === "boolean" ? undefined : tried));
  }
  return results;
}

/** Cancels what works in a session; false if nothing does. */
async function cancel(caller: Caller, id: string, dryRun: boolean): Promise<boolean> {
  if (dryRun) return isTreeLive(caller.store, id);
  const { cancelledRuns } = await cancelSession(caller, { session: { id }, reason: null, tree: true });
  return cancelledRuns > 0;
}

/** Deletes a session; gives the refusal while something works in it. */
async function remove(caller: Caller, id: string, dryRun: boolean): Promise<boolean | AgentRunError> {
  try {
    await deleteSession(caller, { session: { id }, cancelRunning: false, dryRun });
    return true;
  } catch (error) {
    if (error instanceof AgentRunError) return error;
    throw error;
  }
}

function whyRefused(
  id: string,
  versions: ReadonlyMap<string, number>,
  asOf: number | null,
): AgentRunError | null {
  const version = versions.get(id);
  if (version === undefined) return notFound("session", id);
  return asOf !== null && version > asOf ? preconditionFailed(`session ${id}`, asOf, version) : null;
}

function resultOf(id: string, isChanged: boolean, refused: AgentRunError | undefined): ItemResult {
  if (refused) return { id, outcome: "REFUSED", error: { code: refused.code, message: refused.message } };
  return { id, outcome: isChanged ? "CHANGED" : "UNCHANGED", error: null };
}
