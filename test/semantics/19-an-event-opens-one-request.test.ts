import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { openRequest, readRequest } from "../support/requests.js";
import { type TestService, startService } from "../support/start-service.js";
import { appendEvents, createCommand, createRun, createSession, readEvents } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { sweepMs: 50 } });
});
afterAll(() => service.close());

const openOf = graphql(`
  query OpenOfRun($runId: ID!) { run(id: $runId) { inputRequests(states: [OPEN, ANSWERED, EXPIRED, WITHDRAWN]) { totalCount nodes { id state requestId } } } }
`);

async function requestsOf(runId: string) {
  const { run } = await service.ask(openOf, { runId });
  return run?.inputRequests.nodes ?? [];
}

const later = () => new Date(Date.now() + 3_600_000).toISOString();

it("all that the event says is the request's, in the words of the graph", async () => {
  const { sessionId, runId } = await createSession(service);
  const turn = await createCommand(service, runId);
  const expiresAt = later();
  const id = await openRequest(service, runId, {
    kind: "approval",
    prompt: "Delete it?",
    requestId: "call-1",
    toolCallId: "tool-1",
    action: { command: ["rm", "-r", "x"] },
    choices: ["Maybe", { id: "y", label: "Yes", description: "At once", decision: "approved" }],
    multiple: true,
    answerSchema: {
      type: "object",
      properties: { n: { $ref: "#/$defs/n" } },
      $defs: { n: { type: "integer" } },
    },
    url: "https://example.test/x",
    expiresAt,
  });
  expect(await readRequest(service, id)).toMatchObject({
    state: "OPEN",
    kind: "APPROVAL",
    prompt: "Delete it?",
    requestId: "call-1",
    toolCallId: "tool-1",
    action: { command: ["rm", "-r", "x"] },
    choices: [
      { id: "Maybe", label: "Maybe", description: null, decision: null },
      { id: "y", label: "Yes", description: "At once", decision: "APPROVED" },
    ],
    multiple: true,
    url: "https://example.test/x",
    run: { id: runId },
    session: { sessionId },
    turn: { id: turn },
    closedAt: null,
    answer: null,
  });
  const { payload } = (await readEvents(service, runId)).at(-1) ?? { payload: {} };
  expect(payload).toMatchObject({ kind: "approval", options: ["Maybe", "Yes"] });
});

it("keys of a choice that are not known stay in the event", async () => {
  const { runId } = await createSession(service);
  const choice = { id: "always", label: "Always", kind: "allow_always", preview: ["+ line"] };
  await openRequest(service, runId, { kind: "approval", choices: [choice] });
  expect((await readEvents(service, runId)).at(-1)?.payload).toMatchObject({ choices: [choice] });
});

it("two events are two requests, also in one batch; runs without a session have them too", async () => {
  const runId = await createRun(service);
  const event = { type: "INPUT_REQUEST" as const, payload: { prompt: "?", options: ["a", "b"] } };
  await appendEvents(service, { runId, events: [event, event] });
  await appendEvents(service, { runId, events: [event] });
  expect((await requestsOf(runId)).map(({ state }) => state)).toEqual(["OPEN", "OPEN", "OPEN"]);
  const all = graphql(`
    query OpenOfTenant($runId: ID!) { inputRequests(first: 100, filter: { runId: $runId }) { totalCount nodes { choices { id } } } }
  `);
  const { inputRequests } = await service.ask(all, { runId });
  expect(inputRequests).toEqual({
    totalCount: 3,
    nodes: Array.from({ length: 3 }, () => ({ choices: [{ id: "a" }, { id: "b" }] })),
  });
});

it("a requestId that is open goes on if it asks the same, and is withdrawn if it asks otherwise", async () => {
  const { runId } = await createSession(service);
  const first = await openRequest(service, runId, { requestId: "r", prompt: "a" });
  expect(await openRequest(service, runId, { requestId: "r", prompt: "a" })).toBe(first);
  expect(await requestsOf(runId)).toHaveLength(1);
  const second = await openRequest(service, runId, { requestId: "r", prompt: "b" });
  expect(second).not.toBe(first);
  expect(await readRequest(service, first)).toMatchObject({ state: "WITHDRAWN", answer: null });
  const events = (await readEvents(service, runId)).map(({ type, payload }) => payload.phase ?? type);
  expect(events).toEqual(["run-created", "INPUT_REQUEST", "INPUT_REQUEST", "INPUT_REQUEST", "input-closed"]);
});

