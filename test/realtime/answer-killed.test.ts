import WebSocket from "ws";
import pg from "pg";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { openEmbedded } from "../../src/database/embedded/open.js";
import { findProcess } from "../../src/database/embedded/os-process.js";
import type { AnswersOfRunSubscriptionVariables } from "../generated/documents/graphql.js";
import { createTestDatabase } from "../support/database.js";
import { createDataDir } from "../support/embedded/folder.js";
import { query, readPid } from "../support/embedded/server.js";
import { startServiceProcess } from "../support/exec/outage.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { answerDocument, openRequest, readRequest } from "../support/requests.js";
import { type Asks, asking, callerOf, startService } from "../support/start-service.js";
import { acknowledgeCommand, createRun } from "../support/work.js";

/** How often each is killed. */
const kills = Number(process.env["ANSWER_KILLS"] ?? 1);
const timeout = 60_000 + kills * 30_000;
const patiently = { timeout: 30_000 };

const answersDocument = graphql(`
  subscription AnswersOfRun($runId: ID!, $after: String) {
    runCommands(runId: $runId, after: $after) { cursor commands { id type state payload } }
  }
`);

/** A runner that takes each answer of a run as it comes, and notes how often it was told of each request. */
function startRunner(asks: Asks, url: string, runId: string) {
  const client = createClient({ url, webSocket: WebSocket });
  const told = new Map<string, string[]>();
  const stop = new AbortController();
  const follow = async () => {
    const variables: AnswersOfRunSubscriptionVariables = { runId };
    const cursorOf = (data: { runCommands: { cursor: string } }) => data.runCommands.cursor;
    for await (const { runCommands } of client.follow(answersDocument, variables, cursorOf, {
      signal: stop.signal,
    })) {
      for (const { id, type, state, payload } of runCommands.commands) {
        if (type !== "ANSWER" || state !== "PENDING") continue;
        const { inputRequestId } = payload as { inputRequestId: string };
        told.set(inputRequestId, [...(told.get(inputRequestId) ?? []), id]);
        await acknowledge(asks, id);
      }
    }
  };
  const done = follow();
  done.catch(() => undefined);
  return {
    told,
    async stop() {
      stop.abort();
      await done.catch(() => undefined);
    },
  };
}

/** Acknowledges until that is taken: a node or its database may be away. */
async function acknowledge(asks: Asks, commandId: string): Promise<void> {
  await expect
    .poll(
      () =>
        acknowledgeCommand(asks, commandId).then(
          () => true,
          () => false,
        ),
      patiently,
    )
    .toBe(true);
}

/** Asks, answers, kills what gave the answer right after it was acknowledged, and sees what the runner is told. */
async function answerAndKill(asks: Asks, runId: string, kill: () => Promise<void>): Promise<string> {
  const id = await openRequest(asks, runId);
  const { answerInputRequest } = await asks.ask(answerDocument, {
    input: { id, decision: "ANSWERED", value: "yes", idempotencyKey: "once" },
  });
  expect(answerInputRequest.inputRequest.state).toBe("ANSWERED");
  await kill();
  return id;
}

async function expectOnce(
  asks: Asks,
  runner: ReturnType<typeof startRunner>,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    await expect.poll(() => runner.told.get(id)?.length, patiently).toBe(1);
    const { command } = found((await readRequest(asks, id)).answer);
    expect(runner.told.get(id)).toEqual([command?.id]);
  }
  // What was told once and taken is told no more: who follows from the beginning gets none of it.
  expect([...runner.told.values()].flat()).toHaveLength(ids.length);
}

it(
  "an answer that a node acknowledged before kill -9 reaches the runner once",
  async () => {
    const database = await createTestDatabase();
    const node = await startServiceProcess(database.url);
    const asks = asking(callerOf(node.url));
    const runId = await createRun(asks);
    const runner = startRunner(asks, node.url, runId);
    const ids: string[] = [];
    for (let time = 0; time < kills; time += 1) {
      ids.push(await answerAndKill(asks, runId, () => node.kill()));
      await node.start();
      await expectOnce(asks, runner, ids);
    }
    await runner.stop();
    await node.kill();
    await database.drop();
  },
  timeout,
);

it(
  "an answer that was acknowledged before kill -9 of the database reaches the runner once",
  async () => {
    const dataDir = await createDataDir();
    const open = () => openEmbedded({ dataDir, log: () => {} });
    await using server = {
      embedded: await open(),
      [Symbol.asyncDispose]: () => server.embedded.close(),
    };
    await query(server.embedded.url("postgres"), "CREATE DATABASE asked");
    const databaseUrl = server.embedded.url("asked");
    await using service = await startService({ databaseUrl });
    const runId = await createRun(service);
    const runner = startRunner(service, service.url, runId);
    const ids: string[] = [];
    for (let time = 0; time < kills; time += 1) {
      const kill = async () => {
        const pid = readPid(dataDir);
        process.kill(pid, "SIGKILL");
        await expect.poll(() => findProcess(pid), patiently).toBe(null);
      };
      ids.push(await answerAndKill(service, runId, kill));
      await server.embedded.close().catch(() => undefined);
      server.embedded = await open();
      await expect.poll(() => isReady(service.url), patiently).toBe(true);
      await expectOnce(service, runner, ids);
    }
    await runner.stop();
  },
  timeout,
);

async function isReady(url: string): Promise<boolean> {
  return (await fetch(url.replace("/graphql", "/readyz"))).ok;
}

it(
  "a request expires by the database's clock, and never before its time",
  async () => {
    await using service = await startService({ config: { sweepMs: 200 } });
    const runId = await createRun(service);
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ at: Date }>("SELECT clock_timestamp() + interval '1 second' AS at");
    const id = await openRequest(service, runId, { expiresAt: rows[0]?.at.toISOString() });
    await expect.poll(async () => (await readRequest(service, id)).state, patiently).toBe("EXPIRED");
    const { rows: late } = await client.query<{ ms: number }>(
      `SELECT (extract(epoch FROM closed_at - expires_at) * 1000)::float AS ms FROM input_request WHERE id = $1`,
      [id],
    );
    await client.end();
    // How much later it is shows in `npm run bench -- asked`: 2 s at most are asked for.
    expect(late[0]?.ms).toBeGreaterThan(0);
  },
  timeout,
);
