import { once } from "node:events";
import WebSocket from "ws";
import { expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { openSocket } from "../support/following/open-socket.js";
import { graphql } from "../support/graphql.js";
import { runService } from "../support/program.js";
import { countWaiting, lockRun } from "../support/row-lock.js";
import { asking, callerOf, startService } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { createRun } from "../support/work.js";

const cancel = graphql(`
  mutation CancelRunStatus($runId: ID!) { cancelRun(input: { runId: $runId }) { run { status } } }
`);
const cancelled = { data: { cancelRun: { run: { status: "CANCELLED" } } } };
const follow = graphql(`
  subscription FollowSeqs($runId: ID!) { runEvents(runId: $runId) { events { seq } } }
`);

it("a closing node ends streams with 1012, answers what is in flight, and takes nothing new", async () => {
  await using service = await startService();
  const runId = await createRun(service);
  const lock = await lockRun(service.databaseUrl, runId);
  const follower = await openSocket(service.url);
  follower.begin("1", follow, { runId });
  await expect.poll(() => follower.frames.at(-1)?.type).toBe("next");
  const writer = await openSocket(service.url);
  writer.begin("1", cancel, { runId });
  const overHttp = service.call(cancel, { runId });
  await expect.poll(() => countWaiting(service.databaseUrl)).toBe(2);

  const closed = service.close();
  expect(await follower.closed).toEqual([1012, "the service restarts; come back"]);
  const readiness = await fetch(new URL("/readyz", service.url));
  expect([readiness.status, await readiness.json()]).toEqual([
    503,
    expect.objectContaining({ ready: false }),
  ]);
  const ready = graphql(`query Ready { health { ready } }`);
  const refused = await service.call(ready);
  expect(refused.errors).toMatchObject([{ extensions: { code: "UNAVAILABLE", retryable: true } }]);
  const socket = new WebSocket(service.url.replace("http", "ws"), "graphql-transport-ws");
  expect(await once(socket, "error")).toMatchObject([{ message: "Unexpected server response: 503" }]);
  writer.begin("2", cancel, { runId });

  await lock.release();
  expect(await writer.closed).toEqual([1012, "the service restarts; come back"]);
  expect(writer.frames.slice(1)).toEqual([
    { id: "1", type: "next", payload: cancelled },
    { id: "1", type: "complete" },
  ]);
  expect(await overHttp).toEqual(cancelled);
  await closed;
  await expect(fetch(new URL("/healthz", service.url))).rejects.toThrow("fetch failed");
});

it("SIGTERM ends a node though its clients have frozen and its database is blocked", async () => {
  const database = await createTestDatabase();
  const node = await runService({ DATABASE_URL: database.url });
  await using proxy = await openProxy(node.url);
  const caller = callerOf(node.url);
  const runId = await createRun(asking(caller));
  const lock = await lockRun(database.url, runId);
  const { begin, frames } = await openSocket(proxy.url);
  begin("1", follow, { runId });
  await expect.poll(() => frames.at(-1)?.type).toBe("next");
  begin("2", cancel, { runId });
  const overHttp = caller(cancel, { runId }).catch((error: unknown) => error);
  await expect.poll(() => countWaiting(database.url)).toBe(2);
  proxy.freeze();

  node.child.kill("SIGTERM");
  expect(await node.ended).toBe(0);
  // It did not wait until the database refused: who called was cut off, and not answered.
  expect(await overHttp).toBeInstanceOf(Error);
  await lock.release();
  await database.drop();
});
