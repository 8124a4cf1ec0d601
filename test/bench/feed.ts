/*
 * An inbox's feed with its counts: how soon each of many followers, of six readers, has a change of a tenant with a million sessions, and
 * what that costs the service and Postgres. Nothing stands beside it.
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import WebSocket from "ws";
import { openPool } from "../../src/database/pool.js";
import { lookUntilKept } from "./ask.js";
import { readBackends } from "./backends.js";
import { whole } from "./comparison.js";
import { openBenchDatabase } from "./database.js";
import { median, percentile } from "./median.js";
import { fillScale, readers } from "./scale/fill.js";
import { type ServerProcess, openServerProcess } from "./server-process.js";

const sessions = Number(process.env["BENCH_SESSIONS"] ?? 1_000_000);

/** How many follow, and how many of them share a socket. */
const followers = 1_000;
const followersEach = 10;

/** How many sessions begin in a second, for how many seconds, and how many of these are not counted. */
const changesPerSecond = 100;
const seconds = 20;
const warmUpSeconds = 5;

/** How long is waited for what is under way in the end, in milliseconds. */
const drainMs = 20_000;

const subscription = `subscription F($reader: String) { sessionAttentionChanged(filter: { state: ALL }, readerId: $reader) {
  caughtUp cursor removedIds sessions { id title executionState attention { state reason } }
  counts { id active unread read needsInput archived snoozed total } } }`;

/** Prints how the feed of an inbox keeps up. */
export async function benchFeed(): Promise<void> {
  const database = await openBenchDatabase();
  try {
    const options = {
      connectionString: database.url,
      connections: 2,
      answerMs: 3_600_000,
      onError: () => {},
    };
    const pool = openPool(options);
    await fillScale(pool, sessions);
    await pool.end();
    const service = await openServerProcess("service", database.url);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await measure(service, client);
    } finally {
      await client.end();
      await service.close();
    }
  } finally {
    await database.close();
  }
}

async function measure(service: ServerProcess, client: pg.Client): Promise<void> {
  const begunAt = new Map<number, number>();
  const tookMs: number[] = [];
  let received = 0;
  const take = (text: string) => {
    const now = performance.now();
    for (const [, number] of text.matchAll(/"title":"change (\d+)"/g)) {
      received += 1;
      const at = begunAt.get(Number(number));
      if (at !== undefined && Number(number) >= warmUpSeconds * changesPerSecond) tookMs.push(now - at);
    }
  };
  for (const reader of readers) await lookUntilKept(service.url, reader);
  const sockets: WebSocket[] = [];
  for (let number = 0; number < followers / followersEach; number += 1)
    sockets.push(await follow(service.url, readers[number % readers.length] ?? "", take));

  const count = changesPerSecond * (warmUpSeconds + seconds);
  const start = performance.now();
  let before = { node: 0, postgres: 0, at: start };
  const calls: Promise<void>[] = [];
  for (let number = 0; number < count; number += 1) {
    await delay(Math.max(0, start + (number * 1_000) / changesPerSecond - performance.now()));
    if (number === warmUpSeconds * changesPerSecond) before = await used(service, client);
    begunAt.set(number, performance.now());
    const call = begin(service.url, number);
    // It is looked at in the end.
    call.catch(() => {});
    calls.push(call);
  }
  await Promise.all(calls);
  const after = await used(service, client);
  const expected = count * followers;
  for (let waited = 0; waited < drainMs && received < expected; waited += 50) await delay(50);
  for (const socket of sockets) socket.close();

  const share = (ms: number) => `${Math.round((100 * ms) / (after.at - before.at))} %`;
  const what = `feed with counts, ${whole(followers)} followers, ${changesPerSecond} changes/s, ${whole(sessions)} sessions`;
  const figures = [
    `${whole(received)} of ${whole(expected)} came`,
    `p50 ${median(tookMs).toFixed(1)} ms, p99 ${percentile(tookMs, 0.99).toFixed(1)} ms (100 at most)`,
    `${share(after.node - before.node)} of a core for the service, ${share(after.postgres - before.postgres)} for Postgres`,
  ];
  process.stdout.write(`${what}\n${figures.map((figure) => `  ${figure}\n`).join("")}`);
}

async function used(service: ServerProcess, client: pg.Client) {
  return { node: await service.readCpu(), postgres: await readBackends(client), at: performance.now() };
}

/** Opens a socket with several followers of a reader, and resolves once all have had their first batch. */
async function follow(url: string, reader: string, take: (text: string) => void): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
  const ready = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on("error", reject);
    socket.on("close", (code: number, reason: Buffer) =>
      reject(new Error(`closed: ${code} ${reason.toString()}`)),
    );
    socket.on("open", () => send({ type: "connection_init" }));
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      if (text.includes('"type":"connection_ack"')) {
        const payload = { query: subscription, variables: { reader } };
        for (let n = 0; n < followersEach; n += 1) send({ id: String(n), type: "subscribe", payload });
      } else if (text.includes('"type":"ping"')) send({ type: "pong" });
      else if (text.includes('"errors"') || text.includes('"type":"error"')) reject(new Error(text));
      else {
        const [, id = ""] = /"id":"(\d+)"/.exec(text) ?? [];
        ready.add(id);
        if (ready.size === followersEach) resolve();
        take(text);
      }
    });
  });
  return socket;
}

/** Begins a session, by its first run. */
async function begin(url: string, number: number): Promise<void> {
  const query = "mutation C($input: CreateRunInput!) { createRun(input: $input) { run { id } } }";
  const session = { sessionId: `change-${number}`, metadata: { title: `change ${number}` } };
  const input = { projectId: "p3", backendProfile: "codex", session };
  const body = JSON.stringify({ query, variables: { input } });
  for (;;) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { retryable?: boolean } }[] };
    if (!errors) return;
    // More than the service takes: what waits is late.
    if (!errors[0]?.extensions.retryable) throw new Error(JSON.stringify(errors));
    await delay(100);
  }
}
