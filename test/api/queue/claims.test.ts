import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { found } from "../../support/found.js";
import { graphql } from "../../support/graphql.js";
import {
  cancelTaskDocument,
  claimTask,
  createTask,
  createTaskDocument,
  endLease,
  markTaskReadDocument,
  readTask,
  releaseTaskDocument,
  tryClaimTask,
  updateTaskDocument,
} from "../../support/queue.js";
import {
  type Asks,
  type Call,
  type TestService,
  asking,
  callerOf,
  codeOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";
import { registerRunner, times, uniqueName } from "../../support/work.js";

let service: TestService;
let runner: Call;
let operator: Call;
let runnerId: string;
/** Asks as a runner without the operator scope. */
let asks: Asks;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  runner = callerOf(service.url, await tokenFor("acme", ["reader", "runner"]));
  asks = asking(runner);
  operator = callerOf(service.url, await tokenFor("acme", ["operator"]));
  runnerId = await registerRunner(asks);
});
afterAll(() => service.close());

const claim = graphql(`
  mutation ClaimTaskId($input: ClaimQueueTaskInput!) { claimQueueTask(input: $input) { task { id } } }
`);
const heartbeat = graphql(`
  mutation HeartbeatTask($input: HeartbeatQueueTaskInput!) {
    heartbeatQueueTask(input: $input) { attempt { state leaseExpiresAt finishedAt } }
  }
`);

it("50 claimers that ask at once for 200 tasks get each task once, in one attempt", async () => {
  const queue = uniqueName("queue");
  await times(200, () => createTask(asks, { queue }));
  const claimed: string[] = [];
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      const own = await registerRunner(asks);
      for (;;) {
        const { task, attempt, leaseToken } = await tryClaimTask(asks, { queue, runnerId: own });
        if (task === null) {
          expect([attempt, leaseToken]).toEqual([null, null]);
          return;
        }
        expect(attempt).toMatchObject({ number: 1, state: "RUNNING", runner: { id: own } });
        claimed.push(task.id);
      }
    }),
  );
  expect(claimed).toHaveLength(200);
  expect(new Set(claimed).size).toBe(200);
  const tasksByState = graphql(`
    query TasksByState($queue: String) { queueStats(queue: $queue) { byState { state count } } }
  `);
  const data = await asks.ask(tasksByState, { queue });
  expect(data.queueStats.byState).toContainEqual({ state: "RUNNING", count: 200 });
});

it("tasks are handed out by priority, then by age", async () => {
  const queue = uniqueName("queue");
  const made: { id: string; priority: number }[] = [];
  for (const priority of [0, -1_000_000, 7, 0, 1_000_000, 7])
    made.push(await createTask(asks, { queue, priority }));
  const order: string[] = [];
  for (let turn = 0; turn < made.length; turn += 1)
    order.push((await claimTask(asks, { queue, runnerId })).task.id);
  expect(order).toEqual(made.toSorted((a, b) => b.priority - a.priority).map(({ id }) => id));
});

it("a claim out of some lanes gets no task of another", async () => {
  const queue = uniqueName("queue");
  await createTask(asks, { queue, lane: "slow", priority: 9 });
  const wanted = await createTask(asks, { queue, lane: "fast" });
  expect((await claimTask(asks, { queue, runnerId, lanes: ["fast", "other"] })).task.id).toBe(wanted.id);
  expect((await tryClaimTask(asks, { queue, runnerId, lanes: ["fast"] })).task).toBeNull();
  expect((await tryClaimTask(asks, { queue, runnerId })).task).not.toBeNull();
});

it("a task is not handed out before its availableAt", async () => {
  const queue = uniqueName("queue");
  const future = new Date(Date.now() + 3_600_000).toISOString();
  const later = await createTask(asks, { queue, priority: 9, availableAt: future });
  const past = await createTask(asks, { queue, availableAt: "2020-01-01T00:00:00Z" });
  expect(later.availableAt.slice(0, 19)).toBe(future.slice(0, 19));
  expect((await claimTask(asks, { queue, runnerId })).task.id).toBe(past.id);
  expect((await tryClaimTask(asks, { queue, runnerId })).task).toBeNull();
});

