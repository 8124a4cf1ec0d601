import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  QueueTaskFilter,
  WalkTasksQueryVariables,
  WalkTasksQuery,
} from "../../generated/documents/graphql.js";
import { found } from "../../support/found.js";
import { graphql } from "../../support/graphql.js";
import { cancelTask, claimTask, createTask, markTaskReadDocument, updateTask } from "../../support/queue.js";
import { recordStatements } from "../../support/statements.js";
import {
  type Asks,
  type TestService,
  answered,
  asking,
  callerOf,
  codeOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";
import { registerRunner, uniqueName } from "../../support/work.js";

let service: TestService;
let runnerId: string;
let asks: Asks;
const callAs = async (reader: string, scopes: ("reader" | "runner" | "operator")[]) =>
  callerOf(service.url, await tokenFor("acme", scopes, reader));
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  const call = await callAs("ada", ["operator"]);
  asks = asking(call);
  runnerId = await registerRunner(asks);
});
afterAll(() => service.close());

type WalkedTask = WalkTasksQuery["queueTasks"]["nodes"][number];

describe("the figures of a queue", () => {
  const stats = graphql(`
    query QueueFigures($queue: String) {
      queueStats(queue: $queue) {
        queue total maxVersion oldestPendingSeconds generatedAt byState { state count } byLane { lane count }
      }
    }
  `);
  const read = async (queue: string | null) => (await asks.ask(stats, { queue })).queueStats;

  it("name every state in the order of the enum and every lane by name, and agree with the tasks", async () => {
    const queue = uniqueName("queue");
    for (const lane of ["b", "a", "a", "a", "c"]) await createTask(asks, { queue, lane });
    await claimTask(asks, { queue, runnerId, lanes: ["a"] });
    const { task, leaseToken } = await claimTask(asks, { queue, runnerId, lanes: ["b"] });
    const ended = await updateTask(asks, { taskId: task.id, state: "BLOCKED", leaseToken });
    expect(await read(queue)).toMatchObject({
      queue,
      total: 5,
      maxVersion: ended.version,
      byState: [
        { state: "PENDING", count: 3 },
        { state: "RUNNING", count: 1 },
        { state: "COMPLETED", count: 0 },
        { state: "FAILED", count: 0 },
        { state: "BLOCKED", count: 1 },
        { state: "CANCELLED", count: 0 },
      ],
      byLane: [
        { lane: "a", count: 3 },
        { lane: "b", count: 1 },
        { lane: "c", count: 1 },
      ],
    });
  });

  it("of an empty queue are zeros", async () => {
    const { generatedAt, byState, ...rest } = await read("nothing here");
    expect(rest).toEqual({
      queue: "nothing here",
      total: 0,
      maxVersion: 0,
      oldestPendingSeconds: null,
      byLane: [],
    });
    expect(byState.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(generatedAt).toMatch(/^\d{4}-.*\.\d{6}Z$/);
  });

  it("of all queues count them all", async () => {
    const before = await read(null);
    await createTask(asks, { queue: uniqueName("queue") });
    expect(await read(null)).toMatchObject({ queue: null, total: before.total + 1 });
  });

  it("measure the longest wait of what could be handed out now: from creation, or from a later availableAt", async () => {
    const queue = uniqueName("queue");
    const future = new Date(Date.now() + 3_600_000).toISOString();
    await createTask(asks, { queue, availableAt: future });
    expect((await read(queue)).oldestPendingSeconds).toBeNull();
    const waiting = await createTask(asks, { queue, availableAt: "2020-01-01T00:00:00Z" });
    const { oldestPendingSeconds, generatedAt } = await read(queue);
    const sinceCreation = (Date.parse(generatedAt) - Date.parse(waiting.createdAt)) / 1_000;
    expect(Math.abs(found(oldestPendingSeconds) - sinceCreation)).toBeLessThan(0.01);
    await cancelTask(asks, waiting.id);
    expect((await read(queue)).oldestPendingSeconds).toBeNull();
  });
});

describe("a walk of queue tasks in running order gives every one once, forward and backward:", () => {
  const queue = uniqueName("walked");
  beforeAll(async () => {
    for (let index = 0; index < 16; index += 1) {
      const { id } = await createTask(asks, {
        queue,
        priority: [0, 5, -5][index % 3],
        lane: index % 4 === 0 ? "slow" : "default",
        projectId: index % 5 === 0 ? "other" : "p",
      });
      if (index % 4 === 1) await cancelTask(asks, id);
      if (index % 4 === 2) await updateTask(asks, { taskId: id, state: "RUNNING" });
    }
  });

  const list = graphql(`
    query WalkTasks($filter: QueueTaskFilter, $first: Int, $after: String, $last: Int, $before: String) {
      queueTasks(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id priority createdAt state lane projectId version }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  `);
  const read = async (filter: QueueTaskFilter, page: Omit<WalkTasksQueryVariables, "filter">) =>
    (await asks.ask(list, { filter: { queue, ...filter }, ...page })).queueTasks;

  it.each<[string, QueueTaskFilter, (task: WalkedTask) => boolean]>([
    ["all", {}, () => true],
    ["one state", { states: ["PENDING"] }, ({ state }) => state === "PENDING"],
    ["two states", { states: ["RUNNING", "CANCELLED"] }, ({ state }) => state !== "PENDING"],
    ["a lane", { lane: "default" }, ({ lane }) => lane === "default"],
    [
      "a project",
      { projectId: "p", lane: "default" },
      (task) => task.projectId === "p" && task.lane !== "slow",
    ],
    ["no state", { states: [] }, () => false],
  ])("%s", async (_what, filter, matches) => {
    const all = (await read({}, { first: 100 })).nodes;
    expect(all).toHaveLength(16);
    const order = all.toSorted((a, b) => b.priority - a.priority || (a.createdAt < b.createdAt ? -1 : 1));
    const wanted = order.filter(matches).map(({ id }) => id);
    for (const size of [1, 3, 100]) {
      const forward: string[] = [];
      for (let after: string | null = null; ;) {
        const page = await read(filter, { first: size, after });
        expect(page.totalCount).toBe(wanted.length);
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        forward.push(...page.nodes.map(({ id }) => id));
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      expect(forward).toEqual(wanted);
      const backward: string[] = [];
      for (let before: string | null = null; ;) {
        const page = await read(filter, { last: size, before });
        expect(page.pageInfo.hasNextPage).toBe(before !== null);
        backward.unshift(...page.nodes.map(({ id }) => id));
        if (!page.pageInfo.hasPreviousPage) break;
        before = page.pageInfo.startCursor;
      }
      expect(backward).toEqual(wanted);
    }
  });

  it("updatedAfterVersion leaves only what changed later", async () => {
    const { nodes } = await read({}, { first: 100 });
    const versions = nodes.map(({ version }) => version).toSorted((a, b) => a - b);
    const later = await read({ updatedAfterVersion: versions[9] }, { first: 100 });
    expect(later.nodes.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(versions.slice(10));
  });

  it("a cursor of another filter is refused", async () => {
    const { pageInfo } = await read({}, { first: 2 });
    await expect(read({ lane: "default" }, { after: pageInfo.endCursor })).rejects.toThrow("BAD_USER_INPUT");
  });

  it("a page with attempts, marks, runners and sessions sends one statement for each", async () => {
    const query = graphql(`
      query TasksWithEverything($queue: String) {
        queueTasks(filter: { queue: $queue }) {
          nodes {
            unread sessionPath session { id } latestAttempt { runner { id } run { id } task { id } }
            attempts { nodes { number } }
          }
        }
      }
    `);
    await asks.ask(query, { queue });
    const sent = await recordStatements(() => asks.ask(query, { queue }));
    // The page, its marks, latest attempts, attempts and the attempts' tasks: nobody claimed, so there are no runners.
    expect(sent).toHaveLength(5);
    for (const { text, name } of sent) {
      expect(text).toMatch(/tenant_id/);
      // The walks above have used up the names that lists of so many shapes are given.
      expect(name ?? "s_").toMatch(/^s_/);
    }
  });
});

describe("a task is unread", () => {
  const read = graphql(`
    query UnreadTask($id: ID!, $readerId: String) {
      queueTask(id: $id) { unread(readerId: $readerId) version }
    }
  `);

  it("for each reader until that reader marks it, and again after it changed; marking changes nothing of it", async () => {
    const ada = await callAs("ada", ["reader", "runner"]);
    const bob = await callAs("bob", ["reader"]);
    const unread = async (call: typeof ada, id: string) =>
      found((await answered(call(read, { id }))).queueTask).unread;
    const task = await createTask(asks);
    expect([await unread(ada, task.id), await unread(bob, task.id)]).toEqual([true, true]);
    const marked = (await answered(ada(markTaskReadDocument, { input: { taskId: task.id } })))
      .markQueueTaskRead.task;
    expect(marked).toEqual(task);
    expect([await unread(ada, task.id), await unread(bob, task.id)]).toEqual([false, true]);
    await updateTask(asks, { taskId: task.id, state: "RUNNING" });
    expect(await unread(ada, task.id)).toBe(true);
    await answered(ada(markTaskReadDocument, { input: { taskId: task.id } }));
    await answered(ada(markTaskReadDocument, { input: { taskId: task.id } }));
    expect(await unread(ada, task.id)).toBe(false);
  });

  it("for another reader only an operator may say or mark", async () => {
    const { id } = await createTask(asks);
    const bob = await callAs("bob", ["reader", "runner"]);
    expect(await codeOf(bob(read, { id, readerId: "ada" }))).toBe("FORBIDDEN");
    expect(await codeOf(bob(markTaskReadDocument, { input: { taskId: id, readerId: "ada" } }))).toBe(
      "FORBIDDEN",
    );
    expect(
      await codeOf(bob(markTaskReadDocument, { input: { taskId: id, readerId: "bob" } })),
    ).toBeUndefined();
    await asks.ask(markTaskReadDocument, { input: { taskId: id, readerId: "carol" } });
    const unreadTaskOfFour = graphql(`
      query UnreadTaskOfFour($id: ID!) {
        queueTask(id: $id) {
          ada: unread bob: unread(readerId: "bob") carol: unread(readerId: "carol")
          dan: unread(readerId: "dan")
        }
      }
    `);
    const data = await asks.ask(unreadTaskOfFour, { id });
    expect(data.queueTask).toEqual({ ada: true, bob: false, carol: false, dan: true });
  });
});
