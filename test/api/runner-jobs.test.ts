import { afterAll, beforeAll, expect, it } from "vitest";
import type { ListJobsQueryVariables, SaveRunnerJobInput } from "../generated/documents/graphql.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { createCommand, createRun, finishRun, readEvents, uniqueName } from "../support/work.js";

let service: TestService;
let runId: string;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const save = graphql(`
  mutation SaveJob($input: SaveRunnerJobInput!) {
    saveRunnerJob(input: $input) {
      replayed
      job {
        id run { id } command { id } idempotencyKey payloadHash attemptId runnerId namespace jobName
        managerUrl image sourceCommit serviceAccountName result createdAt updatedAt
      }
    }
  }
`);

type Job = Partial<SaveRunnerJobInput>;

const words = {
  payloadHash: "sha256:1",
  attemptId: "attempt 1",
  runnerId: "runner-a",
  namespace: "agents",
  jobName: "agent-run-1",
  managerUrl: "https://manager.example:8443/jobs",
  image: "registry.example/agent:1",
  sourceCommit: "0f3c1d2",
};

const job = (input: Job = {}) => ({ input: { runId, ...words, result: { started: true }, ...input } });

async function saveJob(input: Job = {}) {
  return (await service.ask(save, job(input))).saveRunnerJob;
}

async function codeOf(input: Job) {
  const { errors } = await service.call(save, job(input));
  return errors?.[0]?.extensions["code"];
}

const list = graphql(`
  query ListJobs($runId: ID!, $commandId: ID, $first: Int, $after: String) {
    run(id: $runId) {
      jobs(commandId: $commandId, first: $first, after: $after) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

async function listJobs(page: Omit<ListJobsQueryVariables, "runId"> = {}) {
  return found((await service.ask(list, { runId, ...page })).run).jobs;
}

it("a job is kept as it was given, and found as a node", async () => {
  runId = await createRun(service);
  const commandId = await createCommand(service, runId);
  const { job: saved, replayed } = await saveJob({ commandId, serviceAccountName: "agent" });
  expect(replayed).toBe(false);
  expect(saved).toMatchObject({
    ...words,
    run: { id: runId },
    command: { id: commandId },
    serviceAccountName: "agent",
    idempotencyKey: null,
    result: { started: true },
  });
  expect(saved.updatedAt).toBe(saved.createdAt);
  const nodeType = graphql(`query NodeType($id: ID!) { node(id: $id) { __typename id } }`);
  const data = await service.ask(nodeType, { id: saved.id });
  expect(data.node).toEqual({ __typename: "RunnerJob", id: saved.id });
});

it.each([[[1, "two"]], ["text"], [7], [false], [{ a: [null] }]])(
  "a result may be any JSON value: %j",
  async (result) => {
    runId = await createRun(service);
    expect((await saveJob({ result })).job.result).toEqual(result);
  },
);

it("secrets in the result, and in the manager's address, are not stored", async () => {
  runId = await createRun(service);
  const secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
  const managerUrl = "https://admin:hunter2hunter2@manager.example/jobs";
  for (const result of [secret, [secret], { log: `token ${secret}\0` }]) {
    const { job: saved } = await saveJob({ result, managerUrl });
    expect(JSON.stringify(saved)).not.toMatch(/ghp_|hunter2/);
    expect(JSON.stringify(saved.result)).toContain("[REDACTED]");
  }
});

it("the same key and payload hash gives the first job again, another hash is refused", async () => {
  runId = await createRun(service);
  const idempotencyKey = uniqueName("key");
  const first = await saveJob({ idempotencyKey });
  expect(await saveJob({ idempotencyKey, result: "other" })).toEqual({ ...first, replayed: true });
  const { errors } = await service.call(save, job({ idempotencyKey, payloadHash: "sha256:2" }));
  expect(errors?.[0]?.extensions).toMatchObject({
    code: "IDEMPOTENCY_KEY_REUSED",
    details: { field: "input.idempotencyKey", jobId: first.job.id },
  });
  expect((await listJobs()).totalCount).toBe(1);
});

it("callers that save with one key at the same time get one job", async () => {
  runId = await createRun(service);
  const answers = await Promise.all(Array.from({ length: 8 }, () => saveJob({ idempotencyKey: "k" })));
  expect(new Set(answers.map((answer) => answer.job.id)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
});

it("a job may be saved of an ended run, and writes no event", async () => {
  runId = await createRun(service);
  await finishRun(service, runId);
  const before = await readEvents(service, runId);
  expect((await saveJob()).replayed).toBe(false);
  expect(await readEvents(service, runId)).toEqual(before);
});

it("a missing run, a missing command and another run's command are NOT_FOUND, and nothing is stored", async () => {
  runId = await createRun(service);
  const foreign = await createCommand(service, await createRun(service));
  expect(await codeOf({ runId: `run_${"0".repeat(32)}` })).toBe("NOT_FOUND");
  expect(await codeOf({ commandId: `cmd_${"0".repeat(32)}` })).toBe("NOT_FOUND");
  expect(await codeOf({ commandId: foreign })).toBe("NOT_FOUND");
  expect(await codeOf({ commandId: runId })).toBe("BAD_USER_INPUT");
  for (const field of Object.keys(words)) expect(await codeOf({ [field]: " " })).toBe("BAD_USER_INPUT");
  expect((await listJobs()).totalCount).toBe(0);
});

it("the jobs of a run come oldest first, page by page, all or those of one command", async () => {
  runId = await createRun(service);
  const commandId = await createCommand(service, runId);
  const ids: string[] = [];
  for (const command of [null, commandId, null, commandId])
    ids.push((await saveJob({ commandId: command })).job.id);
  const first = await listJobs({ first: 3 });
  expect(first).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true } });
  const rest = await listJobs({ first: 3, after: first.pageInfo.endCursor });
  expect([...first.nodes, ...rest.nodes].map(({ id }) => id)).toEqual(ids);
  const ofCommand = await listJobs({ commandId });
  expect(ofCommand.nodes.map(({ id }) => id)).toEqual([ids[1], ids[3]]);
});
