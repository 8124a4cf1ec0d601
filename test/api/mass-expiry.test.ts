import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Failing, sweepTenant } from "../../src/actions/sweep.js";
import { openPool } from "../../src/database/pool.js";
import { createStore } from "../../src/store/store.js";
import { graphql } from "../support/graphql.js";
import { claimTask, createTask, readTask } from "../support/queue.js";
import { lockRun } from "../support/row-lock.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  claim,
  createCommand,
  createRun,
  finishRun,
  readEvents,
  readSession,
  registerRunner,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService();
  pool = openPool({ connectionString: service.databaseUrl, connections: 6, onError: () => {} });
});
afterAll(async () => {
  await pool.end();
  await service.close();
});

/** Does what is due, and gives how many transactions that took. */
async function sweep(): Promise<number> {
  let commits = 0;
  const count = () => {
    commits += 1;
  };
  const store = createStore(pool, count, () => {}).tenant("local");
  await sweepTenant(store, new Failing(), (error) => {
    throw error;
  });
  return commits;
}

const statusOf = graphql(`
  query StatusOfExpiredRun($id: ID!) { run(id: $id) { status failureKind } }
`);
const readStatus = async (id: string) => (await service.ask(statusOf, { id })).run;

it("leases that run out together end together, and each run and session is told as if it were alone", async () => {
  const runnerId = await registerRunner(service);
  const sessionIds = Array.from({ length: 15 }, () => uniqueName("session"));
  const runIds: string[] = [];
  for (const sessionId of [...sessionIds, null]) {
    for (let n = 0; n < 3; n += 1) {
      const runId = await createRun(service, sessionId === null ? {} : { session: { sessionId } });
      await claim(service, runId, { runnerId });
      runIds.push(runId);
    }
  }
  await pool.query("UPDATE run SET lease_expires_at = clock_timestamp()");
  expect(await sweep()).toBe(1);
  for (const runId of runIds) {
    expect(await readStatus(runId)).toEqual({ status: "PENDING", failureKind: null });
    const [last, before] = (await readEvents(service, runId)).toReversed();
    expect(last?.payload).toEqual({ phase: "lease-expired", runnerId, attempt: 1 });
    expect(before?.payload.phase).toBe("run-claimed");
  }
  for (const sessionId of sessionIds) {
    expect(await readSession(service, sessionId)).toMatchObject({ executionState: "IDLE", lastEventSeq: 9 });
  }
});

it("of the runs of one session some wait again and some fail, and the session shows the failures", async () => {
  const sessionId = uniqueName("session");
  const runIds: string[] = [];
  for (const maxAttempts of [1, 3, 1]) {
    const runId = await createRun(service, { session: { sessionId }, maxAttempts });
    await createCommand(service, runId, "TURN");
    await claim(service, runId);
    runIds.push(runId);
  }
  await createCommand(service, runIds[1] ?? "", "INTERRUPT");
  await pool.query("UPDATE run SET lease_expires_at = clock_timestamp() WHERE id = ANY($1)", [runIds]);
  expect(await sweep()).toBe(1);
  const failed = { status: "FAILED", failureKind: "LEASE_EXPIRED" };
  expect(await Promise.all(runIds.map(readStatus))).toEqual([
    failed,
    { status: "PENDING", failureKind: null },
    failed,
  ]);
  const told = (await readEvents(service, runIds[0] ?? "")).slice(-3);
  expect(told.map(({ type, payload }) => payload.phase ?? type)).toEqual([
    "lease-expired",
    "command-terminal",
    "TERMINAL_STATUS",
  ]);
  // The turn of the run that waits again lives on.
  expect(await readSession(service, sessionId)).toMatchObject({
    executionState: "RUNNING",
    activeRun: { id: runIds[1] },
  });
});

it("a run that somebody has locked holds up no other of its group", async () => {
  const runIds = await Promise.all(Array.from({ length: 10 }, () => createRun(service)));
  for (const runId of runIds) await claim(service, runId);
  const [locked = "", ...others] = runIds;
  await pool.query("UPDATE run SET lease_expires_at = clock_timestamp() WHERE id = ANY($1)", [runIds]);
  const lock = await lockRun(service.databaseUrl, locked);
  const swept = sweep();
  const statuses = () =>
    Promise.all(others.map(async (id) => (await readStatus(id))?.status)).then((all) => new Set(all));
  await expect.poll(statuses).toEqual(new Set(["PENDING"]));
  expect((await readStatus(locked))?.status).toBe("CLAIMED");
  await lock.release();
  expect(await swept).toBe(2);
  expect((await readStatus(locked))?.status).toBe("PENDING");
});

it("attempts at tasks, and sessions past their expiresAt, end in groups too", async () => {
  const runnerId = await registerRunner(service);
  const taskIds: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    const queue = uniqueName("queue");
    taskIds.push((await createTask(service, { queue, maxAttempts: n % 2 === 0 ? 1 : 2 })).id);
    await claimTask(service, { queue, runnerId });
  }
  await pool.query("UPDATE queue_attempt SET lease_expires_at = clock_timestamp()");
  expect(await sweep()).toBe(1);
  for (const [n, taskId] of taskIds.entries()) {
    expect(await readTask(service, taskId)).toMatchObject({
      state: n % 2 === 0 ? "FAILED" : "PENDING",
      latestAttempt: { state: "FAILED", failureKind: "LEASE_EXPIRED" },
    });
  }
  const expiresAt = "2099-01-01T00:00:00Z";
  for (let n = 0; n < 12; n += 1)
    await finishRun(
      service,
      await createRun(service, { session: { sessionId: uniqueName("session"), expiresAt } }),
    );
  await pool.query("UPDATE session SET expires_at = clock_timestamp() WHERE expires_at IS NOT NULL");
  expect(await sweep()).toBe(1);
  const { rows } = await pool.query("SELECT expired FROM session WHERE expires_at IS NOT NULL");
  expect(rows).toEqual(Array.from({ length: 12 }, () => ({ expired: true })));
});
