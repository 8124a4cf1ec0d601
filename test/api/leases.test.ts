import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type Call,
  type TestService,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { append, claim, createCommand, createRun, readEvents, registerRunner } from "../support/work.js";

let service: TestService;
let runner: Call;
let operator: Call;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  runner = callerOf(service.url, await tokenFor("acme", ["reader", "runner"]));
  operator = callerOf(service.url, await tokenFor("acme", ["operator"]));
});
afterAll(() => service.close());

/** Asks as a runner without the operator scope. */
const asks = {
  ask: async (query: string, variables?: Record<string, unknown>) => {
    const { data, errors } = await runner(query, variables);
    if (errors) throw new Error(`${errors[0]?.extensions["code"]}: ${errors[0]?.message}`);
    return data;
  },
};

/** Lets a lease run out: moves its end into the past, in the database whose clock decides. */
async function expireLease(runId: string): Promise<void> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query(
    "UPDATE run SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE id = $1",
    [runId],
  );
  await client.end();
}

const heartbeat = `mutation ($input: HeartbeatRunInput!) { heartbeatRun(input: $input) {
  cancelRequested pendingCommands { id } run { status lease { attempt expiresAt expired } } } }`;
const finish = `mutation ($input: FinishRunInput!) { finishRun(input: $input) { run { status } } }`;
const appendEvents = `mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`;
const message = [{ type: "ASSISTANT_MESSAGE", payload: { text: "hello" } }];
const completed = { terminalStatus: "COMPLETED" };

async function codeOf(call: Call, query: string, input: object): Promise<string | undefined> {
  return (await call(query, { input })).errors?.[0]?.extensions["code"];
}

it("while a run waits, its events and its end need no token; while it is claimed, they do", async () => {
  const runId = await createRun(asks);
  expect(await codeOf(runner, appendEvents, { runId, events: message })).toBeUndefined();
  const { leaseToken } = await claim(asks, runId);
  expect(await codeOf(runner, appendEvents, { runId, events: message })).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(runner, finish, { runId, result: completed })).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(runner, appendEvents, { runId, events: message, leaseToken })).toBeUndefined();
  expect(await codeOf(runner, finish, { runId, result: completed, leaseToken })).toBeUndefined();
});

it("an operator needs no token, but one that is sent must be right", async () => {
  const runId = await createRun(asks);
  await claim(asks, runId);
  expect(await codeOf(operator, appendEvents, { runId, events: message })).toBeUndefined();
  const wrong = { runId, events: message, leaseToken: "lease_wrong" };
  expect(await codeOf(operator, appendEvents, wrong)).toBe("RUNNER_LEASE_CONFLICT");
});

it("another runner cannot claim while the lease lives; the same one gets a new token in the same attempt", async () => {
  const runId = await createRun(asks);
  const { runnerId, leaseToken: first } = await claim(asks, runId);
  await expect(claim(asks, runId)).rejects.toThrow("RUNNER_LEASE_CONFLICT");
  const { leaseToken: second } = await claim(asks, runId, { runnerId });
  expect(second).not.toBe(first);
  expect(await codeOf(runner, appendEvents, { runId, events: message, leaseToken: first })).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  const beat = await asks.ask(heartbeat, { input: { runId, runnerId, leaseToken: second } });
  expect(beat.heartbeatRun.run.lease).toMatchObject({ attempt: 1, expired: false });
});

it("after its lease has expired, a late holder is refused everywhere and a new one begins a new attempt", async () => {
  const runId = await createRun(asks);
  const late = await claim(asks, runId);
  await expireLease(runId);
  const { leaseToken, runnerId } = late;
  expect(await codeOf(runner, heartbeat, { runId, runnerId, leaseToken })).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(runner, appendEvents, { runId, events: message, leaseToken })).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  expect(await codeOf(runner, finish, { runId, result: completed, leaseToken })).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  const next = await claim(asks, runId);
  expect(await codeOf(runner, appendEvents, { runId, events: message, leaseToken })).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  const beat = await asks.ask(heartbeat, { input: { runId, ...next } });
  expect(beat.heartbeatRun.run.lease.attempt).toBe(2);
});

