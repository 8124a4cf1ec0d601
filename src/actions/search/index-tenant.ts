import { afterEvery, findSessionsBefore, findUnindexed, readUnindexed } from "../../store/search/find.js";
import type { Instant } from "../../domain/instant.js";
import {
  type Moment,
  type SearchTenant,
  readOldestXid,
  readSearchTenant,
  saveSearchTenant,
  takeMoment,
} from "../../store/search/tenant.js";
import type { TenantStore } from "../../store/store.js";
import { feedSessions, sessionsInStep } from "./feed.js";

/** How many sessions with news a look finds. Where there are more, it looks at every session of the tenant in turn. */
export const sessionsInLook = 20_000;

/** How it stands after a look: more can be indexed at once; a later look has to confirm this one; or all is done. */
export type Look = "MORE" | "SOON" | "DONE";

/** A look that is under way, which ends as it stands. Between two steps others may work, or it may be left. */
export type Looking = AsyncGenerator<undefined, Look>;

/**
 * Indexes what a tenant's sessions hold and the index does not, step by step, and notes up to which time that is all. A time counts
 * only once all transactions have ended that could have stored something before it, and the sessions were looked over after that: an
 * event takes its time under its locks, and is seen when its transaction commits, however late.
 */
export async function* indexTenant(store: TenantStore): Looking {
  const before = await readSearchTenant(store);
  const moment = await takeMoment(store);
  const oldestXid = await readOldestXid(store);
  const found = await findUnindexed(store, before, sessionsInLook);
  // To find those that are left costs as much as all of them, each time.
  const news = yield* found.length < sessionsInLook ? feedAll(store, found) : feedEvery(store);
  const isWhole = news.left === 0;
  const past = yield* feedPast(store, before.pastId);

  const isReached = (xid: number | null) => isWhole && xid !== null && oldestXid >= xid;
  const reached = isReached(moment.xid) ? moment.at : isReached(before.seenXid) ? before.seenAt : null;
  const seen = seenAfter(before, moment, reached);
  await saveSearchTenant(store, {
    indexedUpTo: reached ?? before.indexedUpTo,
    version: isWhole ? moment.version : before.version,
    pastId: past.pastId,
    ...seen,
  });
  if (past.moved > 0 || (!isWhole && news.moved > 0)) return "MORE";
  return reached === moment.at && past.pastId === null ? "DONE" : "SOON";
}

/** What is to be looked over again: nothing once this very moment is reached, else the earliest that was not reached. */
function seenAfter(
  { seenAt, seenXid }: SearchTenant,
  moment: Moment,
  reached: Instant | null,
): Pick<SearchTenant, "seenAt" | "seenXid"> {
  if (reached === moment.at) return { seenAt: null, seenXid: null };
  return seenXid === null || reached !== null
    ? { seenAt: moment.at, seenXid: moment.xid }
    : { seenAt, seenXid };
}

/** Indexes a step of each of these sessions. Gives of how many something was indexed, and of how many something is left. */
async function* feedAll(
  store: TenantStore,
  ids: readonly string[],
): AsyncGenerator<undefined, { moved: number; left: number }> {
  let moved = 0;
  let left = 0;
  for (let first = 0; first < ids.length; first += sessionsInStep) {
    const sessions = await readUnindexed(store, ids.slice(first, first + sessionsInStep));
    if (sessions.length === 0) continue;
    const step = await feedSessions(store, sessions);
    moved += step.moved;
    left += sessions.length - step.done;
    yield;
  }
  return { moved, left };
}

/** Indexes a step of each session of the tenant, as {@link feedAll} does. */
async function* feedEvery(store: TenantStore): AsyncGenerator<undefined, { moved: number; left: number }> {
  const fed = { moved: 0, left: 0 };
  for (let before: string | undefined = afterEvery; before !== undefined;) {
    const ids: string[] = await findSessionsBefore(store, before, sessionsInStep);
    const { moved, left } = yield* feedAll(store, ids);
    fed.moved += moved;
    fed.left += left;
    before = ids.at(-1);
  }
  return fed;
}

/** Indexes a step of the sessions from before there was an index. Gives down to which id all are indexed; null if all are. */
async function* feedPast(
  store: TenantStore,
  pastId: string | null,
): AsyncGenerator<undefined, { pastId: string | null; moved: number }> {
  if (pastId === null) return { pastId, moved: 0 };
  const past = await findSessionsBefore(store, pastId, sessionsInStep);
  const last = past.at(-1);
  if (last === undefined) return { pastId: null, moved: 0 };
  const { moved, left } = yield* feedAll(store, past);
  return left === 0 ? { pastId: last, moved: past.length } : { pastId, moved };
}
