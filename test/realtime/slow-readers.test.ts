import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { type GraphRequestError, createClient } from "../../src/client/client.js";
import { createTestDatabase } from "../support/database.js";
import { openSocket } from "../support/following/open-socket.js";
import { graphql } from "../support/graphql.js";
import { type Program, runService } from "../support/program.js";
import { recordSockets } from "../support/following/recorded-socket.js";
import { type Asks, asking, callerOf, startService } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { append, createRun, finishRun } from "../support/work.js";

// The numbers are those of the invariants in src/realtime/audience.

const shortTimes = { stalledMs: 500 };

const ready = graphql(`query Ready { health { ready } }`);

/** After how long a silence the client asks whether its connection lives, in milliseconds. */
const pingMs = 10_000;

/** Sends each text a hundred times, so that a single event fills every buffer on its way. */
const fat = `subscription ($runId: ID!) { runEvents(runId: $runId) { events { seq ... on AssistantMessageEvent {
  ${Array.from({ length: 100 }, (_, index) => `t${index}: text`).join(" ")}
} } } }`;

it("a client that does not read is closed with 1013, even where it goes on talking", async () => {
  await using service = await startService({ config: { socketTimes: shortTimes, limits: { aliases: 100 } } });
  const runId = await createRun(service);
  await append(service, runId, ["x".repeat(200_000)]);
  const { socket, frames, begin, send, closed } = await openSocket(service.url);
  let isOver = false;
  void closed.then(() => (isOver = true));
  // Again where the machine was too busy to see it in that time.
  for (let round = 1; !isOver; round += 1) {
    begin(`fat${round}`, fat, { runId });
    socket.pause();
    const talk = setInterval(() => send({ type: "pong" }), 50);
    await delay(5 * shortTimes.stalledMs);
    clearInterval(talk);
    socket.resume();
    begin(`ready${round}`, ready);
    await expect.poll(() => isOver || frames.some(({ id }) => id === `ready${round}`)).toBe(true);
  }
  expect(await closed).toEqual([1013, "what waits here is not read"]);
});

it("a client that reads slowly but steadily is not closed", async () => {
  await using service = await startService({ config: { socketTimes: shortTimes, limits: { aliases: 100 } } });
  const runId = await createRun(service);
  await append(service, runId, ["x".repeat(240_000)]);
  await using proxy = await openProxy(service.url, { bytesPerSecond: 6_000_000 });
  const { frames, begin } = await openSocket(proxy.url);
  const startedAt = performance.now();
  begin("1", fat, { runId });
  await expect.poll(() => frames.at(-1)?.type).toBe("next");
  expect(performance.now() - startedAt).toBeGreaterThan(4 * shortTimes.stalledMs);
  begin("2", ready);
  await expect.poll(() => frames.at(-1)?.id).toBe("2");
});

it("a client that floods its socket and does not read is not read either, and the node does not grow", async () => {
  await using node = await startNode();
  const { socket, send, begin } = await openSocket(node.url);
  socket.pause();
  const before = await peakMegabytes(node);
  const text = "x".repeat(100_000);
  for (let count = 0; count < 300; count += 1) send({ type: "ping", payload: { text } });
  for (let count = 0; count < 1_000; count += 1)
    begin(`${count}`, `{ health { ready } nope_${text.slice(0, 20_000)} }`);
  await workFor(500, node);
  await expect.poll(() => socket.bufferedAmount).toBeGreaterThan(20_000_000);
  expect((await peakMegabytes(node)) - before).toBeLessThan(60);
  socket.terminate();
});

it("A6, F2: a client paused under full load harms no other and costs no memory, and then gets each event once", async () => {
  await using node = await startNode();
  await using other = await startNode(node.databaseUrl);
  const [loaded, quiet] = [await createRun(node), await createRun(node)];
  const paused = collectSeqs(other.url, loaded);
  const reading = collectSeqs(other.url, loaded);
  const bystander = collectSeqs(other.url, quiet);
  await using appending = startAppending(node, loaded);
  /** How many events of the load come before one that is waited for: what a busy machine makes late, it makes late alike. */
  const medianLatenessUntil = async (isOver: () => boolean) => {
    const lateness: number[] = [];
    while (!isOver()) {
      const seq = await append(node, quiet, ["how late is it?"]);
      const before = reading.seqs.length;
      await expect.poll(() => bystander.seqs.at(-1), { interval: 2 }).toBe(seq);
      lateness.push(reading.seqs.length - before);
    }
    return lateness.toSorted((one, next) => one - next)[Math.floor(lateness.length / 2)] ?? 0;
  };
  const before = await medianLatenessUntil(() => reading.seqs.length >= 1_000);

  paused.sockets[0]?.pause();
  const megabytes = await peakMegabytes(other);
  const gotBefore = paused.seqs.length;
  const [pausedAt, from] = [performance.now(), reading.seqs.length];
  const loadMegabytes = () => ((reading.seqs.length - from) * textLength) / 1_000_000;
  // On a slow machine less: who takes nothing for 30 s is closed.
  const isOver = () => loadMegabytes() >= 50 || performance.now() - pausedAt > 10_000;
  expect(await medianLatenessUntil(isOver)).toBeLessThan(5 * before + 100);
  expect((await peakMegabytes(other)) - megabytes).toBeLessThan(10 + 0.6 * loadMegabytes());
  expect(paused.seqs.length - gotBefore).toBeLessThan(500);

  await appending.stop();
  paused.sockets[0]?.resume();
  const pausedMs = performance.now() - pausedAt;
  await finishRun(node, loaded);
  await finishRun(node, quiet);
  const all = await reading.done;
  expect(all).toEqual(all.map((_seq, index) => index + 1));
  expect(await paused.done).toEqual(all);
  // On a slow machine the pause may last until the client itself takes its connection for dead, and comes back.
  if (pausedMs < pingMs) expect(paused.errors).toEqual([]);
});

