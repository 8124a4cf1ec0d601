import pg from "pg";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import type { GraphRequestError } from "../../src/client/graph-request-error.js";
import { recordSockets } from "../support/following/recorded-socket.js";
import { startService } from "../support/start-service.js";
import { append, createRun, finishRun } from "../support/work.js";

// F1, F4, S5
it("a subscription that ends with UNAVAILABLE is resumed after its cursor, ever later, over the socket that others use on", async () => {
  await using service = await startService();
  const runId = await createRun(service);
  await append(service, runId, ["before"]);
  const { webSocket, sockets, sent } = recordSockets();
  const client = createClient({ url: service.url, webSocket });
  const beside = client.followInbox()[Symbol.asyncIterator]();
  await beside.next();
  const failures: { error: GraphRequestError; at: number }[] = [];
  const onRetry = (error: GraphRequestError) => void failures.push({ error, at: performance.now() });
  const seqs: number[] = [];
  const cursors: string[] = [];
  const following = (async () => {
    for await (const { events, cursor } of client.followRun(runId, { onRetry })) {
      seqs.push(...events.map(({ seq }) => seq));
      cursors.push(cursor);
    }
  })();
  await expect.poll(() => seqs).toEqual([1, 2]);

  await using locker = await connect(service.databaseUrl);
  await using other = await connect(service.databaseUrl);
  await locker.query("BEGIN; LOCK TABLE run_event IN ACCESS EXCLUSIVE MODE");
  await other.query("SELECT pg_notify('agentrun_wake', $1)", [JSON.stringify(["other", `local/${runId}`])]);
  const failuresOnceEnded = async () => {
    await endWaiting(other);
    return failures.length;
  };
  await expect.poll(failuresOnceEnded).toBeGreaterThanOrEqual(4);
  await locker.query("COMMIT");
  await append(service, runId, ["after"]);
  await finishRun(service, runId);
  await following;
  await beside.return?.();

  expect(seqs).toEqual([1, 2, 3, 4]);
  const details = { cursor: cursors[0] };
  expect(failures.map(({ error }) => error)).toMatchObject(
    failures.map(() => ({ code: "UNAVAILABLE", details })),
  );
  expect(sockets).toHaveLength(1);
  const [_beside, _first, ...resumed] = sent.filter(({ type }) => type === "subscribe");
  expect(resumed.map(({ payload }) => payload.variables.after)).toEqual(failures.map(() => cursors[0]));
  // 100 ms doubling, of which up to a half is left out; a timer may be early by one.
  for (const [index, { at }] of failures.slice(1).entries()) {
    expect(at - (failures[index]?.at ?? 0)).toBeGreaterThan(50 * 2 ** index - 2);
  }
});

async function connect(connectionString: string): Promise<pg.Client & AsyncDisposable> {
  const connection = new pg.Client({ connectionString });
  await connection.connect();
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.end() });
}

/** Ends the connections that wait for a lock. */
async function endWaiting(connection: pg.Client): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
}
