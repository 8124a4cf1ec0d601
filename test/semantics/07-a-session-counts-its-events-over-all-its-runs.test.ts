import { afterAll, beforeAll, expect, it } from "vitest";
import { type ReceivedBatch, followSession } from "../support/following/follow.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  append,
  cancelRun,
  createCommand,
  createRun,
  createSession,
  finishRun,
  readEvents,
  readSession,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const timeline = graphql(`
  query SessionTimeline($by: SessionRef!) {
    session(by: $by) { lastEventSeq timeline(first: 500) { totalCount nodes { sessionSeq seq run { id } } } }
  }
`);

it("the count goes on when a new run starts, in which seq begins anew", async () => {
  const { sessionId, runId } = await createSession(service);
  await append(service, runId, ["a", "b"]);
  await finishRun(service, runId);
  expect((await readSession(service, sessionId)).lastEventSeq).toBe(4);
  const secondRun = await createRun(service, { session: { sessionId } });
  expect((await readSession(service, sessionId)).lastEventSeq).toBe(5);
  expect((await readEvents(service, secondRun))[0]).toMatchObject({ seq: 1, sessionSeq: 5 });
});

it("runs that work at the same time share it, whoever writes", async () => {
  const { sessionId, runId } = await createSession(service);
  const secondRun = await createRun(service, { session: { sessionId } });
  await createCommand(service, runId);
  await append(service, secondRun, ["a", "b"]);
  await append(service, runId, ["c"]);
  await cancelRun(service, secondRun);
  const data = await service.ask(timeline, { by: { sessionId } });
  const [a, b] = [{ id: runId }, { id: secondRun }];
  expect(data.session?.timeline.nodes).toEqual([
    { sessionSeq: 1, seq: 1, run: a },
    { sessionSeq: 2, seq: 1, run: b },
    { sessionSeq: 3, seq: 2, run: a },
    { sessionSeq: 4, seq: 2, run: b },
    { sessionSeq: 5, seq: 3, run: b },
    { sessionSeq: 6, seq: 3, run: a },
    { sessionSeq: 7, seq: 4, run: b },
    { sessionSeq: 8, seq: 5, run: b },
  ]);
  expect(data.session).toMatchObject({ lastEventSeq: 8, timeline: { totalCount: 8 } });
});

it("a follower of the session gets it in this order", async () => {
  const { sessionId, runId } = await createSession(service);
  await finishRun(service, runId);
  await createRun(service, { session: { sessionId } });
  const { value: batch } = await followSession(service.connect(), { session: { sessionId } }).next();
  expect((batch as ReceivedBatch).events.map(({ seq, sessionSeq }) => [seq, sessionSeq])).toEqual([
    [1, 1],
    [2, 2],
    [1, 3],
  ]);
});

it("a run without a session has no such count", async () => {
  const runId = await createRun(service);
  await append(service, runId, ["a"]);
  const events = await readEvents(service, runId);
  expect(events.map(({ seq, sessionSeq }) => [seq, sessionSeq])).toEqual([
    [1, null],
    [2, null],
  ]);
});
