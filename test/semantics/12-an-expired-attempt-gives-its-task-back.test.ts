import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findDueAttempts } from "../../src/store/queue/attempt.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import {
  claimTask,
  createTask,
  endLease,
  expireAttempt,
  readTask,
  releaseTaskDocument,
  tryClaimTask,
  updateTask,
  updateTaskDocument,
  withStore,
} from "../support/queue.js";
import { type TestService, codeOf, startService } from "../support/start-service.js";
import { registerRunner, uniqueName } from "../support/work.js";

let service: TestService;
let runnerId: string;
beforeAll(async () => {
  service = await startService();
  runnerId = await registerRunner(service);
});
afterAll(() => service.close());

/** Lets the lease of an attempt run out and does what the sweeper does. */
async function expire(attemptId: string): Promise<void> {
  await endLease(service.databaseUrl, attemptId);
  await expireAttempt(service.databaseUrl, "local", attemptId);
}

/** Makes a task available now. */
async function endBackoff(taskId: string): Promise<void> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query("UPDATE queue_task SET available_at = clock_timestamp() WHERE id = $1", [taskId]);
  await client.end();
}

it("an expired attempt puts its task back, for 1 s, then 2 s, then 4 s, and the task fails once they are spent", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue, maxAttempts: 4 });
  for (const [index, seconds] of [1, 2, 4].entries()) {
    const number = index + 1;
    const { attempt, task: claimed } = await claimTask(service, { queue, runnerId });
    expect(attempt.number).toBe(number);
    await expire(attempt.id);
    const task = await readTask(service, taskId);
    expect(task).toMatchObject({ state: "PENDING", expiredAttempts: number });
    expect(task.version).toBeGreaterThan(claimed.version);
    expect(task.latestAttempt).toMatchObject({
      id: attempt.id,
      state: "FAILED",
      failureKind: "LEASE_EXPIRED",
    });
    expect(found(task.latestAttempt).finishedAt).not.toBeNull();
    expect(Date.parse(task.availableAt) - Date.parse(task.updatedAt)).toBe(seconds * 1_000);
    expect((await tryClaimTask(service, { queue, runnerId })).task).toBeNull();
    await endBackoff(taskId);
  }
  const { attempt } = await claimTask(service, { queue, runnerId });
  await expire(attempt.id);
  const page = graphql(`
    query AttemptsOfTask($id: ID!, $after: String) {
      queueTask(id: $id) {
        attempts(first: 2, after: $after) { nodes { number } pageInfo { endCursor hasNextPage } }
      }
    }
  `);
  const first = found((await service.ask(page, { id: taskId })).queueTask).attempts;
  const after = first.pageInfo.endCursor;
  const second = found((await service.ask(page, { id: taskId, after })).queueTask).attempts;
  expect([...first.nodes, ...second.nodes].map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
  expect(await readTask(service, taskId)).toMatchObject({
    state: "FAILED",
    expiredAttempts: 4,
    attempts: { totalCount: 4 },
    latestAttempt: { number: 4, state: "FAILED", failureKind: "LEASE_EXPIRED" },
  });
});

it("a task fails with its first expired attempt unless it was created with more", async () => {
  const queue = uniqueName("queue");
  const { id } = await createTask(service, { queue });
  await expire((await claimTask(service, { queue, runnerId })).attempt.id);
  expect((await readTask(service, id)).state).toBe("FAILED");
});

it("attempts that were given back count towards nothing", async () => {
  const queue = uniqueName("queue");
  const { id } = await createTask(service, { queue, maxAttempts: 2 });
  const given = await claimTask(service, { queue, runnerId });
  const input = { attemptId: given.attempt.id, leaseToken: given.leaseToken };
  await service.ask(releaseTaskDocument, { input });
  await expire((await claimTask(service, { queue, runnerId })).attempt.id);
  expect(await readTask(service, id)).toMatchObject({ state: "PENDING", expiredAttempts: 1 });
});

it("a late holder is refused after the task was put back", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue, maxAttempts: 5 });
  const { attempt, leaseToken } = await claimTask(service, { queue, runnerId });
  await expire(attempt.id);
  const before = await readTask(service, taskId);
  const end = { taskId, state: "COMPLETED" } as const;
  for (const held of [{ leaseToken }, { attemptId: attempt.id }, { leaseToken, attemptId: attempt.id }]) {
    expect(await codeOf(service.call(updateTaskDocument, { input: { ...end, ...held } }))).toBe(
      "RUNNER_LEASE_CONFLICT",
    );
  }
  expect(await readTask(service, taskId)).toEqual(before);
  const next = await updateTask(service, { taskId, state: "RUNNING" });
  expect(next.latestAttempt).toMatchObject({ number: 2, runner: null });
});

it("an attempt that is not due, has ended, is gone or has no lease does not expire", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue, maxAttempts: 5 });
  const { attempt, leaseToken } = await claimTask(service, { queue, runnerId });
  const held = await readTask(service, taskId);
  await expireAttempt(service.databaseUrl, "local", attempt.id);
  expect(await readTask(service, taskId)).toEqual(held);
  await expireAttempt(service.databaseUrl, "local", `att_${"0".repeat(32)}`);
  await expireAttempt(service.databaseUrl, "other", attempt.id);

  const ended = await updateTask(service, { taskId, state: "COMPLETED", leaseToken });
  await endLease(service.databaseUrl, attempt.id);
  await expireAttempt(service.databaseUrl, "local", attempt.id);
  const { leaseExpiresAt } = found((await readTask(service, taskId)).latestAttempt);
  expect(await readTask(service, taskId)).toMatchObject({
    ...ended,
    latestAttempt: { ...ended.latestAttempt, leaseExpiresAt },
    attempts: { totalCount: 1 },
  });

  const free = await createTask(service);
  const running = await updateTask(service, { taskId: free.id, state: "RUNNING" });
  await expireAttempt(service.databaseUrl, "local", found(running.latestAttempt).id);
  expect(await readTask(service, free.id)).toEqual(running);
});

it("the attempts that are due are found, the longest due first, of one tenant, up to a limit", async () => {
  await using other = await startService();
  const own = await registerRunner(other);
  const due: string[] = [];
  for (let index = 0; index < 4; index += 1) {
    await createTask(other);
    const { attempt } = await claimTask(other, { queue: "q", runnerId: own });
    if (index === 3) break;
    due.push(attempt.id);
    await endLease(other.databaseUrl, attempt.id);
  }
  await withStore(other.databaseUrl, async (store) => {
    expect(await findDueAttempts(store.tenant("local"), { limit: 100, failing: [] })).toEqual(due);
    expect(await findDueAttempts(store.tenant("local"), { limit: 2, failing: [] })).toEqual(due.slice(0, 2));
    expect(await findDueAttempts(store.tenant("acme"), { limit: 100, failing: [] })).toEqual([]);
  });
});

it("two sweepers that expire an attempt at once count it once", async () => {
  const queue = uniqueName("queue");
  const { id } = await createTask(service, { queue, maxAttempts: 9 });
  const { attempt } = await claimTask(service, { queue, runnerId });
  await endLease(service.databaseUrl, attempt.id);
  await Promise.all([1, 2, 3].map(() => expireAttempt(service.databaseUrl, "local", attempt.id)));
  expect((await readTask(service, id)).expiredAttempts).toBe(1);
});
