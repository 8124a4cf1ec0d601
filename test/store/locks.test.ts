import pg from "pg";
import { expect, it } from "vitest";
import { lockSession } from "../../src/store/session-locks.js";
import { transaction } from "../../src/store/transaction.js";
import { openNode } from "../support/node.js";
import { countWaiting } from "../support/row-lock.js";
import { startService } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import {
  append,
  claim,
  createCommand,
  createRun,
  createSession,
  registerRunner,
  uniqueName,
} from "../support/work.js";

it("what takes no version does not wait for a transaction that does", async () => {
  await using service = await startService();
  const session = { sessionId: uniqueName("session") };
  const runId = await createRun(service, { session });
  const { leaseToken } = await claim(service, runId);
  const other = new pg.Client({ connectionString: service.databaseUrl });
  await other.connect();
  await other.query("BEGIN");
  await other.query("UPDATE tenant SET version = version + 1");

  await createRun(service);
  await claim(service, await createRun(service));
  await registerRunner(service);
  await createCommand(service, runId, "INTERRUPT");
  const seq = await append(service, runId, ["while the tenant is locked"], { leaseToken });
  expect(seq).toBeGreaterThan(0);

  const turn = createCommand(service, runId, "TURN");
  await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
  await other.query("COMMIT");
  expect(await turn).toMatch(/^cmd_/);
  await other.end();
});

it("a write that holds the tenant's row waits for no answer before it commits", async () => {
  await using service = await startService();
  const { sessionId } = await createSession(service);
  await using proxy = await openProxy(service.databaseUrl);
  const node = openNode({ databaseUrl: proxy.url });
  const [other, watcher] = [0, 1].map(() => new pg.Client({ connectionString: service.databaseUrl })) as [
    pg.Client,
    pg.Client,
  ];
  for (const client of [other, watcher]) await client.connect();
  const read = async () =>
    (await watcher.query("SELECT id, version::int FROM session WHERE name = $1", [sessionId])).rows[0] as {
      id: string;
      version: number;
    };
  const before = await read();
  await other.query("BEGIN");
  await other.query("UPDATE tenant SET version = version + 1");
  const writing = transaction(node, async (tx) => {
    await lockSession(tx, before.id);
    tx.raise(before.id);
  }).catch((error: unknown) => error);
  await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
  proxy.mute();
  await other.query("COMMIT");
  await expect.poll(async () => (await read()).version).toBeGreaterThan(before.version);
  await watcher.query("SELECT FROM tenant FOR UPDATE NOWAIT");
  for (const client of [other, watcher]) await client.end();
  proxy.cut();
  expect(await writing).toBeInstanceOf(Error);
  await node.pool.end();
});
