/*
 * From a page to its feed: the page's feedCursor is of the page's own moment, so that nothing that is written around it is lost or
 * comes twice. FEED_ROUNDS=10000 is the long form.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SessionFilter, UpdateSessionsInput } from "../generated/documents/graphql.js";
import { graphql } from "../support/graphql.js";
import { followAttention } from "../support/following/attention.js";
import { follow } from "../support/following/follow.js";
import { createRandom } from "../support/random.js";
import { createTask } from "../support/queue.js";
import { answerDocument, openRequest } from "../support/requests.js";
import { type TestService, startService } from "../support/start-service.js";
import { mark } from "../support/attention.js";
import {
  cancelRun,
  createCommand,
  createSession,
  finishCommand,
  sessionOf,
  times,
  uniqueName,
} from "../support/work.js";

/** How many pages are read and followed, so many of them while the same writers write. */
const rounds = Number(process.env["FEED_ROUNDS"] ?? 40);
const readers = 8;
const writers = 8;

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const pageDocument = graphql(`
  query PageToFeed($filter: SessionFilter) {
    sessions(first: 100, filter: $filter) {
      feedCursor changeVersion totalCount
      nodes { id version attention { id changeVersion state reason } }
    }
  }
`);
const readPage = async (projectId: string) =>
  (await service.ask(pageDocument, { filter: { projectId, state: "UNREAD" } })).sessions;

type Page = Awaited<ReturnType<typeof readPage>>;

/** Sessions that a writer changes at random, once. */
async function write(projectId: string, seed: number): Promise<void> {
  const random = createRandom(seed);
  const { sessionId, runId } = await createSession(service, {}, { projectId });
  for (let step = 0; step < 4; step += 1) {
    const turn = await createCommand(service, runId);
    await finishCommand(service, turn);
    if (random.chance(0.5)) await mark(service, "markSessionRead", sessionId);
  }
}

/** Reads a page after some others, and follows its feed until both say what a page does that is read once all is written. */
async function pageAndFeed(projectId: string, seed: number, last: Promise<Page>): Promise<void> {
  const random = createRandom(seed);
  for (let wait = random.below(6); wait > 0; wait -= 1) await readPage(projectId);
  const page = await readPage(projectId);
  expect(page.totalCount).toBe(page.nodes.length);
  const known = new Map(page.nodes.map((node) => [node.id, node.version]));
  const changes = new Map(page.nodes.map(({ id, attention }) => [id, attention.changeVersion]));
  const stream = followAttention(service.connect(), {
    filter: { projectId, state: "UNREAD" },
    after: page.feedCursor,
  });
  const { nodes } = await last;
  let upTo = page.changeVersion;
  for await (const batch of stream) {
    for (const { id, version, attention } of batch.sessions) {
      // Nothing comes that the page had already, or that an earlier batch had.
      expect(attention.changeVersion).toBeGreaterThan(Math.max(upTo, changes.get(id) ?? 0));
      known.set(id, version);
      changes.set(id, attention.changeVersion);
    }
    for (const id of batch.removedIds) known.delete(id);
    expect(batch.changeVersion).toBeGreaterThanOrEqual(upTo);
    upTo = batch.changeVersion;
    const isWhole =
      nodes.every(({ id, version }) => known.get(id) === version) && known.size === nodes.length;
    if (isWhole) break;
  }
  expect([...known.keys()].toSorted()).toEqual(nodes.map(({ id }) => id).toSorted());
}

it("what a page of sessions and its feed say together is what a fresh page says, with writers all around", async () => {
  for (let round = 0; round < rounds; round += readers) {
    const projectId = uniqueName("project");
    const under = Array.from({ length: writers }, (_, n) => write(projectId, round * writers + n));
    const last = Promise.all(under).then(() => readPage(projectId));
    await Promise.all(Array.from({ length: readers }, (_, n) => pageAndFeed(projectId, round + n, last)));
  }
});

const markTogether = graphql(`
  mutation MarkTogether($input: UpdateSessionsInput!) { updateSessions(input: $input) { changed } }
`);

it.each<UpdateSessionsInput["action"]>([{ pin: true }, { addLabels: ["many"] }])(
  "a batch that holds a part of one change by %j says that it has what came before, so that nobody skips the rest",
  async (action) => {
    const projectId = uniqueName("project");
    const ids = await times(130, async () => {
      const { runId } = await createSession(service, {}, { projectId });
      return sessionOf(service, runId);
    });
    const filter = { projectId, state: "ALL" as const };
    const { feedCursor, changeVersion } = (await service.ask(pageDocument, { filter })).sessions;
    const input = { target: { ids }, action };
    expect((await service.ask(markTogether, { input })).updateSessions.changed).toBe(ids.length);
    const seen: [sessions: number, upTo: number][] = [];
    const stream = followAttention(service.connect(), { filter, after: feedCursor });
    for await (const batch of stream) {
      seen.push([batch.sessions.length, batch.changeVersion]);
      if (batch.caughtUp) break;
    }
    expect(seen).toEqual([
      [100, changeVersion],
      [30, changeVersion + 1],
    ]);
  },
);

