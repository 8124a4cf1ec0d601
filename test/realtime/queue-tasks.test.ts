import type { Client } from "graphql-ws";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type {
  FollowTasksSubscription,
  PageOfTasksQuery,
  QueueTaskFilter,
} from "../generated/documents/graphql.js";
import { follow } from "../support/following/follow.js";
import { graphql } from "../support/graphql.js";
import { cancelTask, claimTask, createTask, updateTask } from "../support/queue.js";
import { type TestService, startService } from "../support/start-service.js";
import { registerRunner, uniqueName } from "../support/work.js";

// The numbers are those of the invariants in src/realtime/audience.

let service: TestService;
let runnerId: string;
beforeAll(async () => {
  service = await startService();
  runnerId = await registerRunner(service);
});
afterAll(() => service.close());

type TaskBatch = FollowTasksSubscription["queueTasks"];

const query = graphql(`
  subscription FollowTasks($filter: QueueTaskFilter, $after: String) {
    queueTasks(filter: $filter, after: $after) {
      cursor caughtUp removedIds stats { queue total } tasks { id state version title }
    }
  }
`);

function followTasks(
  client: Client,
  filter: QueueTaskFilter,
  after: string | null = null,
): AsyncGenerator<TaskBatch> {
  return follow(client, query, { filter, after }, "queueTasks");
}

async function next(stream: AsyncGenerator<TaskBatch>): Promise<TaskBatch> {
  const { value, done } = await stream.next();
  if (done) throw new Error("the stream has ended");
  return value;
}

const idsOf = ({ tasks }: TaskBatch) => tasks.map(({ id }) => id);

it("a follower gets the tasks as they are, in running order, then every change with the figures", async () => {
  const queue = uniqueName("queue");
  const low = await createTask(service, { queue, priority: -1 });
  const high = await createTask(service, { queue, priority: 1 });
  const stream = followTasks(service.connect(), { queue });
  const first = await next(stream);
  expect(first).toMatchObject({ caughtUp: true, removedIds: [], stats: { queue, total: 2 } });
  expect(idsOf(first)).toEqual([high.id, low.id]);

  const { task } = await claimTask(service, { queue, runnerId });
  expect(await next(stream)).toMatchObject({ tasks: [task], removedIds: [] });
  const added = await createTask(service, { queue });
  expect(await next(stream)).toMatchObject({
    tasks: [{ id: added.id, state: "PENDING", version: added.version }],
    stats: { total: 3 },
  });
  await stream.return(undefined);
});

it("a queue without tasks gives its first batch at once, and tasks of other queues never come", async () => {
  const queue = uniqueName("queue");
  const stream = followTasks(service.connect(), { queue, lane: "wanted" });
  expect(await next(stream)).toMatchObject({
    tasks: [],
    removedIds: [],
    caughtUp: true,
    stats: { total: 0 },
  });
  await createTask(service, { queue: uniqueName("other"), lane: "wanted" });
  await cancelTask(service, (await createTask(service, { queue, lane: "other" })).id);
  const wanted = await createTask(service, { queue, lane: "wanted" });
  const batch = await next(stream);
  expect([idsOf(batch), batch.removedIds]).toEqual([[wanted.id], []]);
  await stream.return(undefined);
});

it("a task that leaves the filter's states is told by its id", async () => {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue });
  const stream = followTasks(service.connect(), { queue, states: ["PENDING", "FAILED"] });
  expect(idsOf(await next(stream))).toEqual([taskId]);
  await updateTask(service, { taskId, state: "RUNNING" });
  expect(await next(stream)).toMatchObject({ tasks: [], removedIds: [taskId] });
  await updateTask(service, { taskId, state: "FAILED" });
  expect(await next(stream)).toMatchObject({ tasks: [{ id: taskId, state: "FAILED" }], removedIds: [] });
  await stream.return(undefined);
});

