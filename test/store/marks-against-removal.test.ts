import { afterAll, beforeAll, expect, it } from "vitest";
import { removeSession } from "../../src/actions/retention.js";
import { newId } from "../../src/domain/ids.js";
import { endSnoozes, markArchived, markPinned, markRead, markUnread } from "../../src/store/inbox/mark.js";
import { markEachRead } from "../../src/store/inbox/mark-list-read.js";
import { saveStep } from "../../src/store/inbox/read-up-to.js";
import type { TenantStore } from "../../src/store/store.js";
import { readVersion } from "../../src/store/tenant.js";
import { transaction } from "../../src/store/transaction.js";
import type { Tx } from "../../src/store/tx.js";
import { mark } from "../support/attention.js";
import { makeBeginning } from "../support/beginning.js";
import { countDeadlocks } from "../support/deadlocks.js";
import { openNode } from "../support/node.js";
import { countWaiting } from "../support/row-lock.js";
import { type TestService, startService } from "../support/start-service.js";
import { createSession } from "../support/work.js";

const rounds = 30;

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function beginExpired(store: TenantStore): Promise<string[]> {
  const ids = Array.from({ length: 3 }, () => newId("session")).toSorted();
  for (const id of ids) await store.beginnings.do(makeBeginning({ id }));
  await store.pool.query(
    "UPDATE session SET expired = true, expires_at = clock_timestamp(), active = false WHERE id = ANY($1)",
    [ids],
  );
  return ids;
}

/** All ways in which marks of these sessions are written. */
function marksOf(
  store: TenantStore,
  sessionIds: string[],
  version: number,
): ((tx: Tx) => Promise<unknown>)[] {
  const place = { readerId: "ada", sessionIds };
  const list = { readerId: "bob", filter: { state: "DEFAULT" as const }, upToVersion: null };
  const step = {
    version,
    current: version,
    changed: 3,
    others: sessionIds,
    settled: new Date().toISOString(),
  };
  return [
    (tx) => markRead(tx, place, null),
    (tx) => markUnread(tx, place),
    (tx) => markArchived(tx, place, true),
    (tx) => markPinned(tx, { ...place, sessionIds: sessionIds.toReversed() }, true),
    (tx) => markEachRead(tx, "cleo", { ids: sessionIds, version }),
    (tx) => saveStep(tx, list, { ...step, leavesNone: false }),
    (tx) =>
      endSnoozes(
        tx,
        sessionIds.map((id) => `${id}:dan`),
      ),
  ];
}

it("sessions are marked and removed at the same time: nobody fails, and no mark is left", async () => {
  const store = openNode(service, "removed");
  for (let round = 0; round < rounds; round += 1) {
    const ids = await beginExpired(store);
    await store.pool.query(
      `INSERT INTO reader_mark (tenant_id, reader_id, session_id, change_version, snoozed_until, snoozed_version)
      SELECT $1, 'dan', unnest($2::text[]), 1, clock_timestamp() - interval '1 second', 1`,
      [store.tenantId, ids],
    );
    const version = await readVersion(store);
    await Promise.all([
      ...marksOf(store, ids, version).map((mark) => transaction(store, mark)),
      ...ids.map((id) => removeSession(store, id)),
    ]);
    const { rows } = await store.pool.query("SELECT session_id FROM reader_mark");
    expect(rows).toEqual([]);
  }
  // What a connection has counted is known for certain once it has ended.
  await store.pool.end();
  expect(await countDeadlocks(service)).toBe(0);
});

it("a mark with ifVersion waits for a removal without the tenant, for which the removal waits", async () => {
  const node = openNode(service);
  const { sessionId } = await createSession(service);
  const removal = await node.pool.connect();
  await removal.query("BEGIN");
  const { rows } = await removal.query<{ ifVersion: number }>(
    `SELECT change_version AS "ifVersion" FROM session WHERE name = $1 FOR UPDATE`,
    [sessionId],
  );
  const marked = mark(service, "archiveSession", sessionId, rows[0]);
  await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
  await removal.query("SELECT FROM tenant WHERE tenant_id = 'local' FOR UPDATE NOWAIT");
  await removal.query("COMMIT");
  removal.release();
  await marked;
  await node.pool.end();
});
