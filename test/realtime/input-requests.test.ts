import type { Client } from "graphql-ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { removeSession } from "../../src/actions/retention.js";
import { openPool } from "../../src/database/pool.js";
import { createStore } from "../../src/store/store.js";
import type { FollowRequestsSubscription, InputRequestFilter } from "../generated/documents/graphql.js";
import { follow } from "../support/following/follow.js";
import { graphql } from "../support/graphql.js";
import { answerDocument, openRequest } from "../support/requests.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, createSession, finishRun, sessionOf, times, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

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

it("a cursor from before something was removed of which its follower was not told is refused", async () => {
  const { runId } = await createSession(service);
  const sessionId = await sessionOf(service, runId);
  const stream = followRequests(service.connect(), { runId });
  const { cursor } = await next(stream);
  await stream.return(undefined);
  await openRequest(service, runId);
  const pool = openPool({ connectionString: service.databaseUrl, connections: 2, onError: () => undefined });
  await pool.query("UPDATE session SET expires_at = clock_timestamp() WHERE id = $1", [sessionId]);
  const store = createStore(
    pool,
    () => undefined,
    () => undefined,
  ).tenant("local");
  expect(await removeSession(store, sessionId)).toBe(true);
  await pool.end();
  const refused = followRequests(service.connect(), { runId }, cursor);
  await expect(refused.next()).rejects.toThrow(/cursor-too-old|too old/);
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