it("with a cursor each task that changed since comes once, as it stands now, by version", async () => {
  const queue = uniqueName("queue");
  const [a, b, c] = [
    await createTask(service, { queue }),
    await createTask(service, { queue }),
    await createTask(service, { queue }),
  ];
  const stream = followTasks(service.connect(), { queue });
  const { cursor } = await next(stream);
  await stream.return(undefined);
  await updateTask(service, { taskId: c.id, state: "RUNNING" });
  await updateTask(service, { taskId: a.id, state: "RUNNING" });
  await updateTask(service, { taskId: a.id, state: "COMPLETED" });
  const resumed = followTasks(service.connect(), { queue }, cursor);
  const batch = await next(resumed);
  expect(batch.caughtUp).toBe(true);
  expect(batch.tasks.map(({ id, state }) => [id, state])).toEqual([
    [c.id, "RUNNING"],
    [a.id, "COMPLETED"],
  ]);
  expect(idsOf(batch)).not.toContain(b.id);
  await resumed.return(undefined);
});

it("a long list comes 100 at a time and goes on after a break in its middle; what changed meanwhile comes once, at the end", async () => {
  const queue = uniqueName("queue");
  const ids: string[] = [];
  for (let index = 0; index < 13; index += 1) {
    const made = await Promise.all(Array.from({ length: 20 }, () => createTask(service, { queue })));
    ids.push(...made.toSorted((x, y) => (x.createdAt < y.createdAt ? -1 : 1)).map(({ id }) => id));
  }
  const whole = followTasks(service.connect(), { queue });
  const batches = [await next(whole), await next(whole), await next(whole)];
  await whole.return(undefined);
  expect(batches.map(({ tasks, caughtUp }) => [tasks.length, caughtUp])).toEqual([
    [100, false],
    [100, false],
    [60, true],
  ]);
  expect(batches.flatMap(idsOf)).toEqual(ids);

  const sent = ids[3] ?? "";
  const notSent = ids[150] ?? "";
  for (const taskId of [notSent, sent]) await cancelTask(service, taskId);
  const added = await createTask(service, { queue, priority: 9 });
  const resumed = followTasks(service.connect(), { queue }, batches[0]?.cursor);
  const rest: string[] = [];
  for (;;) {
    const batch = await next(resumed);
    rest.push(...idsOf(batch));
    expect(batch.tasks.length).toBeLessThanOrEqual(100);
    if (batch.caughtUp) break;
  }
  await resumed.return(undefined);
  const unchanged = ids.slice(100).filter((id) => id !== notSent);
  expect(rest).toEqual([...unchanged, notSent, sent, added.id]);
});

it("more than 100 changes come in batches of 100, and nothing is left out", async () => {
  const queue = uniqueName("queue");
  const empty = followTasks(service.connect(), { queue });
  const { cursor } = await next(empty);
  await empty.return(undefined);
  for (let index = 0; index < 7; index += 1)
    await Promise.all(Array.from({ length: 15 }, () => createTask(service, { queue })));
  const stream = followTasks(service.connect(), { queue }, cursor);
  const batches = [await next(stream), await next(stream)];
  await stream.return(undefined);
  expect(batches.map(({ tasks, caughtUp }) => [tasks.length, caughtUp])).toEqual([
    [100, false],
    [5, true],
  ]);
  const versions = batches.flatMap(({ tasks }) => tasks.map(({ version }) => version));
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect(new Set(batches.flatMap(idsOf)).size).toBe(105);
});

it("a cursor of another filter, of the connection, or a changed one is refused", async () => {
  const queue = uniqueName("queue");
  await createTask(service, { queue });
  const client = service.connect();
  const stream = followTasks(client, { queue });
  const { cursor } = await next(stream);
  await stream.return(undefined);
  const endOfTasks = graphql(`
    query EndOfTasks($filter: QueueTaskFilter) { queueTasks(filter: $filter) { pageInfo { endCursor } } }
  `);
  const data = await service.ask(endOfTasks, { filter: { queue } });
  for (const [filter, after] of [
    [{ queue, lane: "other" }, cursor],
    [{ queue }, data.queueTasks.pageInfo.endCursor],
    [{ queue }, `${cursor}AA`],
    [{ queue }, "nonsense"],
  ] as const) {
    await expect(next(followTasks(client, filter, after))).rejects.toThrow(/BAD_USER_INPUT/);
  }
});

