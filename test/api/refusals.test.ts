import { afterAll, beforeAll, expect, it } from "vitest";
import { type Given, type Operation, graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, finishRun, readSession, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const none = "0".repeat(32);
const create = graphql(`
  mutation CreateRunOrNot($input: CreateRunInput!) { createRun(input: $input) { run { id } } }
`);

async function extensionsOf<Variables = Record<string, unknown>>(
  document: Operation<unknown, Variables>,
  ...variables: Given<Variables>
) {
  return (await service.call(document, ...variables)).errors?.[0]?.extensions;
}

it("a mutation on something that is missing is NOT_FOUND; a query gives null", async () => {
  const notFound = { code: "NOT_FOUND", failureKind: "schema-invalid", httpStatus: 404, retryable: false };
  const mutations = [
    `createCommand(input: { runId: "run_${none}", type: TURN, payload: {} }) { replayed }`,
    `claimRun(input: { runId: "run_${none}", runnerId: "rnr_x" }) { leaseToken }`,
    `heartbeatRun(input: { runId: "run_${none}", runnerId: "rnr_x", leaseToken: "x" }) { cancelRequested }`,
    `acknowledgeCommand(input: { commandId: "cmd_${none}" }) { command { id } }`,
    `finishCommand(input: { commandId: "cmd_${none}", result: { terminalStatus: COMPLETED } }) { command { id } }`,
    `appendEvents(input: { runId: "run_${none}", events: [{ type: DIFF, payload: { diff: "" } }] }) { lastSeq }`,
    `finishRun(input: { runId: "run_${none}", result: { terminalStatus: COMPLETED } }) { run { id } }`,
    `cancelRun(input: { runId: "run_${none}" }) { run { id } }`,
    `cancelCommand(input: { commandId: "cmd_${none}" }) { command { id } }`,
  ];
  for (const mutation of mutations)
    expect(await extensionsOf(`mutation { ${mutation} }`)).toMatchObject(notFound);
  const queries = `{ run(id: "run_${none}") { id } command(id: "cmd_${none}") { id } session(by: { sessionId: "none" }) { id }
    node(id: "evt_${none}00000001") { id } nodes(ids: ["ses_${none}", "rnr_none"]) { id } }`;
  expect(await service.ask(queries)).toEqual({
    run: null,
    command: null,
    session: null,
    node: null,
    nodes: [null, null],
  });
});

it("a claim by a runner that is not registered is NOT_FOUND", async () => {
  const runId = await createRun(service);
  const claimRunByNobody = graphql(`
    mutation ClaimRunByNobody($runId: ID!) {
      claimRun(input: { runId: $runId, runnerId: "rnr_nobody" }) { leaseToken }
    }
  `);
  const extensions = await extensionsOf(claimRunByNobody, { runId });
  expect(extensions).toMatchObject({ code: "NOT_FOUND", details: { id: "rnr_nobody" } });
});

it.each([
  [{ terminalStatus: "COMPLETED" }, "schema-invalid"],
  [{ terminalStatus: "CANCELLED" }, "cancelled"],
  [{ terminalStatus: "FAILED", failureKind: "PROVIDER_RATE_LIMITED" }, "provider-rate-limited"],
] as const)(
  "a claim of, or a command in, a run that ended %j is ALREADY_TERMINAL with %s",
  async (result, failureKind) => {
    const runId = await createRun(service);
    await finishRun(service, runId, result);
    const ended = { code: "ALREADY_TERMINAL", failureKind, httpStatus: 409, retryable: false };
    const command = graphql(`
      mutation CreateTurn($runId: ID!) {
        createCommand(input: { runId: $runId, type: TURN, payload: {} }) { replayed }
      }
    `);
    expect(await extensionsOf(command, { runId })).toMatchObject(ended);
    const registerRunnerOne = graphql(`
      mutation RegisterRunnerOne { registerRunner(input: { id: "rnr_one" }) { runner { id } } }
    `);
    await service.ask(registerRunnerOne);
    const claim = graphql(`
      mutation ClaimRunByRunnerOne($runId: ID!) {
        claimRun(input: { runId: $runId, runnerId: "rnr_one" }) { leaseToken }
      }
    `);
    expect(await extensionsOf(claim, { runId })).toMatchObject(ended);
  },
);

it("a session of another project is TENANT_POLICY_DENIED, checked before the backend profile", async () => {
  const session = { sessionId: uniqueName("session") };
  await createRun(service, { session });
  const denied = {
    code: "TENANT_POLICY_DENIED",
    failureKind: "tenant-policy-denied",
    httpStatus: 403,
    retryable: false,
  };
  expect(
    await extensionsOf(create, { input: { projectId: "q", backendProfile: "other", session } }),
  ).toMatchObject(denied);
});

it("a tenantId other than the caller's own is TENANT_POLICY_DENIED", async () => {
  const input = { tenantId: "globex", projectId: "p", backendProfile: "codex" };
  expect(await extensionsOf(create, { input })).toMatchObject({
    code: "TENANT_POLICY_DENIED",
    httpStatus: 403,
  });
  expect(await extensionsOf(create, { input: { ...input, tenantId: "local" } })).toBeUndefined();
});

it("a session with another backend profile is BAD_USER_INPUT that names both", async () => {
  const session = { sessionId: uniqueName("session") };
  await createRun(service, { session });
  expect(
    await extensionsOf(create, { input: { projectId: "p", backendProfile: "gemini", session } }),
  ).toMatchObject({
    code: "BAD_USER_INPUT",
    httpStatus: 400,
    details: {
      existingBackendProfile: "codex",
      requestedBackendProfile: "gemini",
      sessionId: session.sessionId,
    },
  });
});

it("what a session has stored wins over what a later run says of it, and what is missing is filled", async () => {
  const session = { sessionId: uniqueName("session"), conversationId: "c1", metadata: { a: 1 } };
  await createRun(service, { session });
  const before = await readSession(service, session.sessionId);
  const expiresAt = "2999-01-01T00:00:00.000000Z";
  const later = { ...session, conversationId: "c2", threadId: "t2", expiresAt, metadata: { a: 2, b: 3 } };
  await createRun(service, { session: later });
  expect(await readSession(service, session.sessionId)).toMatchObject({
    conversationId: "c1",
    threadId: "t2",
    expiresAt,
    metadata: { a: 1 },
    version: before.version,
  });
});

it("a trace of a run of another session is NOT_FOUND; a session without runs of its own kind has an empty page", async () => {
  const session = { sessionId: uniqueName("session") };
  const runId = await createRun(service, { session });
  const other = await createRun(service, { session: { sessionId: uniqueName("session") } });
  const trace = graphql(`
    query TraceOfRun($by: SessionRef!, $runId: ID) {
      session(by: $by) { trace(runId: $runId) { nodes { run { id } } } }
    }
  `);
  expect(await extensionsOf(trace, { by: session, runId: other })).toMatchObject({ code: "NOT_FOUND" });
  const data = await service.ask(trace, { by: session });
  expect(data.session?.trace.nodes).toEqual([{ run: { id: runId } }]);
});

it("a reason or a failure message of more than 16,384 characters is BAD_USER_INPUT, and nothing ends", async () => {
  const runId = await createRun(service);
  const cancel = graphql(`
    mutation CancelRunBecause($runId: ID!, $reason: String) {
      cancelRun(input: { runId: $runId, reason: $reason }) { run { status failureMessage } }
    }
  `);
  const finish = graphql(`
    mutation FinishRunBecause($runId: ID!, $failureMessage: String) {
      finishRun(input: { runId: $runId, result: { terminalStatus: FAILED, failureMessage: $failureMessage } }) {
        run { status }
      }
    }
  `);
  const tooLong = "x".repeat(16_385);
  expect(await extensionsOf(cancel, { runId, reason: tooLong })).toMatchObject({
    code: "BAD_USER_INPUT",
    details: { field: "input.reason" },
  });
  expect(await extensionsOf(finish, { runId, failureMessage: tooLong })).toMatchObject({
    code: "BAD_USER_INPUT",
    details: { field: "input.result.failureMessage" },
  });
  const { cancelRun } = await service.ask(cancel, { runId, reason: tooLong.slice(1) });
  expect(cancelRun.run).toEqual({ status: "CANCELLED", failureMessage: tooLong.slice(1) });
});

it.each([
  [
    "TERMINAL_STATUS",
    { terminalStatus: "completed" },
    "input.events.0.type must not be TERMINAL_STATUS, which ends a run: call finishRun",
  ],
  [
    "BACKEND_STATUS",
    { phase: "LEASE_EXPIRED" },
    /^input\.events\.0\.payload\.phase must not be lease-expired, which the service writes itself/,
  ],
  ["BACKEND_STATUS", { phase: "command-terminal" }, /call finishCommand or cancelCommand$/],
] as const)(
  "%s %j is the service's alone: from a caller it is BAD_USER_INPUT, and nothing is stored",
  async (type, payload, message) => {
    const runId = await createRun(service);
    const appendOwn = graphql(`
    mutation AppendWhatTheServiceWrites($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }
  `);
    const { errors } = await service.call(appendOwn, { input: { runId, events: [{ type, payload }] } });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(message),
      extensions: { code: "BAD_USER_INPUT" },
    });
    const { lastSeq } = await service
      .ask(appendOwn, {
        input: { runId, events: [{ type: "BACKEND_STATUS", payload: { phase: "thinking" } }] },
      })
      .then(({ appendEvents }) => appendEvents);
    expect(lastSeq).toBe(2);
  },
);

