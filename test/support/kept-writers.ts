/*
 * What changes the counts of a tenant, at random: roots that are made, change, expire, come back and are removed, what readers mark of
 * them, and what happens to the readers' bases.
 */
import type pg from "pg";
import { expireSessions } from "../../src/actions/expire-session.js";
import { removeSession } from "../../src/actions/retention.js";
import { newId } from "../../src/domain/ids.js";
import { listStates } from "../../src/domain/inbox/list.js";
import { dropBase, keepLabel, moveBase, tendBase } from "../../src/store/inbox/base/keep.js";
import { sweepBases } from "../../src/store/inbox/base/sweep.js";
import {
  endSnoozes,
  findDueSnoozes,
  markArchived,
  markPinned,
  markRead,
  markSnoozed,
  markUnread,
} from "../../src/store/inbox/mark.js";
import { findUnread, markEachRead } from "../../src/store/inbox/mark-list-read.js";
import { measureKeptStep, measureStep, saveStep } from "../../src/store/inbox/read-up-to.js";
import { findPastSessions, saveRevival } from "../../src/store/session.js";
import { lockSession } from "../../src/store/session-locks.js";
import type { SessionRow } from "../../src/store/row.js";
import { saveEachLabels, saveEdit } from "../../src/store/session-edit.js";
import { statement } from "../../src/store/statement.js";
import type { TenantStore } from "../../src/store/store.js";
import { holdVersion, readVersion } from "../../src/store/tenant.js";
import { transaction } from "../../src/store/transaction.js";
import type { Tx } from "../../src/store/tx.js";
import { makeBeginning } from "./beginning.js";
import { keptLabels, lowLimits } from "./kept-counts.js";
import type { Random } from "./random.js";

/** A tenant whose counts change. */
export interface Changing {
  store: TenantStore;
  random: Random;
  readers: readonly string[];
  projects: readonly string[];
  profiles: readonly string[];
  /** The ids of the roots that there were. */
  ids: string[];
}

const create = statement<never, { id: string; projectId: string; profile: string }>(`
  INSERT INTO session (tenant_id, id, name, project_id, backend_profile, reason_since, last_activity_at, created_at, updated_at)
  SELECT :tenantId, :id, :id, :projectId, :profile, at, at, at, at FROM (SELECT clock_timestamp() AS at) AS clock`);

/** Creates a root: it begins at once, or in a transaction, before whose end it is in no list. */
export async function createRoot({ store, random, projects, profiles, ids }: Changing): Promise<void> {
  const id = newId("session");
  const place = { projectId: random.pick(projects), backendProfile: random.pick(profiles) };
  if (random.chance(0.5)) {
    await transaction(store, async (tx) => {
      await tx.rows(create, { id, projectId: place.projectId, profile: place.backendProfile });
      tx.raise(id);
    });
  } else if (!(await store.beginnings.do(makeBeginning({ ...place, id }))))
    throw new Error(`the name ${id} was taken`);
  ids.push(id);
}

const change = statement<{ id: string }, { id: string; reason: string; active: boolean; state: string }>(`
  UPDATE session SET reason = :reason::attention_reason, active = :active, execution_state = :state::session_execution_state
  WHERE tenant_id = :tenantId AND id = :id AND NOT removing RETURNING id`);
const expireAt = statement<never, { id: string; ms: number | null }>(`
  UPDATE session SET expires_at = clock_timestamp() + make_interval(secs => :ms::float8 / 1000) WHERE tenant_id = :tenantId AND id = :id AND NOT expired`);

function someOf({ random, ids }: Changing): string[] {
  return [...new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(ids)))].toSorted();
}

/** Changes a locked root, twice in a transaction now and then. */
async function changeOne(tx: Tx, { random }: Changing, id: string): Promise<void> {
  for (let times = random.chance(0.3) ? 2 : 1; times > 0; times -= 1) {
    const given = {
      reason: random.pick(["WORKING", "NEEDS_INPUT", "FAILED", "IDLE", "FINISHED"]),
      active: random.chance(0.4),
      state: random.pick(["IDLE", "RUNNING", "TERMINAL"]),
    };
    if ((await tx.rows(change, { id, ...given })).length === 0) return;
  }
  const tell = random.pick(["change", "raise", "ask"] as const);
  if (tell === "ask") tx.ask({ id, rootId: null });
  else tx[tell](id);
}

async function changeRoots(world: Changing): Promise<void> {
  const { store, random, readers } = world;
  await transaction(store, async (tx) => {
    const ids = someOf(world);
    for (const id of ids) if (await lockSession(tx, id)) await changeOne(tx, world, id);
    if (random.chance(0.3)) tx.byReader(random.pick(readers), ids[0] ?? null);
  });
}