it("A8: a following that breaks ends with the cursor to resume after, and the socket lives on", async () => {
  await using own = await startService();
  const client = own.connect();
  const before = followTasks(client, {});
  const { cursor } = await next(before);
  await before.return(undefined);
  const { id } = await createTask(own);
  const database = new pg.Client({ connectionString: own.databaseUrl });
  await database.connect();
  await database.query("ALTER TABLE queue_task RENAME TO hidden");
  const { value } = await client.iterate({ query: query.toString(), variables: { after: cursor } }).next();
  expect(value?.errors).toMatchObject([{ extensions: { code: "UNAVAILABLE", details: { cursor } } }]);
  await database.query("ALTER TABLE hidden RENAME TO queue_task");
  await database.end();
  const resumed = followTasks(client, {}, cursor);
  expect(idsOf(await next(resumed))).toEqual([id]);
  await resumed.return(undefined);
});

const writers = 6;
const followers = 4;
const cuts = 8;

it(`${writers} writers, ${followers} followers that are cut and resume ${cuts} times each: what they have seen is what is there`, async () => {
  const queue = uniqueName("queue");
  for (let index = 0; index < 6; index += 1)
    await Promise.all(Array.from({ length: 20 }, () => createTask(service, { queue })));
  const write = async () => {
    const own = await registerRunner(service);
    for (let turn = 0; turn < 12; turn += 1) {
      await createTask(service, { queue, priority: turn });
      const { task, leaseToken } = await claimTask(service, { queue, runnerId: own });
      if (turn % 3 > 0) await updateTask(service, { taskId: task.id, state: "COMPLETED", leaseToken });
    }
  };
  const filter: QueueTaskFilter = { queue, states: ["PENDING", "RUNNING"] };
  const pageOfTasks = graphql(`
    query PageOfTasks($filter: QueueTaskFilter, $after: String) {
      queueTasks(filter: $filter, after: $after, first: 100) {
        nodes { id state version } pageInfo { hasNextPage endCursor }
      }
    }
  `);
  const list = async () => {
    const live = new Map<string, string>();
    for (let after: string | null = null; ;) {
      const page: PageOfTasksQuery = await service.ask(pageOfTasks, { filter, after });
      for (const { id, state, version } of page.queueTasks.nodes) live.set(id, `${state} ${version}`);
      if (!page.queueTasks.pageInfo.hasNextPage) return live;
      after = page.queueTasks.pageInfo.endCursor;
    }
  };

  const followUntilEnd = async () => {
    const seen = new Map<string, string>();
    const versions = new Map<string, number>();
    let after: string | null = null;
    let ended = false;
    for (let cut = 0; ; cut += 1) {
      const client = service.connect();
      for await (const { tasks, removedIds, cursor, caughtUp } of followTasks(client, filter, after)) {
        for (const { id, state, version, title } of tasks) {
          expect(version).toBeGreaterThan(versions.get(id) ?? 0);
          versions.set(id, version);
          seen.set(id, `${state} ${version}`);
          ended ||= title === "the last";
        }
        for (const id of removedIds) seen.delete(id);
        after = cursor;
        if (cut < cuts) {
          // The whole socket goes, without a goodbye to the subscription.
          client.terminate();
          break;
        }
        if (ended && caughtUp) break;
      }
      await client.dispose();
      if (cut >= cuts) return seen;
    }
  };
  const following = Array.from({ length: followers }, followUntilEnd);
  await Promise.all(Array.from({ length: writers }, write));
  await createTask(service, { queue, title: "the last" });
  const there = await list();
  for (const seen of await Promise.all(following)) expect(seen).toEqual(there);
});
