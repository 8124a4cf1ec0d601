import {
  AgentRunError,
  type ErrorCode,
  badUserInput,
  notFound,
  preconditionFailed,
} from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { takeVersion } from "../domain/version.js";
import type { ListedSession, SessionFilter } from "../store/inbox/list.js";
import { sessionListing } from "../store/inbox/session-listing.js";
import { wholeTenant } from "../store/listing/listing.js";
import { readParts } from "../store/listing/parts.js";
import { readChangeVersions } from "../store/session-edit.js";
import { lockSessions } from "../store/session-locks.js";
import { isTreeLive } from "../store/session-tree.js";
import { holdVersion } from "../store/tenant.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";
import { cancelSession } from "./cancel-session.js";
import { deleteSession } from "./delete-session.js";
import { type Deed, type SessionAction, type Together, takeDeed } from "./session-action.js";

/** The most sessions of one call. */
export const maxTargets = 1_000;

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
  const deed = takeDeed(caller, input.action, input.readerId);
  takeVersion(input.asOf, "input.asOf");
  const { ids, hasMore } = await findTargets(caller, deed.readerId, input);
  const results = deed.together
    ? await doTogether(caller, deed.together, ids, { ...input, readerId: deed.readerId })
    : await doEach(caller, deed, ids, input);
  if (deed.together && deed.readerId !== null) caller.store.bases.marked(caller.store, deed.readerId);
  return { readerId: deed.readerId, results, hasMore };
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
