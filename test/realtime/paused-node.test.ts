import { afterAll, beforeAll, expect, it } from "vitest";
import { answerMs } from "../../src/database/connection.js";
import { createTestDatabase } from "../support/database.js";
import { graphql } from "../support/graphql.js";
import { runService } from "../support/program.js";
import { lockRun } from "../support/row-lock.js";
import { asking, callerOf, startService } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { createRun } from "../support/work.js";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const cancel = graphql(`
  mutation CancelRunOfPausedNode($runId: ID!) { cancelRun(input: { runId: $runId }) { run { status } } }
`);

it("a node that is paused inside a transaction holds up the others for 12 s at most", async () => {
  const paused = await runService({ DATABASE_URL: database.url });
  const other = await runService({ DATABASE_URL: database.url });
  const runId = await createRun(asking(callerOf(other.url)));
  const lock = await lockRun(database.url, runId);
  const unanswered = callerOf(paused.url)(cancel, { runId }).catch((error: unknown) => error);
  await expect.poll(() => lock.isWaitedFor()).toBe(true);
  paused.child.kill("SIGSTOP");
  // Postgres gives the row to the paused node's transaction, which does nothing with it.
  await lock.release();
  const { cancelRun } = await asking(callerOf(other.url)).ask(cancel, { runId });
  expect(cancelRun.run.status).toBe("CANCELLED");
  paused.child.kill("SIGCONT");
  expect(await unanswered).toMatchObject({
    errors: [{ extensions: { code: "UNAVAILABLE", retryable: true } }],
  });
  expect(await asking(callerOf(paused.url)).ask(cancel, { runId })).toEqual({
    cancelRun: { run: { status: "CANCELLED" } },
  });
  for (const { child } of [paused, other]) child.kill("SIGTERM");
  expect(await Promise.all([paused.ended, other.ended])).toEqual([0, 0]);
});

it("connections that die in silence are dropped after 35 s, and the node works on", async () => {
  expect(answerMs).toBe(35_000);
  await using proxy = await openProxy(database.url);
  await using node = await startService({ databaseUrl: proxy.url, config: { answerMs: 2_000 } });
  const { call } = node;
  const ready = graphql(`query ReadyBehindProxy { health { ready } }`);
  await Promise.all(Array.from({ length: 20 }, () => call(ready)));
  proxy.freeze();
  const calls = Array.from({ length: 20 }, () => call(`{ runs(first: 1) { totalCount } }`));
  proxy.restore();
  const answers = await Promise.all(calls);
  for (const { errors } of answers)
    expect(errors?.[0]?.extensions?.["code"] ?? "UNAVAILABLE").toBe("UNAVAILABLE");
  await expect.poll(async () => (await call(ready)).data).toEqual({ health: { ready: true } });
});