describe("what is malformed is refused, names its key, and nothing is stored", () => {
  const deep = { allOf: Array.from({ length: 40 }, () => ({ $ref: "#/$defs/a" })) };
  const ghp = `ghp_${"a1B2".repeat(9)}`;
  it.each<[string, Record<string, unknown>]>([
    ["kind", { kind: "wish" }],
    ["prompt", { prompt: 1 }],
    ["requestId", { requestId: "" }],
    ["choices", { choices: "yes" }],
    ["choices", { choices: Array.from({ length: 101 }, (_, n) => `c${n}`) }],
    ["choices.0", { choices: [1] }],
    ["choices.0.id", { choices: [{ label: "x" }] }],
    ["choices.0.id", { choices: [{ id: "x".repeat(201) }] }],
    ["choices.1.id", { choices: ["a", "a"] }],
    ["choices.0.decision", { choices: [{ id: "a", decision: "perhaps" }] }],
    ["choices.0.id", { choices: [{ id: ghp, label: "x" }] }],
    ["multiple", { multiple: "yes" }],
    ["url", { url: "javascript:alert(1)" }],
    ["url", { url: `https://x.test/${"x".repeat(2_048)}` }],
    ["url", { url: `https://bob:hunter2secret@x.test/` }],
    ["expiresAt", { expiresAt: "tomorrow" }],
    ["expiresAt", { expiresAt: new Date(Date.now() - 1_000).toISOString() }],
    ["answerSchema", { answerSchema: 5 }],
    ["answerSchema", { answerSchema: { type: "sometimes" } }],
    ["answerSchema", { answerSchema: { properties: { a: 1 } } }],
    ["answerSchema", { answerSchema: { $ref: "https://example.test/schema" } }],
    ["answerSchema", { answerSchema: { $ref: "#" } }],
    ["answerSchema", { answerSchema: { properties: { a: { $ref: "#/properties/a" } } } }],
    ["answerSchema", { answerSchema: { $ref: "#/nowhere" } }],
    ["answerSchema", { answerSchema: { $ref: "#%" } }],
    ["answerSchema", { answerSchema: { $ref: "#/$defs/%zz" } }],
    ["answerSchema", { answerSchema: { description: "x".repeat(16_384) } }],
    [
      "answerSchema",
      { answerSchema: { ...deep, $defs: { a: { allOf: Array.from({ length: 40 }, () => true) } } } },
    ],
    ["answerSchema.const", { answerSchema: { const: ghp } }],
    ["answerSchema.properties.a.enum.1", { answerSchema: { properties: { a: { enum: ["b", ghp] } } } }],
    ["answerSchema.properties", { answerSchema: { properties: { title: true, [ghp]: { type: "string" } } } }],
    [
      "answerSchema.properties.default.anyOf.0.const.title",
      { answerSchema: { properties: { default: { anyOf: [{ const: { title: ghp } }] } } } },
    ],
    [
      "answerSchema.properties.password.const",
      { answerSchema: { properties: { password: { type: "string", const: "opensesame" } } } },
    ],
  ])("%s %j", async (key, payload) => {
    const runId = await createRun(service);
    const append = graphql(`
      mutation AppendRefused($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }
    `);
    const events = [{ type: "INPUT_REQUEST" as const, payload: { prompt: "?", ...payload } }];
    const { errors } = await service.call(append, { input: { runId, events } });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      details: { field: `input.events.0.payload.${key}` },
    });
    expect(await readEvents(service, runId)).toHaveLength(1);
    expect(await requestsOf(runId)).toEqual([]);
  });

  it("a run has at most 100 that are open", async () => {
    const runId = await createRun(service);
    const events = Array.from({ length: 100 }, (_, n) => ({
      type: "INPUT_REQUEST" as const,
      payload: { prompt: `${n}?` },
    }));
    await appendEvents(service, { runId, events });
    await expect(appendEvents(service, { runId, events: events.slice(0, 1) })).rejects.toThrow("CONFLICT");
    expect(await readEvents(service, runId)).toHaveLength(101);
  });
});

it("open ones come by when they expire, then by age; with others the newest come first", async () => {
  const runId = await createRun(service);
  const [never, soon, late] = [
    await openRequest(service, runId),
    await openRequest(service, runId, { expiresAt: new Date(Date.now() + 600_000).toISOString() }),
    await openRequest(service, runId, { expiresAt: later() }),
  ];
  const list = graphql(`
    query RequestsInOrder($runId: ID!, $states: [InputRequestState!], $first: Int, $after: String) {
      inputRequests(filter: { runId: $runId, states: $states }, first: $first, after: $after) {
        nodes { id } pageInfo { endCursor hasNextPage }
      }
    }
  `);
  const walk: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page: { nodes: { id: string }[]; pageInfo: { endCursor?: string | null; hasNextPage: boolean } } = (
      await service.ask(list, { runId, states: ["OPEN"], first: 1, after })
    ).inputRequests;
    walk.push(...page.nodes.map(({ id }) => id));
    after = page.pageInfo.endCursor ?? null;
    if (!page.pageInfo.hasNextPage) break;
  }
  expect(walk).toEqual([soon, late, never]);
  const { inputRequests } = await service.ask(list, { runId, states: ["OPEN", "EXPIRED"] });
  expect(inputRequests.nodes.map(({ id }) => id)).toEqual([late, soon, never]);
});
