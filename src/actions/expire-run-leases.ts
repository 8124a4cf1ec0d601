import type { Outcome } from "../domain/run.js";
import { type LockedRun, findRuns, lockRuns, saveLeaseExpiries } from "../store/run.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Patience, Tx } from "../store/tx.js";
import { endRun } from "./finish-run.js";
import { phase, writeEventsOfRuns } from "./service-events.js";
import { type HeldSession, expireWork, holdSessions } from "./session.js";

/** As {@link expireRunLeases}, of one run, whose lock it waits for. */
export async function expireRunLease(store: TenantStore, runId: string): Promise<void> {
  await expireRunLeases(store, [runId], "WAIT");
}

/**
 * Ends the leases of runs that have expired, all in one transaction. Each run waits again, or fails if its attempts are
 * spent. Changes nothing of those whose lease was renewed in the meantime. Gives the ids of the runs that it left, since
 * somebody else has locked them or their session.
 */
export async function expireRunLeases(
  store: TenantStore,
  runIds: readonly string[],
  patience: Patience,
): Promise<string[]> {
  const places = await findRuns(store, runIds);
  const sessionIds = new Set(places.map(({ sessionId }) => sessionId).filter((id) => id !== null));
  return transaction(store, async (tx) => {
    const sessions = await holdSessions(tx, [...sessionIds], patience);
    const free = places.filter(({ sessionId }) => sessionId === null || sessions.has(sessionId));
    const runs = await lockRuns(
      tx,
      free.map(({ id }) => id),
      patience,
    );
    await expireLocked(tx, sessions, runs);
    const locked = new Set(runs.map(({ id }) => id));
    return places.map(({ id }) => id).filter((id) => !locked.has(id));
  });
}

async function expireLocked(
  tx: Tx,
  sessions: ReadonlyMap<string, HeldSession>,
  runs: readonly LockedRun[],
): Promise<void> {
  const expired = runs.filter(({ status, leaseExpired }) => status === "CLAIMED" && leaseExpired);
  const isSpent = ({ expiredAttempts, maxAttempts }: LockedRun) => expiredAttempts + 1 >= maxAttempts;
  await putBack(
    tx,
    sessions,
    expired.filter((run) => !isSpent(run)),
  );
  // After those that wait again: if a session has both, the failure is what its readers see.
  for (const run of expired.filter(isSpent)) {
    const failureMessage = `the lease of attempt ${run.attempt} expired, the last of ${run.maxAttempts} that may`;
    const end: Outcome = { terminalStatus: "FAILED", failureKind: "LEASE_EXPIRED", failureMessage };
    await endRun(tx, sessions.get(run.sessionId ?? "") ?? null, run, end, {
      events: [leaseExpired(run)],
      change: {},
    });
  }
}

async function putBack(
  tx: Tx,
  sessions: ReadonlyMap<string, HeldSession>,
  runs: readonly LockedRun[],
): Promise<void> {
  if (runs.length === 0) return;
  await saveLeaseExpiries(
    tx,
    runs.map(({ id }) => id),
  );
  for (const sessionId of new Set(runs.map((run) => run.sessionId))) {
    const session = sessions.get(sessionId ?? "");
    if (session) await expireWork(tx, session);
  }
  await writeEventsOfRuns(
    tx,
    runs.map((run) => ({ run, events: [leaseExpired(run)] })),
  );
}

function leaseExpired({ runnerId, attempt }: LockedRun) {
  return phase("lease-expired", { runnerId, attempt });
}
