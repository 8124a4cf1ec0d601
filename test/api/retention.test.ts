import { expect, it } from "vitest";
import { removeOthers } from "../../src/actions/clear.js";
import { findResting } from "../../src/store/resting.js";
import { createStore } from "../../src/store/store.js";
import { graphql } from "../support/graphql.js";
import { cancelTask, claimTask, createTask, updateTask } from "../support/queue.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { startService } from "../support/start-service.js";
import {
  append,
  cancelRun,
  claim,
  createCommand,
  createRun,
  finishRun,
  registerRunner,
  uniqueName,
} from "../support/work.js";

const service = shareService();
const node = shareNode(service);

const sql = (text: string, ...values: unknown[]) => node.pool.query(text, values);

/** Removes what is kept for 30 days, an hour after it has left every list. */
async function clear(wake: () => void = () => {}): Promise<void> {
  const store = createStore(node.pool, wake, () => {});
  await removeOthers(store, (kind, search) => findResting(node.pool, kind, search), new Map(), {
    retention: { graceSeconds: 3_600, days: 30 },
    isStopped: () => false,
    onFault: (error) => {
      throw error;
    },
  });
}

/** Lets what the tables hold be so many days older than it is. */
const age = (days: number, ...ids: string[]) =>
  Promise.all(
    [
      "UPDATE run SET updated_at = updated_at - make_interval(days => $2) WHERE id = ANY($1)",
      "UPDATE run_event SET created_at = created_at - make_interval(days => $2) WHERE run_id = ANY($1)",
      "UPDATE event_batch SET created_at = created_at - make_interval(days => $2) WHERE run_id = ANY($1)",
      "UPDATE queue_task SET updated_at = updated_at - make_interval(days => $2) WHERE id = ANY($1)",
      "UPDATE runner SET heartbeat_at = heartbeat_at - make_interval(days => $2) WHERE id = ANY($1)",
    ].map((text) => sql(text, ids, days)),
  );

/** How many rows of a table have one of these ids in a column. */
async function countOf(table: string, column: string, ...ids: string[]): Promise<number> {
  const { rows } = await sql(`SELECT count(*)::int AS count FROM ${table} WHERE ${column} = ANY($1)`, ids);
  return rows[0].count as number;
}

const ofRuns = ["run_event", "event_batch", "runner_job", "command", "queue_attempt"];
async function countRows(...runIds: string[]): Promise<Record<string, number>> {
  const counts = { run: await countOf("run", "id", ...runIds) };
  for (const table of ofRuns) Object.assign(counts, { [table]: await countOf(table, "run_id", ...runIds) });
  return counts;
}

const saveJob = graphql(`
  mutation SaveJobOfRun($input: SaveRunnerJobInput!) { saveRunnerJob(input: $input) { replayed } }
`);

/** A run without a session with something of every kind, an ended attempt of a task that waits again among them. */
async function createFullRun(): Promise<{ runId: string; attemptId: string; taskId: string }> {
  const runId = await createRun(service);
  const commandId = await createCommand(service, runId);
  await append(service, runId, ["a", "b"], { idempotencyKey: "k" });
  const job = { payloadHash: "h", attemptId: "a", runnerId: "r", namespace: "n", jobName: "j" };
  const more = { managerUrl: "u", image: "i", sourceCommit: "c", result: {} };
  await service.ask(saveJob, { input: { runId, commandId, ...job, ...more } });
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue });
  const { attempt, leaseToken } = await claimTask(service, {
    queue,
    runnerId: await registerRunner(service),
  });
  const input = { taskId, leaseToken, runId, commandId };
  await updateTask(service, { ...input, state: "RUNNING" });
  await updateTask(service, { ...input, state: "COMPLETED" });
  return { runId, attemptId: attempt.id, taskId };
}

it("a run without a session goes with all that is its own once it ended, or nobody touched it, long ago", async () => {
  const ended = await createFullRun();
  await finishRun(service, ended.runId);
  const untouched = await createFullRun();
  const young = await createFullRun();
  const told = await createFullRun();
  const inSession = await createRun(service, { session: { sessionId: uniqueName("session") } });
  const held = await createRun(service);
  await cancelRun(service, inSession);
  await age(31, ended.runId, untouched.runId, told.runId, inSession, held);
  await claim(service, held);
  await sql("UPDATE run SET updated_at = now() - interval '31 days' WHERE id = $1", held);
  await append(service, told.runId, ["it lives"]);
  const kept = [young.runId, told.runId, inSession, held];
  const before = await countRows(...kept);

  await clear();
  const none = { run: 0, run_event: 0, event_batch: 0, runner_job: 0, command: 0, queue_attempt: 0 };
  expect(await countRows(ended.runId, untouched.runId)).toEqual(none);
  // The batch of the one that lives is as old as it: its key is forgotten.
  expect(await countRows(...kept)).toEqual({ ...before, event_batch: (before["event_batch"] ?? 0) - 1 });
  const { rows } = await sql("SELECT run_id, command_id FROM queue_attempt WHERE id = $1", ended.attemptId);
  expect(rows).toEqual([{ run_id: null, command_id: null }]);
});

it("a run in which an attempt at a task works stays", async () => {
  const runId = await createRun(service);
  const { id: taskId } = await createTask(service, { queue: uniqueName("queue") });
  await updateTask(service, { taskId, runId, state: "RUNNING" });
  await age(31, runId);
  await clear();
  expect(await countOf("run", "id", runId)).toBe(1);
  await updateTask(service, { taskId, state: "COMPLETED" });
  await clear();
  expect(await countOf("run", "id", runId)).toBe(0);
});