it("a client that was closed because it did not read comes back and gets each event once", async () => {
  await using service = await startService({ config: { socketTimes: shortTimes, limits: { aliases: 100 } } });
  const runId = await createRun(service);
  const paused = collectSeqs(service.url, runId);
  await using appending = startAppending(service, runId);
  await expect.poll(() => paused.seqs.length).toBeGreaterThan(20);
  // Again where the machine was too busy to see it in that time.
  while (paused.errors.length === 0) {
    paused.sockets[0]?.pause();
    const [appended, got] = [appending.count(), paused.seqs.length];
    // 12 megabytes fill every buffer on the way.
    await expect.poll(() => appending.count() - appended).toBeGreaterThan(600);
    await delay(3 * shortTimes.stalledMs);
    paused.sockets[0]?.resume();
    await expect.poll(() => paused.errors.length > 0 || paused.seqs.length > got + 600).toBe(true);
  }
  // Who reads again too late finds the connection cut.
  expect(paused.errors[0]?.message).toMatch(/closed the socket: (1013 what waits here is not read|1006)/);
  await appending.stop();
  await finishRun(service, runId);
  const seqs = await paused.done;
  expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
  const lastEvent = graphql(`
    query LastEvent($runId: ID!) { run(id: $runId) { events(last: 1) { nodes { seq } } } }
  `);
  const { run } = await service.ask(lastEvent, { runId });
  expect(run?.events.nodes).toEqual([{ seq: seqs.length }]);
});

/** Follows a run with the project's client until it ends: the seqs of what came, and after which errors it went on. */
function collectSeqs(url: string, runId: string) {
  const seqs: number[] = [];
  const errors: GraphRequestError[] = [];
  const { webSocket, sockets } = recordSockets();
  const client = createClient({ url, webSocket });
  const follow = async () => {
    const batches = client.followRun(runId, { onRetry: (error) => errors.push(error) });
    for await (const { events } of batches) seqs.push(...events.map(({ seq }) => seq));
    return seqs;
  };
  return { seqs, errors, sockets, done: follow() };
}

/** How long the text of a large event is. */
const textLength = 20_000;

/** Appends large events as fast as they go, two requests at a time, until it is stopped. */
function startAppending(
  asks: Asks,
  runId: string,
): AsyncDisposable & { count(): number; stop(): Promise<void> } {
  let isStopped = false;
  let count = 0;
  const texts = Array.from({ length: 10 }, () => "x".repeat(textLength));
  const run = async () => {
    while (!isStopped) count = await append(asks, runId, texts);
  };
  const runs = [run(), run()];
  const stop = async () => {
    isStopped = true;
    await Promise.all(runs);
  };
  return { count: () => count, stop, [Symbol.asyncDispose]: stop };
}

/** Uses the node as others do while something goes on. */
async function workFor(timeMs: number, { ask }: Asks): Promise<void> {
  const until = performance.now() + timeMs;
  while (performance.now() < until) await ask(ready);
}

/** What is garbage does not wait long here, however busy the machine is: what a node grows by is what it holds. */
const littleHeap = "--max-semi-space-size=2 --max-old-space-size=128";

interface Node extends Asks {
  url: string;
  databaseUrl: string;
  program: Program;
}

/** A node in a process of its own; on a database of its own unless one is named. */
async function startNode(databaseUrl?: string): Promise<Node & AsyncDisposable> {
  const database = databaseUrl === undefined ? await createTestDatabase() : undefined;
  const url = databaseUrl ?? database?.url ?? "";
  const program = await runService({ DATABASE_URL: url, LIMIT_ALIASES: "100", NODE_OPTIONS: littleHeap });
  return {
    url: program.url,
    databaseUrl: url,
    program,
    ...asking(callerOf(program.url)),
    async [Symbol.asyncDispose]() {
      program.child.kill("SIGTERM");
      await program.ended;
      await database?.drop();
    },
  };
}

/** The most memory that a node has had, in megabytes. */
async function peakMegabytes({ program }: Pick<Node, "program">): Promise<number> {
  const status = await readFile(`/proc/${program.child.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}
