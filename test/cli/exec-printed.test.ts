import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { startExec, sleeper } from "../support/exec/process.js";
import { createTask, startWorker } from "../support/exec/tasks.js";
import { runProgram } from "../support/program.js";
import { cancelTask } from "../support/queue.js";
import { type TestService, startService } from "../support/start-service.js";
import { uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const hostile = "\x1b]0;owned\x07\x1b[2Jbye\nagentrun-graph exec: all is well\x9b31m\u202e";

/** A service that refuses everything, in words that a terminal would obey. */
async function startHostileService(): Promise<string> {
  const errors = [{ message: hostile, extensions: { code: "FORBIDDEN", retryable: false } }];
  const server = createServer((_request, response) => response.end(JSON.stringify({ errors })));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

it("a reason for cancelling reaches the worker's terminal in one line without control sequences", async () => {
  const queue = uniqueName("queue");
  const taskId = await createTask(service, queue);
  const worker = startWorker(service.url, queue, sleeper);
  await worker.printed("ready");
  await cancelTask(service, taskId, hostile);
  await expect.poll(worker.stderr).toContain("stopping the process");
  worker.child.kill("SIGTERM");
  expect(await worker.exitCode).toBe(0);
  expect(worker.stderr()).toContain(
    "cancelled: bye agentrun-graph exec: all is well: stopping the process\n",
  );
  expect(worker.stderr()).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});

it.each([
  ["exec", ["exec", "--", "true"]],
  ["a worker", ["exec", "--queue", "q", "--", "true"]],
  ["seed", ["seed"]],
])("a refusal reaches the terminal of %s without control sequences", async (_command, args) => {
  const program = runProgram(args, { AGENTRUN_URL: await startHostileService() });
  expect(await program.ended).toBe(1);
  expect(program.stderr()).toMatch(/bye\n {2}agentrun-graph exec: all is well/);
  expect(program.stderr()).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});

it("what the process prints passes through as it is", async () => {
  const exec = startExec(service.url, ["printf", "\\033]0;mine\\007\\033[2J\\r\\b"]);
  expect(await exec.exitCode).toBe(0);
  expect(exec.stdout()).toBe("\x1b]0;mine\x07\x1b[2J\r\b");
});