it("a claim shows who holds the task, raises its version and says the runner was heard from", async () => {
  const queue = uniqueName("queue");
  const own = await registerRunner(asks);
  const heard = graphql(`
    query RunnerHeartbeat($id: ID!) { node(id: $id) { ... on Runner { heartbeatAt } } }
  `);
  const readHeard = async () => found((await asks.ask(heard, { id: own })).node?.heartbeatAt);
  const before = await readHeard();
  const made = await createTask(asks, { queue });
  const { task, attempt } = await claimTask(asks, { queue, runnerId: own, leaseSeconds: 30 });
  expect(task).toMatchObject({ id: made.id, state: "RUNNING" });
  expect(task.version).toBeGreaterThan(made.version);
  const leaseMs = Date.parse(found(attempt.leaseExpiresAt)) - Date.parse(attempt.startedAt);
  expect(leaseMs).toBe(30_000);
  const read = await readTask(asks, made.id);
  expect(read.latestAttempt).toEqual(attempt);
  expect(read.attempts).toEqual({ nodes: [attempt], totalCount: 1 });
  expect((await readHeard()) > before).toBe(true);
});

it("an unknown runner is NOT_FOUND, with tasks and without, and takes none", async () => {
  const queue = uniqueName("queue");
  const input = { queue, runnerId: "rnr_nobody" };
  expect(await codeOf(runner(claim, { input }))).toBe("NOT_FOUND");
  const { id } = await createTask(asks, { queue });
  expect(await codeOf(runner(claim, { input }))).toBe("NOT_FOUND");
  expect(await readTask(asks, id)).toMatchObject({ state: "PENDING", latestAttempt: null });
});

it.each([0, -1, 3601])("a lease of %d seconds is refused", async (leaseSeconds) => {
  const input = { queue: "q", runnerId, leaseSeconds };
  expect(await codeOf(runner(claim, { input }))).toBe("BAD_USER_INPUT");
});

it("while an attempt is held, its token is needed; an operator may do without, but a wrong one is refused", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(asks, { queue });
  const { leaseToken } = await claimTask(asks, { queue, runnerId });
  const input = { taskId, state: "RUNNING" } as const;
  const wrong = { ...input, leaseToken: "lease_wrong" };
  expect(await codeOf(runner(updateTaskDocument, { input }))).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(runner(updateTaskDocument, { input: wrong }))).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(operator(updateTaskDocument, { input: wrong }))).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(operator(updateTaskDocument, { input }))).toBeUndefined();
  expect(await codeOf(runner(updateTaskDocument, { input: { ...input, leaseToken } }))).toBeUndefined();
});

it("a heartbeat lengthens the lease and raises no version", async () => {
  const queue = uniqueName("queue");
  const { id } = await createTask(asks, { queue });
  const { attempt, leaseToken } = await claimTask(asks, { queue, runnerId, leaseSeconds: 5 });
  const before = await readTask(asks, id);
  const input = { attemptId: attempt.id, leaseToken, leaseSeconds: 3600 };
  const beat = (await asks.ask(heartbeat, { input })).heartbeatQueueTask.attempt;
  expect(beat.state).toBe("RUNNING");
  expect(Date.parse(found(beat.leaseExpiresAt)) - Date.parse(found(attempt.leaseExpiresAt))).toBeGreaterThan(
    3_500_000,
  );
  expect((await readTask(asks, id)).version).toBe(before.version);
  const wrong = { ...input, leaseToken: "lease_wrong" };
  expect(await codeOf(runner(heartbeat, { input: wrong }))).toBe("RUNNER_LEASE_CONFLICT");
});

