import type { Client } from "graphql-ws";
import { expect, it } from "vitest";
import { removeOthers } from "../../src/actions/clear.js";
import { removeSession } from "../../src/actions/retention.js";
import { findResting } from "../../src/store/resting.js";
import { createStore } from "../../src/store/store.js";
import type { FollowRequestsSubscription, InputRequestFilter } from "../generated/documents/graphql.js";
import { follow } from "../support/following/follow.js";
import { graphql } from "../support/graphql.js";
import { answerDocument, openRequest } from "../support/requests.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { startService } from "../support/start-service.js";
import { createRun, createSession, finishRun, sessionOf, times, uniqueName } from "../support/work.js";

const service = shareService();
const node = shareNode(service);

const query = graphql(`
  subscription FollowRequests($filter: InputRequestFilter, $after: String) {
    inputRequests(filter: $filter, after: $after) {
      cursor caughtUp removedIds totalCount requests { id state prompt }
    }
  }
`);
type Batch = FollowRequestsSubscription["inputRequests"];

function followRequests(client: Client, filter: InputRequestFilter, after: string | null = null) {
  return follow(client, query, { filter, after }, "inputRequests");
}

async function next(stream: AsyncGenerator<Batch>): Promise<Batch> {
  const { value, done } = await stream.next();
  if (done) throw new Error("the stream has ended");
  return value;
}

const answer = (id: string) => service.ask(answerDocument, { input: { id, decision: "DENIED" } });
const runOf = (projectId: string) => createRun(service, { projectId });
const idsOf = ({ requests }: Batch) => requests.map(({ id }) => id);

it("a follower gets what is open, then what is asked and what is answered, of its project alone", async () => {
  const projectId = uniqueName("project");
  const runId = await runOf(projectId);
  const first = await openRequest(service, runId, { prompt: "first" });
  const stream = followRequests(service.connect(), { projectId });
  expect(await next(stream)).toMatchObject({
    requests: [{ id: first, state: "OPEN", prompt: "first" }],
    removedIds: [],
    totalCount: 1,
    caughtUp: true,
  });
  await openRequest(service, await runOf(uniqueName("project")));
  const second = await openRequest(service, runId);
  expect(await next(stream)).toMatchObject({ requests: [{ id: second }], removedIds: [], totalCount: 2 });
  await answer(first);
  expect(await next(stream)).toMatchObject({ requests: [], removedIds: [first], totalCount: 1 });
  await finishRun(service, runId);
  expect(await next(stream)).toMatchObject({ requests: [], removedIds: [second], totalCount: 0 });
  await stream.return(undefined);
});

it("who comes back gets each that changed meanwhile once; all that match come in batches of 100", async () => {
  const projectId = uniqueName("project");
  const runId = await runOf(projectId);
  const opened = await times(90, () => openRequest(service, runId));
  const other = await runOf(projectId);
  opened.push(...(await times(40, () => openRequest(service, other))));
  const stream = followRequests(service.connect(), { projectId });
  const [whole, rest] = [await next(stream), await next(stream)];
  expect([whole.caughtUp, rest.caughtUp]).toEqual([false, true]);
  expect([...idsOf(whole), ...idsOf(rest)].toSorted()).toEqual(opened.toSorted());
  await stream.return(undefined);

  const [gone = ""] = opened;
  await answer(gone);
  const added = await openRequest(service, other, { prompt: "new" });
  const resumed = followRequests(service.connect(), { projectId }, rest.cursor);
  expect(await next(resumed)).toMatchObject({
    requests: [{ id: added }],
    removedIds: [gone],
    caughtUp: true,
  });
  await resumed.return(undefined);
});

it("closed ones may be followed too, newest changes last", async () => {
  const projectId = uniqueName("project");
  const runId = await runOf(projectId);
  const stream = followRequests(service.connect(), { projectId, states: ["ANSWERED"] });
  expect(await next(stream)).toMatchObject({ requests: [], caughtUp: true });
  const id = await openRequest(service, runId);
  expect(await next(stream)).toMatchObject({ requests: [], removedIds: [id] });
  await answer(id);
  expect(await next(stream)).toMatchObject({ requests: [{ id, state: "ANSWERED" }], totalCount: 1 });
  await stream.return(undefined);
});

const deleteDocument = graphql(`
  mutation DeleteAsked($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedId } }
`);
const sql = (text: string, ...values: unknown[]) => node.pool.query(text, values);