it("a long run goes in batches; until it has gone it takes no events, and an interruption loses nothing", async () => {
  const runId = await createRun(service);
  const texts = Array.from({ length: 500 }, () => "x");
  for (let batch = 0; batch < 11; batch += 1) await append(service, runId, texts);
  await age(31, runId);
  const events = await countOf("run_event", "run_id", runId);
  const cut = () => {
    throw new Error("cut");
  };
  // The first batch is committed, and then the node is gone.
  await sql(
    "CREATE FUNCTION refuse_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$",
  );
  await sql("CREATE TRIGGER refuse BEFORE DELETE ON run FOR EACH ROW EXECUTE FUNCTION refuse_run()");
  await expect(clear()).rejects.toThrow("not now");
  expect(await countOf("run_event", "run_id", runId)).toBe(events - 5_000);
  const input = { runId, events: [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: "late" } }] };
  const appendLate = graphql(`
    mutation AppendLate($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }
  `);
  const { errors } = await service.call(appendLate, { input });
  expect(errors?.[0]?.extensions.code).toBe("ALREADY_TERMINAL");
  await sql("DROP TRIGGER refuse ON run");
  await expect(clear(cut)).rejects.toThrow("cut");
  await clear();
  expect(await countOf("run_event", "run_id", runId)).toBe(0);
  expect(await countOf("run", "id", runId)).toBe(0);
});

const listed = graphql(`
  query ListedTasks($filter: QueueTaskFilter, $queue: String!) {
    queueTasks(filter: $filter, first: 100) { totalCount nodes { id } }
    queueStats(queue: $queue) { total }
    queueCommander(queue: $queue) { items { id } }
  }
`);

it("a task that ended long ago leaves every list, and an hour later goes with its attempts and marks", async () => {
  const queue = uniqueName("queue");
  const runnerId = await registerRunner(service);
  const { id } = await createTask(service, { queue, idempotencyKey: "k", payload: { n: 1 } });
  const { leaseToken } = await claimTask(service, { queue, runnerId });
  await updateTask(service, { taskId: id, state: "COMPLETED", leaseToken });
  const marked = graphql(`
    mutation MarkEndedTask($taskId: ID!) { markQueueTaskRead(input: { taskId: $taskId }) { task { id } } }
  `);
  await service.ask(marked, { taskId: id });
  const waiting = await createTask(service, { queue });
  const young = await createTask(service, { queue });
  await cancelTask(service, young.id);
  await age(31, id, waiting.id);
  const kept = [waiting.id, young.id];
  const lists = async () => {
    const answer = await service.ask(listed, { filter: { queue }, queue });
    const { queueTasks, queueStats, queueCommander } = answer;
    expect(queueStats.total).toBe(queueTasks.totalCount);
    expect(new Set(queueCommander.items.map((task) => task.id))).toEqual(
      new Set(queueTasks.nodes.map((task) => task.id)),
    );
    return queueTasks.nodes.map((task) => task.id).toSorted();
  };
  expect(await lists()).toEqual([id, ...kept].toSorted());

  await clear();
  expect(await lists()).toEqual(kept.toSorted());
  await clear();
  expect(await countOf("queue_task", "id", id)).toBe(1);
  // It answers its key still.
  expect((await createTask(service, { queue, idempotencyKey: "k", payload: { n: 1 } })).id).toBe(id);

  await sql("UPDATE queue_task SET forgotten_at = forgotten_at - interval '61 minutes' WHERE id = $1", id);
  await clear();
  expect(await countOf("queue_task", "id", id)).toBe(0);
  expect(await countOf("queue_attempt", "task_id", id)).toBe(0);
  expect(await countOf("queue_task_mark", "task_id", id)).toBe(0);
  expect(await countOf("queue_task", "id", ...kept)).toBe(2);
});

it("a runner that was not seen for long goes once nothing names it", async () => {
  const [idle, seen, named, worked] = (await Promise.all(
    Array.from({ length: 4 }, () => registerRunner(service)),
  )) as [string, string, string, string];
  const runId = await createRun(service, { session: { sessionId: uniqueName("session") } });
  await claim(service, runId, { runnerId: named });
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue });
  const { leaseToken } = await claimTask(service, { queue, runnerId: worked });
  await updateTask(service, { taskId, state: "COMPLETED", leaseToken });
  await age(31, idle, named, worked);
  await clear();
  expect(await countOf("runner", "id", idle)).toBe(0);
  expect(await countOf("runner", "id", seen, named, worked)).toBe(3);
});

it("the key of a batch is known for as long as things are kept, and then stores it anew", async () => {
  const runId = await createRun(service, { session: { sessionId: uniqueName("session") } });
  const first = await append(service, runId, ["once"], { idempotencyKey: "k" });
  await age(29, runId);
  await clear();
  expect(await append(service, runId, ["once"], { idempotencyKey: "k" })).toBe(first);
  await age(2, runId);
  await clear();
  expect(await append(service, runId, ["once"], { idempotencyKey: "k" })).toBe(first + 1);
});

it("a node that starts with RETENTION_DAYS removes what is kept no longer by itself", async () => {
  const runId = await createRun(service);
  await finishRun(service, runId);
  await age(31, runId);
  await using second = await startService({
    config: { retentionDays: 30, sweepMs: 50 },
    databaseUrl: service.databaseUrl,
  });
  const readRun = graphql(`
    query RunOfThePast($id: ID!) { run(id: $id) { id } }
  `);
  await expect.poll(async () => (await second.ask(readRun, { id: runId })).run).toBeNull();
});
