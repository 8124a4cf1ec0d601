import type pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { expireQueueAttempts } from "../../src/actions/queue/expire-attempts.js";
import { type Store, createStore } from "../../src/store/store.js";
import { openPlainPool } from "../support/plain-pool.js";
import type { ExecProcess } from "../support/exec/process.js";
import { createTask, readTask, startWorker } from "../support/exec/tasks.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";

const workerCount = 4;
const taskCount = 40;
const killCount = 6;

/** Ends every lease that a killed worker still holds, as time would. */
async function expireLeases(pool: pg.Pool, store: Store, killed: readonly number[]): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `UPDATE queue_attempt SET lease_expires_at = now() - interval '1 second'
     WHERE state = 'RUNNING' AND runner_id IN (SELECT id FROM runner WHERE (attributes->>'pid')::int = ANY($1))
     RETURNING id`,
    [killed],
  );
  for (const { id } of rows) await expireQueueAttempts(store.tenant("local"), [id], "WAIT");
}

const ended = graphql(`
  query EndedTaskCount {
    queueTasks(filter: { queue: "killed", states: [COMPLETED, FAILED, BLOCKED, CANCELLED] }) { totalCount }
  }
`);

async function countEnded({ ask }: TestService): Promise<number> {
  return (await ask(ended)).queueTasks.totalCount;
}

it("workers killed with kill -9 at random lose no task and end none twice", async () => {
  await using service = await startService();
  const pool = openPlainPool(service.databaseUrl, 2);
  pool.on("error", () => {});
  const ignore = () => {};
  const store = createStore(pool, ignore, ignore);
  onTestFinished(async () => {
    await store.close();
    await pool.end();
  });
  const ids: string[] = [];
  for (let index = 0; index < taskCount; index += 1)
    ids.push(await createTask(service, "killed", { maxAttempts: index % 4 === 0 ? 1 : 50 }));

  const start = () => startWorker(service.url, "killed", ["sleep", "0.05"]);
  const workers: ExecProcess[] = Array.from({ length: workerCount }, start);
  const killed: number[] = [];
  let killedAt = 0;
  const step = async () => {
    const ended = await countEnded(service);
    // Kills are spread over the tasks: one more after each few that ended.
    if (killed.length < killCount && ended >= killedAt) {
      const index = Math.floor(Math.random() * workerCount);
      const worker = workers[index];
      worker?.child.kill("SIGKILL");
      killed.push(worker?.child.pid ?? 0);
      killedAt = ended + 2;
      workers[index] = start();
    }
    await expireLeases(pool, store, killed);
    return killed.length === killCount ? ended : 0;
  };
  await expect.poll(step, { interval: 200 }).toBe(taskCount);
  for (const worker of workers) worker.child.kill("SIGTERM");
  expect(await Promise.all(workers.map(({ exitCode }) => exitCode))).toEqual(workers.map(() => 0));

  for (const id of ids) {
    const { state, expiredAttempts, maxAttempts, attempts } = await readTask(service, id);
    const expired = { state: "FAILED", failureKind: "LEASE_EXPIRED" };
    const completed = attempts.filter((attempt) => attempt.state === "COMPLETED");
    expect(attempts.filter((attempt) => attempt.state !== "COMPLETED")).toMatchObject(
      Array.from({ length: expiredAttempts }, () => expired),
    );
    if (state === "COMPLETED") expect(completed).toMatchObject([{ run: { status: "COMPLETED" } }]);
    else
      expect({ state, expiredAttempts, completed }).toEqual({
        state: "FAILED",
        expiredAttempts: maxAttempts,
        completed: [],
      });
  }
});
