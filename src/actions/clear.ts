import { findExpiredSessions, findForgottenSessions, findUnemptied } from "../store/retention.js";
import { type Place, type RestSearch, type Resting, type RestingKind, beginning } from "../store/resting.js";
import type { Store, TenantStore } from "../store/store.js";
import { removeResting } from "./remove-resting.js";
import { removeSession } from "./retention.js";
import { walk } from "./walk.js";

/** How many things are looked for at once: sessions of a tenant, and things of another kind over all tenants. */
const sessionsAtOnce = 100;
const restingAtOnce = 500;

/** After how many things of another kind it is the next kind's turn: the next clearing goes on there. */
const restingInTurn = 20_000;

const daySeconds = 86_400;

/** Tells when something is removed with all that belongs to it. */
export interface Retention {
  /** How long after it has left every list, in seconds. In this time, followers that were away learn that it is gone. */
  graceSeconds: number;
  /** After how many days in which nothing happened to it, if it has no `expiresAt`. Null means never. */
  days: number | null;
}

/** What a clearing is told from outside. */
export interface Clearing {
  retention: Retention;
  /** Is told what could not be removed. */
  onFault: (error: unknown, tenantId: string) => void;
  isStopped: () => boolean;
}

/** Removes the sessions that the tenant keeps no longer, until none is left. */
export async function removeOldSessions(
  store: TenantStore,
  { retention, onFault, isStopped }: Clearing,
): Promise<void> {
  const handleWith = (keepsRow: boolean) => async (sessions: readonly Place[]) => {
    for (const { id } of sessions) {
      if (isStopped()) return;
      const removed = removeSession(store, id, { keepsRow });
      await removed.catch((error: unknown) => onFault(error, store.tenantId));
    }
  };
  const handle = handleWith(false);
  const { graceSeconds, days } = retention;
  const how = { handle, limit: sessionsAtOnce, most: Number.POSITIVE_INFINITY, isStopped };
  const findExpired = (after: Place, limit: number) => findExpiredSessions(store, graceSeconds, limit, after);
  await walk(beginning, { ...how, find: findExpired });
  const findDeleted = (after: Place, limit: number) => findUnemptied(store, limit, after);
  await walk(beginning, { ...how, find: findDeleted, handle: handleWith(true) });
  if (days === null) return;
  const findForgotten = (after: Place, limit: number) => findForgottenSessions(store, days, limit, after);
  await walk(beginning, { ...how, find: findForgotten });
}

/** Where the last clearing has left off at each kind. */
export type Places = Map<RestingKind, Place>;

/** Finds what has rested over all tenants. */
export type FindResting = (kind: RestingKind, search: RestSearch) => Promise<Resting[]>;

/** Removes what else is kept no longer, of all tenants: runs without a session, queue tasks, runners, keys of batches. */
export async function removeOthers(
  store: Store,
  find: FindResting,
  places: Places,
  { retention, onFault, isStopped }: Clearing,
): Promise<void> {
  for (const [kind, seconds] of agesOf(retention)) {
    const handle = async (found: readonly Resting[]) => {
      for (const [tenantId, ids] of byTenant(found)) {
        const removed = removeResting(kind, store.tenant(tenantId), ids, seconds);
        await removed.catch((error: unknown) => onFault(error, tenantId));
      }
    };
    const place = await walk(places.get(kind) ?? beginning, {
      find: (after, limit) => find(kind, { seconds, after, limit }),
      handle,
      limit: restingAtOnce,
      most: restingInTurn,
      isStopped,
    });
    places.set(kind, place);
  }
}

/** Tells how long each kind must have rested, in seconds. Those that wait for the grace alone go on if nothing else is removed. */
function agesOf({ graceSeconds, days }: Retention): [RestingKind, number][] {
  const waiting: [RestingKind, number][] = [
    ["forgottenTasks", graceSeconds],
    ["removedRequests", graceSeconds],
  ];
  if (days === null) return waiting;
  const kinds: readonly RestingKind[] = ["runs", "endedTasks", "batches", "runners"];
  return [...kinds.map((kind): [RestingKind, number] => [kind, days * daySeconds]), ...waiting];
}

function byTenant(found: readonly Resting[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { tenantId, id } of found) groups.set(tenantId, [...(groups.get(tenantId) ?? []), id]);
  return groups;
}
