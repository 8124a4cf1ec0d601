import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, type InboxBatch, type RunBatch, createClient } from "../../src/client/client.js";
import { createTestDatabase } from "../support/database.js";
import { collect } from "../support/following/follow.js";
import { recordSockets } from "../support/following/recorded-socket.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, createSession, finishRun } from "../support/work.js";

let service: TestService;
let client: Client;
beforeAll(async () => {
  service = await startService();
  client = createClient({ url: service.url, webSocket: WebSocket });
});
afterAll(() => service.close());

function seqsOf(batches: readonly RunBatch[]): number[] {
  return batches.flatMap(({ events }) => events.map(({ seq }) => seq));
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

// F7
it("a run is followed from its beginning to its end, with the fields of each type of event", async () => {
  const runId = await createRun(service);
  const seqs: number[] = [];
  const texts: string[] = [];
  let last: RunBatch | undefined;
  for await (const batch of client.followRun(runId)) {
    last = batch;
    seqs.push(...batch.events.map(({ seq }) => seq));
    for (const event of batch.events) {
      if (event.__typename === "AssistantMessageEvent") texts.push(event.text);
    }
    if (seqs.length === 1) await append(service, runId, ["one", "two"]);
    if (seqs.length === 3) await finishRun(service, runId);
  }
  expect(seqs).toEqual([1, 2, 3, 4]);
  expect(texts).toEqual(["one", "two"]);
  expect(last?.run).toMatchObject({ id: runId, status: "COMPLETED", terminalStatus: "COMPLETED" });
  expect(last?.events.at(-1)).toMatchObject({ terminalStatus: "COMPLETED", message: "" });
});

it("a follower begins after the cursor it is given, and takes the types it asks for", async () => {
  const runId = await createRun(service);
  await append(service, runId, ["a", "b"]);
  await finishRun(service, runId);
  const [first] = await collect(client.followRun(runId, { types: ["ASSISTANT_MESSAGE"] }));
  expect(first?.events.map(({ type }) => type)).toEqual(["ASSISTANT_MESSAGE", "ASSISTANT_MESSAGE"]);
  const after = first?.cursor;
  expect(seqsOf(await collect(client.followRun(runId, { after, types: ["ASSISTANT_MESSAGE"] })))).toEqual([]);
});

it("a session is followed over its runs until the signal is aborted", async () => {
  const { sessionId, runId } = await createSession(service);
  const end = new AbortController();
  const runs = new Set<string>();
  for await (const { events, session } of client.followSession({ sessionId }, { signal: end.signal })) {
    expect(session.sessionId).toBe(sessionId);
    for (const { run } of events) runs.add(run.id);
    if (runs.size === 1 && !events.some(({ type }) => type === "TERMINAL_STATUS")) {
      await finishRun(service, runId);
      await createRun(service, { session: { sessionId } });
    }
    if (runs.size === 2) end.abort();
  }
  expect(runs.size).toBe(2);
});

// F6
it("a follower that waits ends at once when its signal is aborted, and when it is told to return", async () => {
  const runId = await createRun(service);
  const end = new AbortController();
  const aborted = client.followRun(runId, { signal: end.signal })[Symbol.asyncIterator]();
  const left = client.followRun(runId)[Symbol.asyncIterator]();
  await aborted.next();
  await left.next();
  const waiting = [aborted.next(), left.next()];
  end.abort();
  await left.return?.();
  expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([true, true]);
});

// F8, S1
it("followers share one socket, which closes with the last of them", async () => {
  const runId = await createRun(service);
  const { webSocket, sockets } = recordSockets();
  const own = createClient({ url: service.url, webSocket });
  const followers = [own.followRun(runId), own.followRun(runId), own.followInbox()].map((batches) =>
    batches[Symbol.asyncIterator](),
  );
  expect(sockets).toEqual([]);
  for (const follower of followers) await follower.next();
  expect(sockets).toHaveLength(1);
  for (const follower of followers) await follower.return?.();
  await expect.poll(() => sockets[0]?.readyState).toBe(WebSocket.CLOSED);
  expect(await own.followRun(runId)[Symbol.asyncIterator]().next()).toMatchObject({ done: false });
  expect(sockets).toHaveLength(2);
  sockets[1]?.terminate();
});

// F4, S5
it("what would fail again is thrown, and the other followers go on", async () => {
  const runId = await createRun(service);
  const { webSocket, sockets } = recordSockets();
  const client = createClient({ url: service.url, webSocket });
  const other = client.followRun(runId)[Symbol.asyncIterator]();
  await other.next();
  const missing = "run_00000000000000000000000000000000";
  await expect(collect(client.followRun(missing))).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(collect(client.followRun(runId, { after: "nonsense" }))).rejects.toMatchObject({
    code: "BAD_USER_INPUT",
  });
  await finishRun(service, runId);
  expect((await other.next()).value).toMatchObject({ run: { status: "COMPLETED" } });
  expect(sockets).toHaveLength(1);
});

it("any subscription can be followed, with a cursor or without", async () => {
  const counts = client.follow("subscription { inboxCounts { total } }", {}, null);
  const step = await counts[Symbol.asyncIterator]().next();
  expect(step.value).toEqual({ inboxCounts: { total: expect.any(Number) } });

  const runId = await createRun(service);
  await finishRun(service, runId);
  const query = graphql(`
    subscription RunCursor($runId: ID!, $after: String) { runEvents(runId: $runId, after: $after) { cursor } }
  `);
  const variables: { runId: string; after?: string } = { runId };
  expect(await collect(client.follow(query, variables, ({ runEvents }) => runEvents.cursor))).toHaveLength(1);
});

// F1, F2
it("a slow consumer is sent a few batches ahead, and still gets each event once", async () => {
  const runId = await createRun(service);
  const { webSocket, sent, received } = recordSockets();
  const own = createClient({ url: service.url, webSocket });
  const follower = own.followRun(runId)[Symbol.asyncIterator]();
  const first = (await follower.next()).value as RunBatch;
  const batchesReceived = () => received.filter(({ type }) => type === "next").length;
  const subscriptions = () => sent.filter(({ type }) => type === "subscribe").length;
  for (let turn = 1; turn <= 20; turn += 1) {
    const before = batchesReceived();
    await append(service, runId, [`${turn}`]);
    const isFollowing = !sent.some(({ type }) => type === "complete");
    if (isFollowing) await expect.poll(batchesReceived, { interval: 2 }).toBeGreaterThan(before);
  }
  await finishRun(service, runId);
  // The one that was handed out, 8 that are held, and the one that was too many.
  expect(batchesReceived()).toBe(10);
  const rest = await collect({ [Symbol.asyncIterator]: () => follower });
  expect(seqsOf([first, ...rest])).toEqual(upTo(22));
  expect(subscriptions()).toBe(2);
});

// F1, F4, S3
it("a follower outlives the service, and misses nothing that happened meanwhile", async () => {
  const database = await createTestDatabase();
  const other = await startService({ databaseUrl: database.url });
  const before = await startService({ databaseUrl: database.url });
  const port = Number(new URL(before.url).port);
  const runId = await createRun(other);
  await append(other, runId, ["before"]);

  const retries: string[] = [];
  const own = createClient({ url: before.url, webSocket: WebSocket });
  const batches: RunBatch[] = [];
  const following = (async () => {
    const options = { onRetry: ({ code }: { code: string }) => retries.push(code) };
    for await (const batch of own.followRun(runId, options)) batches.push(batch);
  })();
  await expect.poll(() => seqsOf(batches)).toEqual([1, 2]);
  await before.close();
  await append(other, runId, ["meanwhile"]);
  await expect.poll(() => retries.length).toBeGreaterThan(1);

  const after = await startService({ databaseUrl: database.url, config: { port } });
  await expect.poll(() => seqsOf(batches)).toEqual([1, 2, 3]);
  await finishRun(after, runId);
  await following;
  expect(seqsOf(batches)).toEqual([1, 2, 3, 4]);
  expect(new Set(retries)).toEqual(new Set(["UNREACHABLE"]));
  for (const one of [after, other]) await one.close();
  await database.drop();
});

// F1, F3
it("an inbox is followed over a lost socket, with the counts and the newest work of each session", async () => {
  const { webSocket, sockets, received } = recordSockets();
  const own = createClient({ url: service.url, webSocket });
  const follower = own.followInbox()[Symbol.asyncIterator]();
  const takeSession = async (sessionId: string): Promise<InboxBatch["sessions"][number]> => {
    for (;;) {
      const { sessions, counts } = (await follower.next()).value as InboxBatch;
      const found = sessions.find((session) => session.sessionId === sessionId);
      expect(counts.unread).toBeGreaterThanOrEqual(sessions.length);
      if (found) return found;
    }
  };
  await follower.next();
  const first = await createSession(service);
  const seen = await takeSession(first.sessionId);
  expect(seen).toMatchObject({ lastRun: { id: first.runId }, attention: { state: "UNREAD", unread: true } });

  sockets[0]?.terminate();
  const meanwhile = await createSession(service);
  expect((await takeSession(meanwhile.sessionId)).lastRun?.id).toBe(meanwhile.runId);
  expect(sockets).toHaveLength(2);

  // What has come and was not taken goes to nobody else: it is taken before what comes over the next socket.
  const third = await createSession(service);
  await expect.poll(() => JSON.stringify(received).includes(third.sessionId)).toBe(true);
  sockets[1]?.terminate();
  const fourth = await createSession(service);
  await takeSession(third.sessionId);
  await takeSession(fourth.sessionId);
  await follower.return?.();
});

// S8
it("a socket that something between closes as if all were well is opened again, and nothing comes twice", async () => {
  const runId = await createRun(service);
  const { webSocket, sockets } = recordSockets();
  const own = createClient({ url: service.url, webSocket });
  const seqs: number[] = [];
  for await (const { events } of own.followRun(runId)) {
    seqs.push(...events.map(({ seq }) => seq));
    if (seqs.length === 1) {
      sockets[0]?.close(1000);
      await finishRun(service, runId);
    }
  }
  expect(seqs).toEqual([1, 2]);
  expect(sockets).toHaveLength(2);
});
