import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateQueueTaskInput } from "../../generated/documents/graphql.js";
import { graphql } from "../../support/graphql.js";
import {
  cancelTask,
  cancelTaskDocument,
  claimTask,
  createTask,
  createTaskDocument,
  markTaskReadDocument,
  readTask,
  updateTask,
} from "../../support/queue.js";
import { type TestService, codeOf, startService } from "../../support/start-service.js";
import { registerRunner, uniqueName } from "../../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const newTask = (input: Partial<CreateQueueTaskInput> = {}) => ({
  projectId: "p",
  queue: "q",
  payload: {},
  ...input,
});

it("a new task waits in the default lane, at once available, with the defaults it was promised", async () => {
  const task = await createTask(service, { title: "Fix it", payload: { a: 1 }, backendProfile: "codex" });
  expect(task).toMatchObject({
    tenantId: "local",
    projectId: "p",
    queue: "q",
    lane: "default",
    title: "Fix it",
    priority: 0,
    backendProfile: "codex",
    state: "PENDING",
    payload: { a: 1 },
    idempotencyKey: null,
    session: null,
    sessionPath: null,
    latestAttempt: null,
    attempts: { nodes: [], totalCount: 0 },
    maxAttempts: 1,
    cancelledAt: null,
    cancelReason: null,
  });
  expect(task.availableAt).toBe(task.createdAt);
  expect(task.updatedAt).toBe(task.createdAt);
  expect(task.version).toBeGreaterThan(0);
  expect(task.payloadHash).toMatch(/^[0-9a-f]{64}$/);
});

it("secrets are taken out of payload and title before they are stored", async () => {
  const task = await createTask(service, {
    title: "use ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    payload: { apiKey: "sk-verysecret1234567890" },
  });
  expect(JSON.stringify(task)).not.toMatch(/verysecret|ghp_abcdef/);
});

describe("the same key", () => {
  it("and content in the same project gives the first task again, and raises no version", async () => {
    const idempotencyKey = uniqueName("key");
    const input = newTask({ idempotencyKey, payload: { a: 1, b: { c: 2, d: 3 } }, priority: 4 });
    const first = (await service.ask(createTaskDocument, { input })).createQueueTask;
    expect(first.replayed).toBe(false);
    const changed = await updateTask(service, { taskId: first.task.id, state: "RUNNING" });
    const again = await service.ask(createTaskDocument, {
      input: { ...input, payload: { b: { d: 3, c: 2 }, a: 1 }, lane: "default", tenantId: "local" },
    });
    expect(again.createQueueTask).toEqual({ replayed: true, task: changed });
  });

  it("and content of another project makes another task", async () => {
    const idempotencyKey = uniqueName("key");
    const first = await createTask(service, { idempotencyKey, projectId: "a:b" });
    const second = await createTask(service, { idempotencyKey, projectId: "a" });
    expect(second.id).not.toBe(first.id);
  });

  it.each([
    ["payload", { payload: { other: true } }],
    ["queue", { queue: "other" }],
    ["lane", { lane: "other" }],
    ["title", { title: "other" }],
    ["priority", { priority: 1 }],
    ["backendProfile", { backendProfile: "other" }],
    ["maxAttempts", { maxAttempts: 2 }],
    ["availableAt", { availableAt: "2026-11-22T09:30:00Z" }],
  ])("and another %s is refused", async (_field, change) => {
    const input = newTask({ idempotencyKey: uniqueName("key") });
    const { task } = (await service.ask(createTaskDocument, { input })).createQueueTask;
    const { errors } = await service.call(createTaskDocument, { input: { ...input, ...change } });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
      failureKind: "schema-invalid",
      httpStatus: 409,
      details: { taskId: task.id },
    });
  });

  it("sent 20 times at once makes one task", async () => {
    const input = newTask({ idempotencyKey: uniqueName("key") });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.ask(createTaskDocument, { input })),
    );
    expect(new Set(answers.map(({ createQueueTask }) => createQueueTask.task.id)).size).toBe(1);
    expect(answers.filter(({ createQueueTask }) => !createQueueTask.replayed)).toHaveLength(1);
  });
});

describe("BAD_USER_INPUT names the field and what is allowed:", () => {
  it.each<[string, object, RegExp]>([
    ["an empty queue", { queue: "" }, /input\.queue must not be empty/],
    ["a blank lane", { lane: " " }, /input\.lane must not be empty/],
    ["U+0000 in a title", { title: "a\0" }, /input\.title must hold neither/],
    ["a long key", { idempotencyKey: "k".repeat(201) }, /input\.idempotencyKey must be at most 200/],
    ["a priority too high", { priority: 1_000_001 }, /input\.priority must be from -1000000 to 1000000/],
    ["the lowest priority that an Int has", { priority: -(2 ** 31) }, /input\.priority must be from/],
    ["no attempts", { maxAttempts: 0 }, /input\.maxAttempts must be from 1 to 100/],
    ["too many attempts", { maxAttempts: 101 }, /input\.maxAttempts must be from 1 to 100/],
    ["a payload that is no object", { payload: [1] }, /input\.payload must be a JSON object/],
    ["a date that is none", { availableAt: "soon" }, /ISO 8601/],
  ])("%s", async (_what, change, message) => {
    const { errors } = await service.call(createTaskDocument, { input: newTask(change) });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
    expect(errors?.[0]?.message).toMatch(message);
  });
});

it("a task for another tenant is TENANT_POLICY_DENIED", async () => {
  const { errors } = await service.call(createTaskDocument, { input: newTask({ tenantId: "globex" }) });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: "TENANT_POLICY_DENIED",
    failureKind: "tenant-policy-denied",
    httpStatus: 403,
  });
});

it("a missing task is null to a query and NOT_FOUND to a mutation; a malformed id is BAD_USER_INPUT to both", async () => {
  const missing = `qt_${"0".repeat(32)}`;
  const read = graphql(`query TaskId($id: ID!) { queueTask(id: $id) { id } }`);
  expect(await service.ask(read, { id: missing })).toEqual({ queueTask: null });
  expect((await service.call(read, { id: "run_1" })).errors?.[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
  for (const send of [
    (taskId: string) => service.call(cancelTaskDocument, { input: { taskId } }),
    (taskId: string) => service.call(markTaskReadDocument, { input: { taskId } }),
  ]) {
    expect(await codeOf(send(missing))).toBe("NOT_FOUND");
    expect(await codeOf(send("nonsense"))).toBe("BAD_USER_INPUT");
  }
});

it("versions rise with every change, over all tasks of the tenant", async () => {
  const queue = uniqueName("queue");
  const runnerId = await registerRunner(service);
  const a = await createTask(service, { queue });
  const b = await createTask(service, { queue });
  const { task, leaseToken } = await claimTask(service, { queue, runnerId });
  const linked = await updateTask(service, { taskId: a.id, state: "RUNNING", leaseToken });
  const cancelled = await cancelTask(service, b.id);
  const ended = await updateTask(service, { taskId: a.id, state: "COMPLETED", leaseToken });
  const versions = [a, b, task, linked, cancelled, ended].map(({ version }) => version);
  expect(versions).toEqual(versions.toSorted((one, other) => one - other));
  expect(new Set(versions).size).toBe(6);
  expect((await readTask(service, a.id)).version).toBe(ended.version);
});
