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
import { findBusyInTree } from "../store/session-tree.js";
import { findSessions } from "../store/session.js";
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
 * session. One that is missing, has changed after `asOf` or cannot be done so is refused for itself; what stands below one that is
 * cancelled or deleted goes with it. A dry run gives the same results and changes nothing.
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

/**
 * Goes from above down. What is done to a session is done to all below it, and changes its root: so whatever this call has changed
 * is behind it, and each is judged by what others have done. Those below one that was done are done with it.
 */
async function doEach(
  caller: Caller,
  { each, readerId }: Deed,
  ids: readonly string[],
  { asOf, dryRun }: UpdateSessionsInput,
): Promise<ItemResult[]> {
  const { store } = caller;
  const results = new Map<string, ItemResult>();
  const { fromAbove, below } = await placesOf(caller, ids);
  for (const id of fromAbove) {
    if (results.has(id)) continue;
    const members = [id, ...(below.get(id) ?? [])];
    const versions = await readChangeVersions(store, members, readerId);
    const there = members.filter((member) => versions.has(member));
    const changed = new Set(each === "delete" ? there : await findBusy(caller, there));
    const refused = whyRefused(id, versions, asOf) ?? (await tryOne(caller, each, id, dryRun));
    if (refused) results.set(id, resultOf(id, false, refused));
    else for (const member of there) results.set(member, resultOf(member, changed.has(member)));
  }
  return ids.flatMap((id) => results.get(id) ?? []);
}

/** Gives sessions from above down, and those of them that stand below each. */
async function placesOf(
  { store }: Caller,
  ids: readonly string[],
): Promise<{ fromAbove: string[]; below: Map<string, string[]> }> {
  const above = new Map((await findSessions(store, ids)).map((row) => [row.id, row.ancestors]));
  const depthOf = (id: string) => above.get(id)?.length ?? 0;
  const fromAbove = ids.toSorted((one, other) => depthOf(one) - depthOf(other));
  const below = new Map(ids.map((id) => [id, [] as string[]]));
  for (const id of fromAbove) for (const ancestor of above.get(id) ?? []) below.get(ancestor)?.push(id);
  return { fromAbove, below };
}

/** Those of these sessions in which something is to be cancelled, or below which. */
async function findBusy({ store }: Caller, ids: readonly string[]): Promise<string[]> {
  const busy: string[] = [];
  for (const id of ids)
    if ((await findBusyInTree(store, { sessionId: id, limit: 1 })).length > 0) busy.push(id);
  return busy;
}

/** Cancels or deletes one session. Gives why it was refused, or null if it was done or would be. */
async function tryOne(
  caller: Caller,
  each: Deed["each"],
  id: string,
  dryRun: boolean,
): Promise<AgentRunError | null> {
  const session = { id };
  try {
    if (each === "delete") await deleteSession(caller, { session, cancelRunning: false, dryRun });
    else if (!dryRun) await cancelSession(caller, { session, reason: null, tree: true });
    return null;
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

function resultOf(id: string, isChanged: boolean, refused?: AgentRunError): ItemResult {
  if (refused) return { id, outcome: "REFUSED", error: { code: refused.code, message: refused.message } };
  return { id, outcome: isChanged ? "CHANGED" : "UNCHANGED", error: null };
}
