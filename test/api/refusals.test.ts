import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import { createCommand, createRun, finishRun, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const none = "0".repeat(32);
const create = `mutation ($input: CreateRunInput!) { createRun(input: $input) { run { id } } }`;

async function extensionsOf(query: string, variables?: Record<string, unknown>) {
  return (await service.call(query, variables)).errors?.[0]?.extensions;
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
  const extensions = await extensionsOf(
    `mutation { claimRun(input: { runId: "${runId}", runnerId: "rnr_nobody" }) { leaseToken } }`,
  );
  expect(extensions).toMatchObject({ code: "NOT_FOUND", details: { id: "rnr_nobody" } });
});

it.each([
  [{ terminalStatus: "COMPLETED" }, "schema-invalid"],
  [{ terminalStatus: "CANCELLED" }, "cancelled"],
  [{ terminalStatus: "FAILED", failureKind: "PROVIDER_RATE_LIMITED" }, "provider-rate-limited"],
])(
  "a claim of, or a command in, a run that ended %j is ALREADY_TERMINAL with %s",
  async (result, failureKind) => {
    const runId = await createRun(service);
    await finishRun(service, runId, result);
    const ended = { code: "ALREADY_TERMINAL", failureKind, httpStatus: 409, retryable: false };
    const command = `mutation { createCommand(input: { runId: "${runId}", type: TURN, payload: {} }) { replayed } }`;
    expect(await extensionsOf(command)).toMatchObject(ended);
    await service.ask(`mutation { registerRunner(input: { id: "rnr_one" }) { runner { id } } }`);
    const claim = `mutation { claimRun(input: { runId: "${runId}", runnerId: "rnr_one" }) { leaseToken } }`;
    expect(await extensionsOf(claim)).toMatchObject(ended);
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

it("a trace of a run of another session is NOT_FOUND; a session without runs of its own kind has an empty page", async () => {
  const session = { sessionId: uniqueName("session") };
  const runId = await createRun(service, { session });
  const other = await createRun(service, { session: { sessionId: uniqueName("session") } });
  const trace = `query ($by: SessionRef!, $runId: ID) { session(by: $by) { trace(runId: $runId) { nodes { run { id } } } } }`;
  expect(await extensionsOf(trace, { by: session, runId: other })).toMatchObject({ code: "NOT_FOUND" });
  const data = await service.ask(trace, { by: session });
  expect(data.session.trace.nodes).toEqual([{ run: { id: runId } }]);
});

it("secrets in free text and JSON from outside are taken out before they are stored", async () => {
  const secret = `ghp_${"a1B2c3D4".repeat(5)}`;
  const sessionId = uniqueName("session");
  const runId = await createRun(service, {
    metadata: { apiKey: secret },
    session: { sessionId, metadata: { note: `use ${secret}` } },
  });
  const commandId = await createCommand(service, runId, "TURN", { prompt: `my token is ${secret}` });
  const event = { type: "COMMAND_OUTPUT", payload: { text: `export GITHUB_TOKEN=${secret}` } };
  await service.ask(`mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`, {
    input: { runId, events: [event] },
  });
  await service.ask(`mutation ($input: CancelRunInput!) { cancelRun(input: $input) { run { id } } }`, {
    input: { runId, reason: `leaked ${secret}` },
  });
  const data = await service.ask(
    `query ($run: ID!, $command: ID!, $by: SessionRef!) {
      run(id: $run) { metadata failureMessage events { nodes { payload redactionCount } } }
      command(id: $command) { payload failureMessage }
      session(by: $by) { metadata title }
    }`,
    { run: runId, command: commandId, by: { sessionId } },
  );
  expect(JSON.stringify(data)).not.toContain(secret);
  expect(JSON.stringify(data.run.metadata)).toContain("[REDACTED]");
  const output = data.run.events.nodes.find((node: any) => node.payload.stream === "stdout");
  expect(output.redactionCount).toBe(1);
});
