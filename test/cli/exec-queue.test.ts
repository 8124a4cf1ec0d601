import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { startCuttingProxy, startServiceProcess } from "../support/exec/outage.js";
import { type ExecProcess, startExec } from "../support/exec/process.js";
import { readRecord } from "../support/exec/record.js";
import { createTask, readTask, startWorker } from "../support/exec/tasks.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { onServer } from "../support/postgres-server.js";
import { cancelTask } from "../support/queue.js";
import { type Asks, type TestService, asking, callerOf, startService } from "../support/start-service.js";
import { cancelRun, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** Goes on without end at the first attempt, and ends well at any other, or where the payload says so. */
const waiting = ["sh", "-c", `grep -q short || { [ $AGENTRUN_ATTEMPT = 1 ] && echo ready && sleep 600; }; :`];

async function untilCompleted(id: string, asks: Asks = service): Promise<void> {
  const state = async () => (await readTask(asks, id)).state;
  await expect.poll(state, { interval: 100 }).toBe("COMPLETED");
}

async function stop(worker: ExecProcess): Promise<void> {
  worker.child.kill("SIGTERM");
  expect(await worker.exitCode).toBe(0);
}

async function startOnTask(input: object = {}, flags: readonly string[] = []) {
  const queue = uniqueName("queue");
  const taskId = await createTask(service, queue, input);
  const worker = startWorker(service.url, queue, waiting, flags);
  await worker.printed("ready");
  return { queue, taskId, worker };
}

describe("a task", () => {
  it("is the process's input and environment, and is linked to session, run and turn", async () => {
    const queue = uniqueName("queue");
    const taskId = await createTask(service, queue, { title: "Count words", payload: { text: "ä\n'b" } });
    const worker = startWorker(
      service.url,
      queue,
      ["sh", "-c", "cat /dev/stdin; env | grep ^AGENTRUN | grep -v TEST | sort"],
      [],
      { AGENTRUN_TOKEN: "not-for-the-process" },
    );
    await untilCompleted(taskId);
    await stop(worker);

    const task = await readTask(service, taskId);
    const { run: itsRun, command: itsCommand, ...attempt } = found(task.attempts[0]);
    const [run, command] = [found(itsRun), found(itsCommand)];
    const sessionId = `queue-${taskId}`;
    expect(task.session).toMatchObject({ sessionId, projectId: "p", title: "Count words", active: false });
    expect(attempt).toMatchObject({ number: 1, state: "COMPLETED", session: { sessionId } });
    expect(run).toMatchObject({ status: "COMPLETED" });
    expect(command).toMatchObject({ state: "COMPLETED", payload: { taskId, attempt: 1 } });
    expect((command.payload as { argv: string[] }).argv.slice(0, 2)).toEqual(["sh", "-c"]);
    const record = await readRecord(service, run.id);
    expect(record.turn.id).toBe(command.id);
    expect(record.text("STDOUT")).toBe(
      `{"text":"ä\\n'b"}
AGENTRUN_ATTEMPT=1
AGENTRUN_RUN_ID=${run.id}
AGENTRUN_SESSION_ID=${sessionId}
AGENTRUN_TASK_ID=${taskId}
AGENTRUN_URL=${service.url}
`,
    );
    expect(worker.stdout()).toBe(record.text("STDOUT"));
  });

  it("ends as its process does, one after the other, in the lanes that are named only", async () => {
    const queue = uniqueName("queue");
    const create = (lane: string, code: number) => createTask(service, queue, { lane, payload: { code } });
    const ids = [await create("a", 0), await create("b", 3), await create("b", 9), await create("a", 0)];
    const other = await create("c", 0);
    const script = "code=$(tr -dc 0-9); [ $code = 9 ] && kill -9 $$; exit $code";
    const worker = startWorker(service.url, queue, ["sh", "-c", script], ["--lanes", "a,b"]);
    await untilCompleted(ids.at(-1) ?? "");
    await stop(worker);
    const ends = (await Promise.all(ids.map((id) => readTask(service, id)))).map(
      ({ attempts }) => attempts[0],
    );
    const failed = (failureMessage: string) => ({ failureKind: "BACKEND_FAILED", failureMessage });
    expect(ends).toMatchObject([
      { state: "COMPLETED", run: { status: "COMPLETED" } },
      { state: "FAILED", ...failed("exit code 3"), run: { status: "FAILED" } },
      { state: "FAILED", ...failed("killed by SIGKILL"), run: { status: "FAILED" } },
      { state: "COMPLETED", run: { status: "COMPLETED" } },
    ]);
    expect(await readTask(service, other)).toMatchObject({ state: "PENDING", attempts: [] });
  });
});

const statusesOfRuns = graphql(`query StatusesOfRuns { runs { nodes { status } } }`);

describe("SIGTERM", () => {
  const untilTold = (file: string) => [
    "sh",
    "-c",
    `echo ready; until [ -e ${file} ]; do sleep 0.05; done; echo done`,
  ];

  it("lets the task in hand end, and claims no other", async () => {
    const queue = uniqueName("queue");
    const taskId = await createTask(service, queue);
    const file = join(tmpdir(), uniqueName("told"));
    onTestFinished(() => rmSync(file, { force: true }));
    const worker = startWorker(service.url, queue, untilTold(file), ["--grace", "600"]);
    await worker.printed("ready");
    const next = await createTask(service, queue);
    worker.child.kill("SIGTERM");
    await expect.poll(worker.stderr).toContain("finishing the task in hand");
    writeFileSync(file, "");
    expect(await worker.exitCode).toBe(0);
    expect(worker.stdout()).toBe("ready\ndone\n");
    expect(await readTask(service, taskId)).toMatchObject({
      state: "COMPLETED",
      attempts: [{ state: "COMPLETED", run: { status: "COMPLETED" } }],
    });
    expect(await readTask(service, next)).toMatchObject({ state: "PENDING", attempts: [] });
  });

  it.each([
    { why: "the grace is over", grace: "0.5", signals: 1 },
    { why: "there is no grace", grace: "0", signals: 1 },
    { why: "it comes a second time", grace: "600", signals: 2 },
  ])(
    "gives the task back where $why, and another worker then ends it in the same session",
    async ({ grace, signals }) => {
      const { queue, taskId, worker } = await startOnTask({}, ["--grace", grace]);
      const next = await createTask(service, queue);
      worker.child.kill("SIGTERM");
      if (signals > 1) {
        await expect.poll(worker.stderr).toContain("finishing the task in hand");
        worker.child.kill("SIGTERM");
      }
      expect(await worker.exitCode).toBe(0);
      const given = await readTask(service, taskId);
      expect(given).toMatchObject({ state: "PENDING", expiredAttempts: 0 });
      expect(given.attempts).toMatchObject([
        { state: "CANCELLED", run: { status: "CANCELLED" }, command: { state: "CANCELLED" } },
      ]);
      expect(await readTask(service, next)).toMatchObject({ state: "PENDING", attempts: [] });

      const second = startWorker(service.url, queue, waiting, ["--grace", "0"]);
      await untilCompleted(taskId);
      await stop(second);
      const ended = await readTask(service, taskId);
      expect(ended.attempts.map((attempt) => attempt.state)).toEqual(["CANCELLED", "COMPLETED"]);
      expect(found(ended.session).runs.nodes.map((run) => run.status)).toEqual(["CANCELLED", "COMPLETED"]);
    },
  );

  it("kills at the third time a process that does not end", async () => {
    const queue = uniqueName("queue");
    const taskId = await createTask(service, queue);
    const argv = ["sh", "-c", "trap 'echo trapped' TERM; echo ready; while :; do sleep 0.05; done"];
    const worker = startWorker(service.url, queue, argv);
    await worker.printed("ready");
    worker.child.kill("SIGTERM");
    await expect.poll(worker.stderr).toContain("finishing the task in hand");
    worker.child.kill("SIGTERM");
    await worker.printed("trapped");
    await stop(worker);
    expect(await readTask(service, taskId)).toMatchObject({
      state: "PENDING",
      attempts: [{ state: "CANCELLED", run: { status: "CANCELLED" } }],
    });
  });

  it.each(["CreateRun", "AcknowledgeCommand", "UpdateQueueTaskAttempt"])(
    "at %s leaves no run that waits",
    async (step) => {
      await using own = await startService();
      const taskId = await createTask(own, "begun");
      let worker: ExecProcess | undefined;
      const proxy = await startCuttingProxy(own.url, (operation) => {
        if (operation === step) worker?.child.kill("SIGTERM");
        return false;
      });
      worker = startWorker(proxy.url, "begun", ["sleep", "300"], ["--grace", "0"]);
      expect(await worker.exitCode).toBe(0);
      expect(await readTask(own, taskId)).toMatchObject({ state: "PENDING", expiredAttempts: 0 });
      const { runs } = await own.ask(statusesOfRuns);
      expect(runs.nodes).toEqual([{ status: "CANCELLED" }]);
    },
  );
});

describe("a process is stopped, and the next task is done", () => {
  const expireAttempts = (taskId: string) =>
    onServer(
      service.databaseUrl,
      `UPDATE queue_attempt SET lease_expires_at = now() - interval '1 second' WHERE task_id = '${taskId}'`,
    );
  const cancelItsRun = async (taskId: string) => {
    const { attempts } = await readTask(service, taskId);
    await cancelRun(service, found(attempts[0]?.run).id);
  };
  const cancel = (taskId: string) => cancelTask(service, taskId);
  const cancelled = { state: "CANCELLED", failureKind: "CANCELLED" };

  it.each([
    {
      why: "the task is cancelled",
      act: cancel,
      attempt: cancelled,
      run: "CANCELLED",
      kind: "CANCELLED",
    },
    {
      why: "the run is cancelled",
      act: cancelItsRun,
      attempt: cancelled,
      run: "CANCELLED",
      kind: "CANCELLED",
    },
    {
      why: "the lease is lost",
      act: expireAttempts,
      attempt: { state: expect.stringMatching(/RUNNING|FAILED/) },
      run: "FAILED",
      kind: "LEASE_EXPIRED",
    },
  ])("where $why", async ({ act, attempt, run, kind }) => {
    const { queue, taskId, worker } = await startOnTask();
    await act(taskId);
    await untilCompleted(await createTask(service, queue, { payload: { how: "short" } }));
    await stop(worker);
    const task = await readTask(service, taskId);
    const ended = { run: { status: run, failureKind: kind }, command: { state: run } };
    expect(task.attempts).toMatchObject([{ ...attempt, ...ended }]);
  });
});

describe("an idle worker", () => {
  it("outlives a service that goes away and comes back, and says so once", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const restarted = await startServiceProcess(database.url);
    const call = callerOf(restarted.url);
    const asks = asking(call);
    const worker = startWorker(restarted.url, "idle", ["true"]);
    await expect.poll(worker.stderr).toContain("works on queue idle");
    await restarted.kill();
    await expect.poll(worker.stderr).toContain("trying again until it does");
    await restarted.start();
    await untilCompleted(await createTask(asks, "idle"), asks);
    await stop(worker);
    expect(worker.stderr().match(/does not answer/g)).toHaveLength(1);
  });
});