/** Gives roots other labels, one by one, stamped at the end, or all in one statement. */
async function labelRoots(world: Changing): Promise<void> {
  const { store, random } = world;
  await transaction(store, async (tx) => {
    const rows: SessionRow[] = [];
    for (const id of someOf(world)) {
      const row = await lockSession(tx, id);
      if (row && !row.removing) rows.push(row);
    }
    const edits = rows.map((row) => ({ ...row, labels: keptLabels.filter(() => random.chance(0.5)) }));
    if (random.chance(0.5)) {
      await holdVersion(tx);
      await saveEachLabels(
        tx,
        edits.map(({ id, labels }, place) => ({ id, labels, before: rows[place]?.labels ?? [] })),
      );
    } else for (const [place, row] of rows.entries()) await saveEdit(tx, row, edits[place] ?? row);
  });
}

async function expireRoots(world: Changing): Promise<void> {
  const { store, random } = world;
  const id = random.pick(world.ids);
  await transaction(store, async (tx) => {
    if (!(await lockSession(tx, id))) return;
    await tx.rows(expireAt, { id, ms: random.pick([null, -1, 200, 60_000]) });
    tx.change(id);
  });
  if (random.chance(0.5))
    await expireSessions(store, await findPastSessions(store, { limit: 5, failing: [] }));
}

async function reviveRoot({ store, random, ids }: Changing): Promise<void> {
  await transaction(store, async (tx) => {
    const row = await lockSession(tx, random.pick(ids));
    if (row?.expired && !row.removing) await saveRevival(tx, row, null);
  });
}

async function removeRoot({ store, random }: Changing): Promise<void> {
  const [id] = await findPastSessions(store, { limit: 1, failing: [] });
  if (id !== undefined) await removeSession(store, id, { keepsRow: random.chance(0.3) });
}

async function mark(world: Changing): Promise<void> {
  const { store, random, readers } = world;
  const place = { readerId: random.pick(readers), sessionIds: someOf(world) };
  const until = new Date(Date.now() + random.pick([150, 60_000])).toISOString();
  const upTo = random.chance(0.3) ? random.below(await readVersion(store)) : null;
  const marks: ((tx: Tx) => Promise<unknown>)[] = [
    (tx) => markRead(tx, place, upTo),
    (tx) => markUnread(tx, place),
    (tx) => markArchived(tx, place, random.chance(0.7)),
    (tx) => markSnoozed(tx, place, random.chance(0.8) ? until : null),
    (tx) => markPinned(tx, place, random.chance(0.5)),
  ];
  await transaction(store, random.pick(marks));
}

async function endSomeSnoozes({ store }: Changing): Promise<void> {
  const due = await findDueSnoozes(store, { limit: 3, failing: [] });
  if (due.length > 0) await transaction(store, (tx) => endSnoozes(tx, due));
}

async function markList({ store, random, readers, projects, profiles }: Changing): Promise<void> {
  const filter = {
    state: random.pick(listStates),
    projectId: random.pick([null, ...projects]),
    backendProfile: random.pick([null, null, ...profiles]),
  };
  const newest = await readVersion(store);
  const upToVersion = random.pick([null, newest, Math.max(0, newest - random.below(20))]);
  const list = { readerId: random.pick(readers), filter, upToVersion };
  if (random.chance(0.3)) {
    const unread = await findUnread(store, list, 5);
    await transaction(store, (tx) => markEachRead(tx, list.readerId, unread));
  } else {
    const step = (await measureKeptStep(store, list, 500)) ?? (await measureStep(store, list, 500));
    await transaction(store, (tx) => saveStep(tx, list, step));
  }
}

async function tend({ store, random, readers }: Changing): Promise<void> {
  const reader = random.pick(["", ...readers]);
  if (random.chance(0.03)) await dropBase(store, reader);
  else if (random.chance(0.3)) await keepLabel(store, reader, random.pick(keptLabels), lowLimits);
  else if (random.chance(0.5)) await moveBase(store, reader, lowLimits);
  else await tendBase(store, reader, lowLimits);
}

const weights: readonly [operation: (world: Changing) => Promise<void>, weight: number][] = [
  [createRoot, 2],
  [changeRoots, 6],
  [labelRoots, 3],
  [expireRoots, 2],
  [reviveRoot, 1],
  [removeRoot, 1],
  [mark, 8],
  [endSomeSnoozes, 1],
  [markList, 1],
  [tend, 6],
];
const operations = weights.flatMap(([operation, weight]) => Array.from({ length: weight }, () => operation));

/** Does one thing of all this, or lets the sweeper remove what no base needs. */
export async function changeSomething(world: Changing, pool: pg.Pool): Promise<void> {
  if (world.random.chance(0.05)) await sweepBases(pool);
  else await world.random.pick(operations)(world);
}