it.each([
  ["a document that is no GraphQL", "{ runs(", "GRAPHQL_PARSE_FAILED"],
  ["a field that does not exist", "{ nothing }", "GRAPHQL_VALIDATION_FAILED"],
  ["a document that is too long", `{ viewer { tenantId } } #${"x".repeat(100_001)}`, "GRAPHQL_PARSE_FAILED"],
  [
    "an operation that asks for too much",
    `{ sessions(first: 100) { nodes { runs(first: 100) { nodes { commands(first: 100) { nodes { id } } } } } } }`,
    "QUERY_TOO_COMPLEX",
  ],
])("%s is refused with its own code", async (_what, query, code) => {
  expect(await extensionsOf(query)).toMatchObject({
    code,
    httpStatus: 400,
    failureKind: "schema-invalid",
    retryable: false,
  });
});

it("what is allowed is said in whole, and values and reasons are not taken for each other", async () => {
  const messageOf = async (text: string, variables: object) =>
    (await service.call(text, variables)).errors?.[0]?.message;
  const append = `mutation ($i: AppendEventsInput!) { appendEvents(input: $i) { lastSeq } }`;
  const appended = (event: object) =>
    messageOf(append, { i: { runId: `run_${none}`, events: [{ payload: {}, ...event }] } });
  expect(await appended({ type: "MESSAGE" })).toMatch(
    /Allowed: ASSISTANT_MESSAGE, .*COMMAND_OUTPUT, DIFF, .*/,
  );
  const finish = `mutation ($r: TurnResultInput!) { finishRun(input: { runId: "run_${none}", result: $r }) { run { id } } }`;
  expect(await messageOf(finish, { r: { terminalStatus: "FAILED", failureKind: "TIMEOUT" } })).toMatch(
    /"FailureKind" enum\. Allowed: BACKEND_FAILED, BACKEND_PROTOCOL_ERROR, BACKEND_TIMEOUT, CANCELLED, /,
  );
  const expiring = `mutation ($at: DateTime) { updateSession(input: { session: { sessionId: "s" }, expiresAt: $at }) { session { id } } }`;
  expect(await messageOf(expiring, { at: "2030-01-01" })).toMatch(/with a time zone, such as 20\d\d-\S+Z$/);
  const deep = { arguments: { filter: { conditions: [{ rightOperand: { identifierValue: 2 ** 60 } }] } } };
  expect(await appended({ type: "TOOL_CALL", payload: { name: "t", input: deep } })).toMatch(
    /identifierValue must be .*send it as a string/,
  );
  const long = await messageOf(finish, { r: { terminalStatus: "x".repeat(200) } });
  expect(long).toContain(`"${"x".repeat(79)}…"`);
  expect(long).toContain("Allowed: ");
});