describe("a worker is refused", () => {
  it.each([
    { flags: ["--queue", "q", "--session", "s"], message: "--session cannot go with --queue" },
    { flags: ["--queue", "q", "--title", "t"], message: "--title cannot go with --queue" },
    { flags: ["--lanes", "a"], message: "--lanes goes with --queue only" },
    { flags: ["--queue", "q", "--poll", "0"], message: '--poll must be a number from 0.05 to 3600, not "0"' },
    { flags: ["--queue", "q", "--stdin", "none"], message: "--stdin cannot go with --queue" },
    { flags: ["--queue", "q", "--pty"], message: "--pty cannot go with --queue" },
    { flags: ["--grace", "1"], message: "--grace goes with --queue only" },
    {
      flags: ["--queue", "q", "--grace", "-1"],
      message: '--grace must be a number from 0 to 86400, not "-1"',
    },
    { flags: ["--wait", "soon"], message: '--wait must be a number from 0 to 86400, not "soon"' },
    { flags: ["--buffer", "0"], message: '--buffer must be a number from 0.1 to 1024, not "0"' },
    { flags: ["--queue", " "], message: "--queue must be a name of 1 to 200 characters" },
    { flags: ["--url", "127.0.0.1:4000"], message: "--url, or AGENTRUN_URL, must be an http:// or https://" },
    { flags: ["--stdin", "some"], message: "Allowed choices are inherit, none" },
  ])("with $flags", async ({ flags, message }) => {
    const exec = startExec(service.url, ["echo", "word"], flags);
    expect(await exec.exitCode).toBe(1);
    expect(exec.stderr()).toContain(message);
    expect(exec.stdout()).toBe("");
  });
});
