import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { openPool } from "../../src/database/pool.js";
import { ask } from "./ask.js";
import { openBenchDatabase } from "./database.js";
import { whole } from "./comparison.js";
import { median, percentile } from "./median.js";
import { fillRows, idOf } from "./rows.js";
import { openServerProcess } from "./server-process.js";

/** How many follow one run, and over how many sockets. */
const followers = 1_000;
const sockets = 100;

/** How many deltas are sent, one in so many milliseconds; the first few are not counted. */
const sent = 200;
const everyMs = 50;
const warmUp = 20;

/** Prints how long it takes from sending a delta to its receipt by each of a thousand followers. */
export async function benchDeltas(): Promise<void> {
  const database = await openBenchDatabase();
  try {
    const pool = openPool({ connectionString: database.url, connections: 2, onError: () => {} });
    await fillRows(pool);
    await pool.end();
    const service = await openServerProcess("service", database.url);
    try {
      await measure(service.url);
    } finally {
      await service.close();
    }
  } finally {
    await database.close();
  }
}

async function measure(url: string): Promise<void> {
  const runId = idOf("run", 3);
  const { registerRunner } = await ask<{ registerRunner: { runner: { id: string } } }>(
    url,
    `mutation { registerRunner(input: { backendProfiles: ["codex"] }) { runner { id } } }`,
  );
  const { claimRun } = await ask<{ claimRun: { leaseToken: string } }>(
    url,
    "mutation C($runId: ID!, $runnerId: ID!) { claimRun(input: { runId: $runId, runnerId: $runnerId, leaseSeconds: 600 }) { leaseToken } }",
    { runId, runnerId: registerRunner.runner.id },
  );

  const sentAt: number[] = [];
  const took: number[] = [];
  let received = 0;
  let begun = 0;
  type Batch = { runEvents: { deltas: { text: string }[] } };
  const query =
    "subscription F($runId: ID!) { runEvents(runId: $runId, deltas: true) { caughtUp deltas { text reset } } }";
  const clients = Array.from({ length: sockets }, () =>
    createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, retryAttempts: 0 }),
  );
  for (const [place, client] of clients.entries()) {
    // As many at a time as a service takes that has just begun.
    while (begun < (place - 4) * (followers / sockets)) await delay(5);
    for (let n = 0; n < followers / sockets; n += 1) {
      let isBegun = false;
      client.subscribe<Batch>(
        { query, variables: { runId } },
        {
          next: ({ data }) => {
            const now = performance.now();
            if (!isBegun && data) begun += 1;
            isBegun = true;
            for (const { text } of data?.runEvents.deltas ?? []) {
              for (const [number] of text.matchAll(/\d+(?= )/g)) {
                received += 1;
                if (Number(number) >= warmUp) took.push(now - (sentAt[Number(number)] ?? now));
              }
            }
          },
          error: () => {},
          complete: () => {},
        },
      );
    }
  }
  while (begun < followers) await delay(20);
  const send = "mutation S($input: SendDeltaInput!) { sendDelta(input: $input) { length } }";
  let offset = 0;
  for (let number = 0; number < sent; number += 1) {
    const text = `word ${number} and more \n`;
    const dueAt = performance.now();
    sentAt.push(dueAt);
    const input = {
      runId,
      leaseToken: claimRun.leaseToken,
      streamId: "s",
      type: "ASSISTANT_MESSAGE",
      offset,
      text,
    };
    offset = (await ask<{ sendDelta: { length: number } }>(url, send, { input })).sendDelta.length;
    await delay(Math.max(0, dueAt + everyMs - performance.now()));
  }
  for (let wait = 0; wait < 100 && received < sent * followers; wait += 1) await delay(50);
  const figure = `p50 ${median(took).toFixed(1)} ms, p99 ${percentile(took, 0.99).toFixed(1)} ms`;
  process.stdout.write(
    `deltas, ${whole(followers)} followers of a run, one in ${everyMs} ms, ${whole(received)} of ${whole(sent * followers)} came (60 and 150 ms at most) ${figure}\n`,
  );
  for (const client of clients) await client.dispose();
}