it("after its lease has ended, a late holder is refused everywhere, an operator is not", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(asks, { queue });
  const { attempt, leaseToken } = await claimTask(asks, { queue, runnerId });
  await endLease(service.databaseUrl, attempt.id);
  const held = { attemptId: attempt.id, leaseToken };
  const end = { taskId, state: "COMPLETED" } as const;
  expect(await codeOf(runner(heartbeat, { input: held }))).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(runner(releaseTaskDocument, { input: held }))).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(runner(updateTaskDocument, { input: { ...end, leaseToken } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  expect((await readTask(asks, taskId)).state).toBe("RUNNING");
  expect(await codeOf(operator(updateTaskDocument, { input: end }))).toBeUndefined();
});

it("a heartbeat of an ended attempt changes nothing and says how it ended", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(asks, { queue });
  const { attempt, leaseToken } = await claimTask(asks, { queue, runnerId });
  await asks.ask(updateTaskDocument, { input: { taskId, state: "COMPLETED", leaseToken } });
  const before = await readTask(asks, taskId);
  const beat = await asks.ask(heartbeat, { input: { attemptId: attempt.id, leaseToken: "lease_any" } });
  expect(beat.heartbeatQueueTask.attempt.state).toBe("COMPLETED");
  expect(await readTask(asks, taskId)).toEqual(before);
});

it("a task that is given back is there for the next runner at once, and it counts as no expired attempt", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(asks, { queue, maxAttempts: 1 });
  const first = await claimTask(asks, { queue, runnerId });
  const input = { attemptId: first.attempt.id, leaseToken: first.leaseToken };
  expect(await codeOf(runner(releaseTaskDocument, { input: { ...input, leaseToken: "lease_wrong" } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  const given = (await asks.ask(releaseTaskDocument, { input })).releaseQueueTask.task;
  expect(given).toMatchObject({ id: taskId, state: "PENDING", expiredAttempts: 0, cancelledAt: null });
  expect(given.latestAttempt).toMatchObject({ number: 1, state: "CANCELLED" });
  expect(found(given.latestAttempt).finishedAt).not.toBeNull();
  expect((await asks.ask(releaseTaskDocument, { input })).releaseQueueTask.task).toEqual(given);

  const second = await claimTask(asks, { queue, runnerId: await registerRunner(asks) });
  expect(second).toMatchObject({ task: { id: taskId }, attempt: { number: 2 } });
  expect((await asks.ask(releaseTaskDocument, { input })).releaseQueueTask.task.state).toBe("RUNNING");
  const late = { taskId, state: "COMPLETED", leaseToken: first.leaseToken } as const;
  expect(await codeOf(runner(updateTaskDocument, { input: late }))).toBe("RUNNER_LEASE_CONFLICT");
});

it("the token is stored as a hash alone", async () => {
  const queue = uniqueName("queue");
  await createTask(asks, { queue });
  const { attempt, leaseToken } = await claimTask(asks, { queue, runnerId });
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    "SELECT to_jsonb(queue_attempt)::text AS attempt FROM queue_attempt WHERE id = $1",
    [attempt.id],
  );
  await client.end();
  expect(rows[0].attempt).not.toContain(leaseToken);
});

it("a reader may create and cancel; only a runner may claim, heartbeat, update and give back", async () => {
  const reader = callerOf(service.url, await tokenFor("acme", ["reader"]));
  const nobody = callerOf(service.url, await tokenFor("acme", []));
  const { id: taskId } = await createTask(asking(reader));
  const attemptId = `att_${"0".repeat(32)}`;
  const held = { attemptId, leaseToken: "x" };
  for (const send of [
    () => reader(claim, { input: { queue: "q", runnerId } }),
    () => reader(heartbeat, { input: held }),
    () => reader(updateTaskDocument, { input: { taskId, state: "RUNNING" } }),
    () => reader(releaseTaskDocument, { input: held }),
  ]) {
    expect(await codeOf(send())).toBe("FORBIDDEN");
  }
  const input = { projectId: "p", queue: "q", payload: {} };
  expect(await codeOf(nobody(createTaskDocument, { input }))).toBe("FORBIDDEN");
  expect(await codeOf(nobody(cancelTaskDocument, { input: { taskId } }))).toBe("FORBIDDEN");
  expect(await codeOf(reader(cancelTaskDocument, { input: { taskId } }))).toBeUndefined();
  const asRunner = callerOf(service.url, await tokenFor("acme", ["runner"]));
  expect(await codeOf(asRunner(createTaskDocument, { input }))).toBeUndefined();
  expect(await codeOf(asRunner(markTaskReadDocument, { input: { taskId } }))).toBe("FORBIDDEN");
});
