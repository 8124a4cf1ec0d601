import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import { createCommand, createRun, readEvents, uniqueName } from "../support/work.js";

let service: TestService;
let runId: string;
let commandId: string;
beforeAll(async () => {
  service = await startService();
  runId = await createRun(service);
  commandId = await createCommand(service, runId);
});
afterAll(() => service.close());

async function refusal(query: string, variables?: Record<string, unknown>) {
  const { errors } = await service.call(query, variables);
  expect(errors).toHaveLength(1);
  return errors?.[0] as NonNullable<typeof errors>[number];
}

async function counts() {
  const data = await service.ask(`{ runs { totalCount } sessions { totalCount } }`);
  return { ...data, events: await readEvents(service, runId) };
}

const createRunQuery = `mutation ($input: CreateRunInput!) { createRun(input: $input) { run { id } } }`;
const append = `mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`;
const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
const run = (input: object) => ({ input: { projectId: "p", backendProfile: "codex", ...input } });
const event = (payload: unknown, type = "ASSISTANT_MESSAGE") => ({
  input: { runId, events: [{ type, payload }] },
});

describe("BAD_USER_INPUT names the field and what is allowed, and nothing is stored:", () => {
  it.each<[string, string, () => Record<string, unknown>, RegExp]>([
    ["an empty name", createRunQuery, () => run({ projectId: "" }), /input\.projectId must not be empty/],
    [
      "a blank name",
      createRunQuery,
      () => run({ backendProfile: " \n" }),
      /input\.backendProfile must not be empty/,
    ],
    [
      "a long name",
      createRunQuery,
      () => run({ projectId: "é".repeat(201) }),
      /input\.projectId must be at most 200 characters/,
    ],
    [
      "U+0000 in a name",
      createRunQuery,
      () => run({ session: { sessionId: "a\0b" } }),
      /input\.session\.sessionId must hold neither U\+0000/,
    ],
    [
      "a lone surrogate in a name",
      createRunQuery,
      () => run({ session: { sessionId: "a\ud800" } }),
      /input\.session\.sessionId must hold neither/,
    ],
    [
      "U+0000 in a title",
      createRunQuery,
      () => run({ session: { sessionId: uniqueName("s"), metadata: { title: "a\0" } } }),
      /input\.session\.metadata\.title/,
    ],
    [
      "a long key",
      createRunQuery,
      () => run({ idempotencyKey: "k".repeat(201) }),
      /input\.idempotencyKey must be at most 200/,
    ],
    [
      "a date that is none",
      createRunQuery,
      () => run({ session: { sessionId: "s", expiresAt: "tomorrow" } }),
      /input\.session\.expiresAt.*ISO 8601/,
    ],
    [
      "a day that no month has",
      createRunQuery,
      () => run({ session: { sessionId: "s", expiresAt: "2026-02-30T00:00:00Z" } }),
      /ISO 8601/,
    ],
    [
      "a date without a zone",
      createRunQuery,
      () => run({ session: { sessionId: "s", expiresAt: "2026-02-20T00:00:00" } }),
      /ISO 8601/,
    ],
    [
      "metadata that is no object",
      createRunQuery,
      () => run({ metadata: [1] }),
      /input\.metadata must be a JSON object/,
    ],
    [
      "JSON 65 levels deep",
      createRunQuery,
      () => run({ metadata: deep(65) }),
      /input\.metadata.*at most 64 levels/,
    ],
    [
      "JSON over 256 KiB",
      createRunQuery,
      () => run({ metadata: { a: "x".repeat(256 * 1024) } }),
      /input\.metadata.*at most 262144 bytes/,
    ],
    [
      "an unknown key of a resource bundle",
      createRunQuery,
      () => run({ resourceBundle: { repo: "x" } }),
      /input\.resourceBundle\.repo is unknown; allowed: kind, repoUrl/,
    ],
    [
      "a wrong value of a resource bundle",
      createRunQuery,
      () => run({ resourceBundle: { lfs: "yes" } }),
      /input\.resourceBundle\.lfs must be true or false/,
    ],
    ["an unknown field", createRunQuery, () => run({ colour: "red" }), /colour/],
    ["a missing field", createRunQuery, () => ({ input: { projectId: "p" } }), /backendProfile/],
    [
      "an unknown enum word",
      append,
      () => event({}, "SMOKE_SIGNAL"),
      /input\.events\[0\]\.type.*Allowed: ASSISTANT_MESSAGE, /,
    ],
    [
      "no events",
      append,
      () => ({ input: { runId, events: [] } }),
      /input\.events must hold 1 to 500 events/,
    ],
    [
      "501 events",
      append,
      () => ({
        input: { runId, events: Array.from({ length: 501 }, () => event({ text: "" }).input.events[0]) },
      }),
      /1 to 500/,
    ],
    [
      "a payload that is no object",
      append,
      () => event("text"),
      /input\.events\.0\.payload must be a JSON object/,
    ],
    [
      "a payload without its text",
      append,
      () => event({}),
      /input\.events\.0\.payload\.text must be a string/,
    ],
    [
      "a wrong word in a payload",
      append,
      () => event({ text: "", stream: "stdin" }, "COMMAND_OUTPUT"),
      /payload\.stream must be one of stdout, stderr/,
    ],
    [
      "a long key of a batch",
      append,
      () => ({ input: { ...event({ text: "" }).input, idempotencyKey: "" } }),
      /input\.idempotencyKey must not be empty/,
    ],
    [
      "a run's id of another type",
      append,
      () => ({ input: { ...event({ text: "" }).input, runId: commandId } }),
      /input\.runId must be the id of a run/,
    ],
    [
      "a malformed id",
      append,
      () => ({ input: { ...event({ text: "" }).input, runId: "run_xyz" } }),
      /input\.runId/,
    ],
    [
      "a completed result with a failure",
      `mutation ($input: FinishRunInput!) { finishRun(input: $input) { run { id } } }`,
      () => ({ input: { runId, result: { terminalStatus: "COMPLETED", failureKind: "CANCELLED" } } }),
      /input\.result\.failureKind must be null/,
    ],
    [
      "a runner's id of its own making",
      `mutation ($input: RegisterRunnerInput!) { registerRunner(input: $input) { runner { id } } }`,
      () => ({ input: { id: "me" } }),
      /input\.id must be the id of a runner: "rnr_"/,
    ],
  ])("%s", async (_what, query, variables, message) => {
    const before = await counts();
    const error = await refusal(query, variables());
    expect(error.message).toMatch(message);
    expect(error.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      failureKind: "schema-invalid",
      httpStatus: 400,
      retryable: false,
    });
    expect(await counts()).toEqual(before);
  });

  it.each([
    ["a negative page", `{ runs(first: -1) { totalCount } }`, /first must be from 0 to 100/],
    ["an oversized page", `{ sessions(last: 101) { totalCount } }`, /last must be from 0 to 100/],
    [
      "a page from both ends",
      `{ runs(first: 1, last: 1) { totalCount } }`,
      /first must not be given together with last/,
    ],
    [
      "a cursor that is none",
      `{ runs(after: "abc") { totalCount } }`,
      /after must be a cursor of this very list/,
    ],
    ["a malformed id", `{ run(id: "1") { id } }`, /id must be the id of a run/],
    [
      "an id of the wrong type",
      `{ command(id: "run_${"0".repeat(32)}") { id } }`,
      /id must be the id of a command/,
    ],
    [
      "an id of no type",
      `{ node(id: "abc_1") { id } }`,
      /id must be an id that begins with one of ses_, run_/,
    ],
    [
      "an unknown enum word in the document",
      `{ runs(orderBy: SIDEWAYS) { totalCount } }`,
      /SIDEWAYS.*Allowed: NEWEST, OLDEST/,
    ],
    ["a wrong date in the document", `{ runs(filter: { createdAfter: "x" }) { totalCount } }`, /ISO 8601/],
    ["both names of a session", `{ session(by: { id: "x", sessionId: "y" }) { id } }`, /exactly one/i],
  ])("%s", async (_what, query, message) => {
    const error = await refusal(query);
    expect(error.message).toMatch(message);
    expect(error.extensions["code"]).toBe("BAD_USER_INPUT");
  });

  it("an oversized page of events", async () => {
    const query = `query ($id: ID!, $first: Int) { run(id: $id) { events(first: $first) { nodes { seq } } } }`;
    expect((await refusal(query, { id: runId, first: 501 })).message).toMatch(/first must be from 0 to 500/);
    expect((await service.ask(query, { id: runId, first: 500 })).run.events.nodes.length).toBeGreaterThan(0);
  });
});

it("what agents print may hold U+0000 and lone surrogates: they become U+FFFD", async () => {
  const id = await createRun(service);
  await service.ask(append, {
    input: { runId: id, events: event({ text: "a\0b\ud800c", "k\0": 1 }).input.events },
  });
  expect((await readEvents(service, id))[1].payload).toEqual({ text: "a\uFFFDb\uFFFDc", "k\uFFFD": 1 });
});

it("a key named __proto__ is data like any other", async () => {
  const id = await createRun(service);
  const payload = JSON.parse(`{ "text": "x", "__proto__": { "polluted": true } }`) as unknown;
  await service.ask(append, { input: { runId: id, events: event(payload).input.events } });
  const [, stored] = await readEvents(service, id);
  expect(JSON.stringify(stored.payload)).toContain(`"__proto__":{"polluted":true}`);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
