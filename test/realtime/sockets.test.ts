import { connect } from "node:net";
import { expect, it } from "vitest";
import { followRun } from "../support/following/follow.js";
import { openSocket } from "../support/following/open-socket.js";
import { graphql } from "../support/graphql.js";
import { countWaiting, lockRun } from "../support/row-lock.js";
import { startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { readingsOfRuns, recordStatements } from "../support/statements.js";
import { openProxy } from "../support/tcp-proxy.js";
import { append, askForInput, createRun } from "../support/work.js";

const follow = graphql(`
  subscription FollowSeqs($runId: ID!) { runEvents(runId: $runId) { events { seq } } }
`);
const cancel = graphql(`
  mutation CancelRunId($runId: ID!) { cancelRun(input: { runId: $runId }) { run { id } } }
`);
const ready = graphql(`query Ready { health { ready } }`);
const acknowledged = { type: "connection_ack" };
const rateLimited = [
  expect.objectContaining({ extensions: expect.objectContaining({ code: "RATE_LIMITED" }) }),
];

it("the 101st operation of a socket is refused, the socket goes on, and an end makes room", async () => {
  await using service = await startService();
  const runId = await createRun(service);
  const { frames, begin, send } = await openSocket(service.url);
  for (let id = 1; id <= 101; id += 1) begin(`${id}`, follow, { runId });
  await expect.poll(() => frames.filter(({ type }) => type === "next").length).toBe(100);
  expect(frames.filter(({ type }) => type === "error")).toEqual([
    { id: "101", type: "error", payload: rateLimited },
  ]);

  send({ id: "1", type: "complete" });
  begin("102", follow, { runId });
  await expect.poll(() => frames.findLast(({ id }) => id === "102")?.type).toBe("next");
  const before = frames.length;
  await append(service, runId, ["news"]);
  await expect.poll(() => frames.length - before).toBe(100);
});

it("operations under way of more than 8 MiB in all are refused", async () => {
  await using service = await startService();
  const runId = await createRun(service);
  const { frames, begin } = await openSocket(service.url);
  const variables = { runId, unused: "x".repeat(3_000_000) };
  for (const id of ["1", "2", "3"]) begin(id, follow, variables);
  await expect.poll(() => frames.length).toBe(4);
  expect(frames.filter(({ type }) => type === "error")).toEqual([
    { id: "3", type: "error", payload: rateLimited },
  ]);
});

it("an operation counts until it is done, even where its client has already completed it", async () => {
  await using service = await startService();
  const runId = await createRun(service);
  const lock = await lockRun(service.databaseUrl, runId);
  const { frames, begin, send } = await openSocket(service.url);
  for (let id = 1; id <= 100; id += 1) {
    begin(`${id}`, cancel, { runId });
    send({ id: `${id}`, type: "complete" });
  }
  await expect.poll(() => countWaiting(service.databaseUrl)).toBeGreaterThan(0);
  begin("101", ready);
  await expect.poll(() => frames.at(-1)).toEqual({ id: "101", type: "error", payload: rateLimited });
  await lock.release();
  let id = 101;
  const answerLater = () => {
    begin(`${(id += 1)}`, ready);
    return frames.findLast(({ type }) => type === "next")?.payload;
  };
  await expect.poll(answerLater).toEqual({ data: { health: { ready: true } } });
});

it("a viewer's socket too many is closed with 1013, another viewer's is not, and a close makes room", async () => {
  await using service = await startService({ config: { auth: tokenAuth, socketsPerViewer: 2 } });
  const [ada, grace] = await Promise.all([tokenFor("acme"), tokenFor("acme", undefined, "grace")]);
  const [first, second] = [await openSocket(service.url, ada), await openSocket(service.url, ada)];
  expect([first.frames, second.frames]).toEqual([[acknowledged], [acknowledged]]);

  const third = await openSocket(service.url, ada);
  expect(await third.closed).toEqual([1013, "one viewer may have at most 2 connections open here"]);
  const other = await openSocket(service.url, grace);
  expect(other.frames).toEqual([acknowledged]);

  first.socket.close();
  await first.closed;
  const framesOfNext = async () => (await openSocket(service.url, ada)).frames;
  await expect.poll(framesOfNext).toEqual([acknowledged]);
});

it("a client that answers no ping is gone, and its following with it", async () => {
  const socketTimes = { pingMs: 200 };
  await using service = await startService({ config: { socketTimes, socketsPerViewer: 1 } });
  await using proxy = await openProxy(service.url);
  const runId = await createRun(service);
  const { frames, begin } = await openSocket(proxy.url);
  begin("1", follow, { runId });
  await expect.poll(() => frames.at(-1)?.type).toBe("next");
  proxy.freeze();

  const framesOfNext = async () => (await openSocket(service.url)).frames;
  await expect.poll(framesOfNext).toEqual([acknowledged]);
  const alone = await recordStatements(() => askForInput(service, runId));
  expect(readingsOfRuns(alone)).toEqual([]);
});

it("a refused upgrade is answered, and one that is reset harms nobody", async () => {
  await using service = await startService();
  const { port } = new URL(service.url);
  const head = "HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
  const ask = (path: string) => {
    const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
    return new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (data) => (text += data.toString())).on("close", () => resolve(text));
      socket.write(`GET ${path} ${head}`);
    });
  };
  expect(await ask("/elsewhere")).toMatch(/^HTTP\/1.1 404 /);
  for (let count = 0; count < 50; count += 1) {
    const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
    await new Promise<void>((resolve) => void socket.once("connect", resolve));
    socket.write(`GET /elsewhere ${head}`, () => socket.resetAndDestroy());
  }
  expect(await service.ask(ready)).toEqual({ health: { ready: true } });
});

it("60 times subscribing and leaving, in each way, leave no timer, socket or reading behind", async () => {
  await using service = await startService();
  const runId = await createRun(service);
  const client = service.connect();
  const leave = async (turn: number) => {
    const way = turn % 4;
    if (way === 0) {
      for await (const _batch of followRun(client, { runId })) break;
    } else if (way === 1) {
      await leaveStream(service.url, runId);
    } else {
      const { socket, frames, begin, closed } = await openSocket(service.url);
      begin("1", follow, { runId });
      await expect.poll(() => frames.at(-1)?.type, { interval: 1 }).toBe("next");
      if (way === 2) socket.close();
      else socket.terminate();
      await closed;
    }
  };
  for (let turn = 0; turn < 8; turn += 1) await leave(turn);
  // The pool has all its connections.
  await Promise.all(Array.from({ length: 16 }, () => service.ask(ready)));
  // Counted in a poll, as afterwards: its own timer is among them.
  let before: Record<string, number> = {};
  await expect.poll(() => (before = countResources())).toBeTruthy();
  for (let turn = 0; turn < 60; turn += 1) await leave(turn);
  const isMore = () => {
    const now = countResources();
    return Object.keys(now).filter((name) => (now[name] ?? 0) > (before[name] ?? 0));
  };
  await expect.poll(isMore).toEqual([]);
  const left = await recordStatements(() => askForInput(service, runId));
  expect(readingsOfRuns(left)).toEqual([]);
});

/** Follows a run over SSE until something comes, then breaks off. */
async function leaveStream(url: string, runId: string): Promise<void> {
  const abort = new AbortController();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: follow, variables: { runId } }),
    signal: abort.signal,
  });
  for await (const chunk of response.body ?? []) if (Buffer.from(chunk).includes("event: next")) break;
  abort.abort();
}

/** What keeps the process busy: how many connections and timers. */
function countResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    if (/TCP|Timeout|Immediate/.test(name)) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