it("a heartbeat lengthens the lease, names what waits, and tells of a cancellation", async () => {
  const runId = await createRun(asks);
  const held = await claim(asks, runId, { leaseSeconds: 5 });
  const commandId = await createCommand(asks, runId);
  const before = await asks.ask(`query ($id: ID!) { run(id: $id) { lease { expiresAt } } }`, { id: runId });
  const beat = await asks.ask(heartbeat, { input: { runId, ...held, leaseSeconds: 3600 } });
  expect(beat.heartbeatRun).toMatchObject({ cancelRequested: false, pendingCommands: [{ id: commandId }] });
  expect(beat.heartbeatRun.run.lease.expiresAt > before.run.lease.expiresAt).toBe(true);
  await asks.ask(
    `mutation ($id: ID!) { cancelRun(input: { runId: $id, reason: "enough" }) { run { id } } }`,
    { id: runId },
  );
  const last = await asks.ask(heartbeat, { input: { runId, ...held } });
  expect(last.heartbeatRun).toMatchObject({
    cancelRequested: true,
    pendingCommands: [],
    run: { status: "CANCELLED" },
  });
});

it("a heartbeat by another runner is refused, token or not", async () => {
  const runId = await createRun(asks);
  const { leaseToken } = await claim(asks, runId);
  const runnerId = await registerRunner(asks);
  expect(await codeOf(runner, heartbeat, { runId, runnerId, leaseToken })).toBe("RUNNER_LEASE_CONFLICT");
});

it("of 20 runners that claim one run at the same time exactly one gets it", async () => {
  const runId = await createRun(asks);
  const runners = await Promise.all(Array.from({ length: 20 }, () => registerRunner(asks)));
  const claims = await Promise.allSettled(runners.map((runnerId) => claim(asks, runId, { runnerId })));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const phases = (await readEvents(asks, runId)).map(({ payload }) => payload.phase);
  expect(phases).toEqual(["run-created", "run-claimed"]);
});

it.each([0, -1, 3601])("a lease of %d seconds is refused", async (leaseSeconds) => {
  const runId = await createRun(asks);
  await expect(claim(asks, runId, { leaseSeconds })).rejects.toThrow(
    /BAD_USER_INPUT: input.leaseSeconds must be from 1 to 3600/,
  );
});

it("the token is stored as a hash alone, and no run shows it", async () => {
  const runId = await createRun(asks);
  const { leaseToken } = await claim(asks, runId);
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  const { rows } = await client.query("SELECT to_jsonb(run)::text AS run FROM run WHERE id = $1", [runId]);
  const events = await client.query(
    "SELECT string_agg(payload::text, ' ') AS all FROM run_event WHERE run_id = $1",
    [runId],
  );
  await client.end();
  expect(rows[0].run).not.toContain(leaseToken);
  expect(events.rows[0].all).not.toContain(leaseToken);
});

it("what has ended changes no more: finish, cancel, acknowledge and heartbeat return it as it is", async () => {
  const runId = await createRun(asks);
  const commandId = await createCommand(asks, runId);
  const held = await claim(asks, runId);
  await append(asks, runId, ["last"], { leaseToken: held.leaseToken });
  await asks.ask(finish, { input: { runId, result: completed, leaseToken: held.leaseToken } });
  const events = await readEvents(asks, runId);
  const read = `query ($id: ID!, $command: ID!) { run(id: $id) { status updatedAt } command(id: $command) { state updatedAt } }`;
  const before = await asks.ask(read, { id: runId, command: commandId });
  await asks.ask(finish, { input: { runId, result: { terminalStatus: "FAILED" } } });
  await asks.ask(`mutation ($id: ID!) { cancelRun(input: { runId: $id }) { run { id } } }`, { id: runId });
  await asks.ask(`mutation ($id: ID!) { cancelCommand(input: { commandId: $id }) { command { id } } }`, {
    id: commandId,
  });
  await asks.ask(`mutation ($id: ID!) { acknowledgeCommand(input: { commandId: $id }) { command { id } } }`, {
    id: commandId,
  });
  await asks.ask(heartbeat, { input: { runId, ...held } });
  expect(await asks.ask(read, { id: runId, command: commandId })).toEqual(before);
  expect(await readEvents(asks, runId)).toEqual(events);
});