/** Removes what is kept for a day, an hour after it has left every list. */
async function clear(): Promise<void> {
  const store = createStore(
    node.pool,
    () => {},
    () => {},
  );
  await removeOthers(store, (kind, search) => findResting(node.pool, kind, search), new Map(), {
    retention: { graceSeconds: 3_600, days: 1 },
    isStopped: () => false,
    onFault: (error) => {
      throw error;
    },
  });
}

/** What a follower that resumes is sent first. */
async function first(filter: InputRequestFilter, after: string | null): Promise<Batch> {
  const stream = followRequests(service.connect(), filter, after);
  const batch = await next(stream);
  await stream.return(undefined);
  return batch;
}

it("who follows is told what went with its session, and so is who was away; an hour later the cursor is too old", async () => {
  const projectId = uniqueName("project");
  const { runId } = await createSession(service, {}, { projectId });
  const session = { id: await sessionOf(service, runId) };
  const below = await createRun(service, {
    projectId,
    session: { sessionId: uniqueName("below"), parent: session },
  });
  const asked = await openRequest(service, below);
  const answered = await openRequest(service, runId);
  const ids = [asked, answered].toSorted();
  const other = await openRequest(service, await runOf(projectId));
  await answer(answered);
  const all: InputRequestFilter = { projectId, states: ["OPEN", "ANSWERED", "WITHDRAWN"] };
  const filters: InputRequestFilter[] = [
    all,
    { projectId },
    { session },
    { projectId, kinds: ["QUESTION"] },
    { runId: below },
    { session, tree: false },
  ];
  const cursors = await Promise.all(filters.map(async (filter) => (await first(filter, null)).cursor));
  const stream = followRequests(service.connect(), all);
  expect(await next(stream)).toMatchObject({ totalCount: 3 });

  await service.ask(deleteDocument, { input: { session, cancelRunning: true } });
  const told: string[] = [];
  let last: Batch;
  do {
    last = await next(stream);
    told.push(...last.removedIds);
  } while (told.length < 2);
  expect(told.toSorted()).toEqual(ids);
  expect(last).toMatchObject({ requests: [], totalCount: 1 });
  const removed = async (n: number) =>
    (await first(filters[n] ?? {}, cursors[n] ?? "")).removedIds.toSorted();
  for (const n of [0, 1, 2, 3]) expect(await removed(n)).toEqual(ids);
  expect(await removed(4)).toEqual([asked]);
  expect(await removed(5)).toEqual([answered]);
  const { cursor } = await first(all, cursors[0] ?? "");
  expect(await first({ runId: await runOf(projectId) }, null)).toMatchObject({ removedIds: [] });

  await sql("UPDATE removed_request SET removed_at = removed_at - interval '2 hours'");
  await clear();
  for (const [n, filter] of filters.entries())
    await expect(first(filter, cursors[n] ?? "")).rejects.toThrow(/cursor-too-old|too old/);
  // Who has read up to it goes on.
  await answer(other);
  expect(await first(all, cursor)).toMatchObject({ requests: [{ id: other }], removedIds: [] });
  expect(await next(stream)).toMatchObject({ requests: [{ id: other }] });
  await stream.return(undefined);
});

it("of a run without a session too, though it went while it was open", async () => {
  const projectId = uniqueName("project");
  const runId = await runOf(projectId);
  const id = await openRequest(service, runId);
  const { cursor } = await first({ projectId }, null);
  await sql("UPDATE run SET updated_at = updated_at - interval '2 days' WHERE id = $1", runId);
  await sql("UPDATE run_event SET created_at = created_at - interval '2 days' WHERE run_id = $1", runId);
  await clear();
  expect(await first({ projectId }, cursor)).toMatchObject({ requests: [], removedIds: [id], totalCount: 0 });
});

it("of a session that is kept no longer too, however much is removed before", async () => {
  const { runId } = await createSession(service);
  const sessionId = await sessionOf(service, runId);
  const { cursor } = await first({ runId }, null);
  const id = await openRequest(service, runId);
  await sql("UPDATE session SET expires_at = clock_timestamp() WHERE id = $1", sessionId);
  expect(await removeSession(node, sessionId)).toBe(true);
  expect(await first({ runId }, cursor)).toMatchObject({ requests: [], removedIds: [id] });
});

it("an answer on one node reaches a follower on another", async () => {
  await using other = await startService({ databaseUrl: service.databaseUrl });
  const projectId = uniqueName("project");
  const id = await openRequest(service, await runOf(projectId));
  const stream = followRequests(other.connect(), { projectId });
  expect(idsOf(await next(stream))).toEqual([id]);
  await answer(id);
  expect(await next(stream)).toMatchObject({ removedIds: [id] });
  await stream.return(undefined);
});