it.each<UpdateSessionsInput["action"]>([{ pin: true }, { addLabels: ["many"] }])(
  "whoever follows already is told of a change of many by %j at once",
  async (action) => {
    const projectId = uniqueName("project");
    const { runId } = await createSession(service, {}, { projectId });
    const id = await sessionOf(service, runId);
    const filter = { projectId, state: "ALL" as const };
    const { feedCursor } = (await service.ask(pageDocument, { filter })).sessions;
    const stream = followAttention(service.connect(), { filter, after: feedCursor });
    expect((await stream.next()).value.sessions).toEqual([]);
    await service.ask(markTogether, { input: { target: { ids: [id] }, action } });
    expect((await stream.next()).value.sessions).toMatchObject([{ id }]);
    await stream.return(undefined);
  },
);

const countsDocument = graphql(`
  query PagesToFeeds($queue: String!, $runId: ID!) {
    queueTasks(filter: { queue: $queue }) { feedCursor totalCount nodes { id version } }
    inputRequests(filter: { runId: $runId, states: [OPEN, ANSWERED] }) { feedCursor totalCount nodes { id state } }
  }
`);
const tasksDocument = graphql(`
  subscription TasksFromPage($queue: String!, $after: String) {
    queueTasks(filter: { queue: $queue }, after: $after) { tasks { id version } removedIds caughtUp }
  }
`);
const requestsDocument = graphql(`
  subscription RequestsFromPage($runId: ID!, $after: String) {
    inputRequests(filter: { runId: $runId, states: [OPEN, ANSWERED] }, after: $after) { requests { id state } removedIds caughtUp }
  }
`);

it("so it is with queue tasks and input requests", async () => {
  const queue = uniqueName("queue");
  const { runId } = await createSession(service);
  const ids = [await openRequest(service, runId), await openRequest(service, runId)];
  await createTask(service, { queue });
  const writes = Promise.all(
    Array.from({ length: 6 }, async (_, n) => {
      await createTask(service, { queue });
      if (n < 2) await service.ask(answerDocument, { input: { id: ids[n] ?? "", decision: "DENIED" } });
      else await openRequest(service, runId);
    }),
  );
  const page = await service.ask(countsDocument, { queue, runId });
  expect(page.queueTasks.totalCount).toBe(page.queueTasks.nodes.length);
  expect(page.inputRequests.totalCount).toBe(page.inputRequests.nodes.length);
  await writes;
  const last = await service.ask(countsDocument, { queue, runId });
  const tasks = new Map(page.queueTasks.nodes.map(({ id, version }) => [id, version]));
  const variables = { queue, after: page.queueTasks.feedCursor };
  for await (const batch of follow(service.connect(), tasksDocument, variables, "queueTasks")) {
    for (const { id, version } of batch.tasks) {
      expect(tasks.get(id)).not.toBe(version);
      tasks.set(id, version);
    }
    if (tasks.size === last.queueTasks.totalCount) break;
  }
  expect([...tasks]).toEqual(
    expect.arrayContaining(last.queueTasks.nodes.map(({ id, version }) => [id, version])),
  );
  const requests = new Map(page.inputRequests.nodes.map(({ id, state }) => [id, state]));
  const after = page.inputRequests.feedCursor;
  const isDone = () => last.inputRequests.nodes.every(({ id, state }) => requests.get(id) === state);
  const stream = follow(service.connect(), requestsDocument, { runId, after }, "inputRequests");
  for await (const batch of stream) {
    for (const { id, state } of batch.requests) requests.set(id, state);
    if (isDone()) break;
  }
  expect(requests.size).toBe(last.inputRequests.totalCount);
  await cancelRun(service, runId);
});

it("tabs are the counts of each filter", async () => {
  const projectId = uniqueName("project");
  await createSession(service, {}, { projectId });
  const tabsDocument = graphql(`
    query TabsAndCounts($filters: [SessionFilter!]!, $filter: SessionFilter) {
      inboxTabs(filters: $filters) { id total unread }
      inboxCounts(filter: $filter) { id total unread }
    }
  `);
  const filters = [{ projectId }, { projectId, state: "READ" as const }, { projectId: "none" }];
  const { inboxTabs, inboxCounts } = await service.ask(tabsDocument, { filters, filter: { projectId } });
  expect(inboxTabs[0]).toEqual(inboxCounts);
  expect(inboxTabs.map(({ total }) => total)).toEqual([1, 1, 0]);
  expect(new Set(inboxTabs.map(({ id }) => id)).size).toBe(2);
});

it("filters that mean the same have the same cursors", async () => {
  const plain: SessionFilter = { reasons: ["WORKING", "STALE"] };
  const nothing = {
    projectId: null,
    backendProfile: null,
    search: null,
    archived: null,
    snoozed: null,
    updatedAfter: null,
    under: null,
    labelsAll: null,
    labelsAny: null,
  };
  const { feedCursor: after } = (await service.ask(pageDocument, { filter: plain })).sessions;
  const begin = async (filter: SessionFilter) => {
    const stream = followAttention(service.connect(), { filter, after });
    const first = await stream.next().catch((error: unknown) => String(error));
    await stream.return(undefined);
    return typeof first === "string" ? first : "begun";
  };
  const same: SessionFilter = {
    ...nothing,
    state: "DEFAULT",
    level: "ROOTS",
    reasons: ["STALE", "WORKING", "STALE"],
  };
  expect(await begin(same)).toBe("begun");
  expect(await begin({ ...plain, archived: false, snoozed: false })).toBe("begun");
  expect(await begin({ ...plain, archived: true })).toContain("BAD_USER_INPUT");
  expect(await begin({ reasons: ["STALE"] })).toContain("BAD_USER_INPUT");
});
