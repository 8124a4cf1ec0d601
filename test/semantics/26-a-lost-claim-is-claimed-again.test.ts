import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { claimNextRun } from "../../src/actions/claim-next-run.js";
import { localViewer } from "../../src/auth/viewer.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, finishRun, readEvents, registerRunner, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const claimRun = graphql(`
  mutation ClaimWithKey($input: ClaimNextRunInput!) {
    claimNextRun(input: $input) { run { id lease { attempt } } leaseToken }
  }
`);
const claimTask = graphql(`
  mutation ClaimTaskWithKey($input: ClaimQueueTaskInput!) {
    claimQueueTask(input: $input) { task { id state } attempt { id number } leaseToken }
  }
`);

async function createTask(queue: string): Promise<string> {
  const create = graphql(`
    mutation CreateTaskOf($queue: String!) {
      createQueueTask(input: { projectId: "p", queue: $queue, lane: "l", payload: {} }) { task { id } }
    }
  `);
  return (await service.ask(create, { queue })).createQueueTask.task.id;
}

async function query(sql: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query(sql, values);
  await client.end();
}

it("the same runner and key get the same run with a new token, and no event; another key or runner gets the next", async () => {
  const profile = uniqueName("profile");
  const runs = [
    await createRun(service, { backendProfile: profile }),
    await createRun(service, { backendProfile: profile }),
  ];
  const runnerId = await registerRunner(service);
  const ask = (idempotencyKey: string, more = {}) =>
    service.ask(claimRun, { input: { runnerId, backendProfiles: [profile], idempotencyKey, ...more } });
  const { claimNextRun: first } = await ask("a");
  const { claimNextRun: again } = await ask("a", { backendProfiles: ["another"], leaseSeconds: 30 });
  expect([first.run, again.run]).toEqual([
    { id: runs[0], lease: { attempt: 1 } },
    { id: runs[0], lease: { attempt: 1 } },
  ]);
  await expect(append(service, runs[0] ?? "", ["x"], { leaseToken: first.leaseToken })).rejects.toThrow(
    "LEASE",
  );
  await append(service, runs[0] ?? "", ["x"], { leaseToken: again.leaseToken });
  const phases = (await readEvents(service, runs[0] ?? "")).map(
    ({ payload }) => payload.phase ?? payload.text,
  );
  expect(phases).toEqual(["run-created", "run-claimed", "x"]);

  const other = await registerRunner(service);
  expect((await ask("a", { runnerId: other })).claimNextRun.run?.id).toBe(runs[1]);
  expect((await ask("b")).claimNextRun.run).toBeNull();
  await finishRun(service, runs[0] ?? "");
  expect((await ask("a")).claimNextRun.run).toBeNull();
});

it("once the lease has run out the key claims anew, and the lost attempt counts", async () => {
  const profile = uniqueName("profile");
  const runId = await createRun(service, { backendProfile: profile });
  const runnerId = await registerRunner(service);
  const input = { runnerId, backendProfiles: [profile], idempotencyKey: "a" };
  await service.ask(claimRun, { input });
  await query("UPDATE run SET lease_expires_at = clock_timestamp() WHERE id = $1", [runId]);
  expect((await service.ask(claimRun, { input })).claimNextRun.run).toEqual({
    id: runId,
    lease: { attempt: 2 },
  });
});

it("of 16 calls at once with one key all get one run, and one attempt of a task", async () => {
  const profile = uniqueName("profile");
  for (let run = 0; run < 4; run += 1) await createRun(service, { backendProfile: profile });
  const queue = uniqueName("queue");
  for (let task = 0; task < 4; task += 1) await createTask(queue);
  const runnerId = await registerRunner(service);
  const times = <Result>(call: () => Promise<Result>) => Promise.all(Array.from({ length: 16 }, call));
  const runs = await times(() =>
    service.ask(claimRun, { input: { runnerId, backendProfiles: [profile], idempotencyKey: "k" } }),
  );
  expect(new Set(runs.map(({ claimNextRun }) => found(claimNextRun.run).id)).size).toBe(1);
  const attempts = await times(() =>
    service.ask(claimTask, { input: { runnerId, queue, idempotencyKey: "k" } }),
  );
  expect(new Set(attempts.map(({ claimQueueTask }) => found(claimQueueTask.attempt).id)).size).toBe(1);
});

it("a call that finds no run that waits any more gets the one that another with its key was just given", async () => {
  const profile = uniqueName("profile");
  const runId = await createRun(service, { backendProfile: profile });
  const input = { runnerId: await registerRunner(service), backendProfiles: [profile], idempotencyKey: "a" };
  const node = openNode(service);
  let looks = 0;
  const rows: typeof node.rows = async (statement, ...values) => {
    // Between its look for an earlier claim and that for what waits.
    if (statement.text.includes("wanted (profile)") && (looks += 1) === 1)
      expect((await service.ask(claimRun, { input })).claimNextRun.run?.id).toBe(runId);
    return node.rows(statement, ...values);
  };
  const claimed = await claimNextRun(
    { viewer: localViewer, store: { ...node, rows } },
    { ...input, leaseSeconds: 60 },
  );
  await node.pool.end();
  expect(claimed).toMatchObject({
    run: { id: runId, attempt: 1 },
    leaseToken: expect.stringMatching(/^lease_/),
  });
  expect(looks).toBe(1);
});

it("a task's attempt too: the same with a new token while its lease lives, a new one after that", async () => {
  const queue = uniqueName("queue");
  const taskId = await createTask(queue);
  const runnerId = await registerRunner(service);
  const input = { queue, runnerId, idempotencyKey: "a" };
  const { claimQueueTask: first } = await service.ask(claimTask, { input });
  const { claimQueueTask: again } = await service.ask(claimTask, { input: { ...input, queue: "another" } });
  expect(again).toMatchObject({
    task: { id: taskId, state: "RUNNING" },
    attempt: { id: first.attempt?.id, number: 1 },
  });
  expect(again.leaseToken).not.toBe(first.leaseToken);
  await query("UPDATE queue_attempt SET lease_expires_at = clock_timestamp() WHERE id = $1", [
    first.attempt?.id,
  ]);
  const next = await createTask(queue);
  expect((await service.ask(claimTask, { input })).claimQueueTask).toMatchObject({
    task: { id: next },
    attempt: { number: 1 },
  });
});
