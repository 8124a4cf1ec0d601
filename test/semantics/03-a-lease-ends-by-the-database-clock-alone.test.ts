import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import {
  type Asks,
  type Call,
  type TestService,
  asking,
  callerOf,
  codeOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { runService } from "../support/program.js";
import {
  acknowledgeCommand,
  append,
  cancelCommand,
  cancelRun,
  claim,
  createCommand,
  createRun,
  finishCommand,
  readEvents,
  registerRunner,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let runner: Call;
/** Asks as a runner without the operator scope. */
let asks: Asks;
let operator: Call;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth, sweepMs: 50 } });
  runner = callerOf(service.url, await tokenFor("acme", ["reader", "runner"]));
  asks = asking(runner);
  operator = callerOf(service.url, await tokenFor("acme", ["operator"]));
});
afterAll(() => service.close());

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

const heartbeat = graphql(`
  mutation HeartbeatRun($input: HeartbeatRunInput!) {
    heartbeatRun(input: $input) {
      cancelRequested pendingCommands { id } run { status lease { attempt expiresAt expired } }
    }
  }
`);
const finish = graphql(`
  mutation FinishRunStatus($input: FinishRunInput!) { finishRun(input: $input) { run { status } } }
`);
const appendEvents = graphql(`
  mutation AppendEventsOrNot($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }
`);
const message = [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: "hello" } }];
const completed = { terminalStatus: "COMPLETED" } as const;

it("while a run waits, its events and its end need no token; while it is claimed, they do", async () => {
  const runId = await createRun(asks);
  expect(await codeOf(runner(appendEvents, { input: { runId, events: message } }))).toBeUndefined();
  const { leaseToken } = await claim(asks, runId);
  expect(await codeOf(runner(appendEvents, { input: { runId, events: message } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  expect(await codeOf(runner(finish, { input: { runId, result: completed } }))).toBe("RUNNER_LEASE_CONFLICT");
  expect(
    await codeOf(runner(appendEvents, { input: { runId, events: message, leaseToken } })),
  ).toBeUndefined();
  expect(await codeOf(runner(finish, { input: { runId, result: completed, leaseToken } }))).toBeUndefined();
});

it("an operator needs no token, but one that is sent must be right", async () => {
  const runId = await createRun(asks);
  await claim(asks, runId);
  expect(await codeOf(operator(appendEvents, { input: { runId, events: message } }))).toBeUndefined();
  const wrong = { runId, events: message, leaseToken: "lease_wrong" };
  expect(await codeOf(operator(appendEvents, { input: wrong }))).toBe("RUNNER_LEASE_CONFLICT");
});

it("another runner cannot claim while the lease lives; the same one gets a new token in the same attempt", async () => {
  const runId = await createRun(asks);
  const { runnerId, leaseToken: first } = await claim(asks, runId);
  await expect(claim(asks, runId)).rejects.toThrow("RUNNER_LEASE_CONFLICT");
  const { leaseToken: second } = await claim(asks, runId, { runnerId });
  expect(second).not.toBe(first);
  expect(await codeOf(runner(appendEvents, { input: { runId, events: message, leaseToken: first } }))).toBe(
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
  expect(await codeOf(runner(heartbeat, { input: { runId, runnerId, leaseToken } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  expect(await codeOf(runner(appendEvents, { input: { runId, events: message, leaseToken } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  expect(await codeOf(runner(finish, { input: { runId, result: completed, leaseToken } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  const next = await claim(asks, runId);
  expect(await codeOf(runner(appendEvents, { input: { runId, events: message, leaseToken } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  const beat = await asks.ask(heartbeat, { input: { runId, ...next } });
  expect(beat.heartbeatRun.run.lease?.attempt).toBe(2);
});

it("a heartbeat lengthens the lease, names what waits, and tells of a cancellation", async () => {
  const runId = await createRun(asks);
  const held = await claim(asks, runId, { leaseSeconds: 5 });
  const commandId = await createCommand(asks, runId);
  const leaseEnd = graphql(`query LeaseEnd($id: ID!) { run(id: $id) { lease { expiresAt } } }`);
  const before = await asks.ask(leaseEnd, { id: runId });
  const beat = await asks.ask(heartbeat, { input: { runId, ...held, leaseSeconds: 3600 } });
  expect(beat.heartbeatRun).toMatchObject({ cancelRequested: false, pendingCommands: [{ id: commandId }] });
  const [earlier, later] = [found(before.run?.lease), found(beat.heartbeatRun.run.lease)];
  expect(later.expiresAt > earlier.expiresAt).toBe(true);
  await cancelRun(asks, runId, "enough");
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
  expect(await codeOf(runner(heartbeat, { input: { runId, runnerId, leaseToken } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
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
  const read = graphql(`
    query RunAndCommand($id: ID!, $command: ID!) {
      run(id: $id) { status updatedAt } command(id: $command) { state updatedAt }
    }
  `);
  const before = await asks.ask(read, { id: runId, command: commandId });
  await asks.ask(finish, { input: { runId, result: { terminalStatus: "FAILED" } } });
  await cancelRun(asks, runId);
  await cancelCommand(asks, commandId);
  await acknowledgeCommand(asks, commandId);
  await asks.ask(heartbeat, { input: { runId, ...held } });
  expect(await asks.ask(read, { id: runId, command: commandId })).toEqual(before);
  expect(await readEvents(asks, runId)).toEqual(events);
});

/** What a sweep may change of a run and its session. */
async function stand(runId: string) {
  const standOfLease = graphql(`
    query StandOfLease($id: ID!) {
      run(id: $id) {
        status failureKind failureMessage lease { attempt expired runner { id } }
        commands { nodes { state failureKind } }
        session {
          version executionState terminalStatus failureKind activeRun { id } attention { reason since }
        }
      }
    }
  `);
  const { run } = await asks.ask(standOfLease, { id: runId });
  return found(run);
}

/** Lets the lease run out and waits for the sweeper to see it. */
async function expire(runId: string): Promise<void> {
  await expireLease(runId);
  await expect.poll(async () => (await stand(runId)).status).not.toBe("CLAIMED");
}

it("an expired run waits again and its session is STALE until it is claimed again", async () => {
  const runId = await createRun(asks, { session: { sessionId: uniqueName("stale") } });
  await createCommand(asks, runId);
  const { runnerId } = await claim(asks, runId);
  const before = await stand(runId);
  await expire(runId);
  const after = await stand(runId);
  expect(after).toMatchObject({
    status: "PENDING",
    lease: { attempt: 1, expired: true, runner: { id: runnerId } },
    commands: { nodes: [{ state: "PENDING" }] },
    session: { executionState: "RUNNING", attention: { reason: "STALE" } },
  });
  const [was, is] = [found(before.session), found(after.session)];
  expect(is.version).toBe(was.version);
  expect(is.attention.since > was.attention.since).toBe(true);
  expect((await readEvents(asks, runId)).at(-1)?.payload).toEqual({
    phase: "lease-expired",
    runnerId,
    attempt: 1,
  });
  await claim(asks, runId);
  expect(await stand(runId)).toMatchObject({
    status: "CLAIMED",
    lease: { attempt: 2, expired: false },
    session: { executionState: "RUNNING", attention: { reason: "WORKING" } },
  });
});

it("with nothing live the session rests: TERMINAL as its last turn ended, IDLE where it never had one", async () => {
  const runId = await createRun(asks, { session: { sessionId: uniqueName("idle") } });
  await claim(asks, runId);
  await expire(runId);
  expect((await stand(runId)).session).toMatchObject({ executionState: "IDLE", activeRun: null });

  const other = await createRun(asks, { session: { sessionId: uniqueName("ended") } });
  const failed = { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" } as const;
  await finishCommand(asks, await createCommand(asks, other), failed);
  await claim(asks, other);
  expect((await stand(other)).session).toMatchObject({ executionState: "RUNNING", terminalStatus: null });
  await expire(other);
  expect((await stand(other)).session).toMatchObject({ executionState: "TERMINAL", ...failed });
});

it("after maxAttempts expired leases the run fails with LEASE_EXPIRED, and its commands with it", async () => {
  const session = { sessionId: uniqueName("failing") };
  const runId = await createRun(asks, { session, maxAttempts: 2 });
  await createCommand(asks, runId);
  await claim(asks, runId);
  await expire(runId);
  await claim(asks, runId);
  const before = await stand(runId);
  await expire(runId);
  const after = await stand(runId);
  expect(after).toMatchObject({
    status: "FAILED",
    failureKind: "LEASE_EXPIRED",
    commands: { nodes: [{ state: "FAILED", failureKind: "LEASE_EXPIRED" }] },
    session: {
      executionState: "TERMINAL",
      terminalStatus: "FAILED",
      failureKind: "LEASE_EXPIRED",
      attention: { reason: "FAILED" },
    },
  });
  expect(found(after.session).version).toBeGreaterThan(found(before.session).version);
  const events = await readEvents(asks, runId);
  expect(events.slice(-3).map(({ type, payload }) => payload.phase ?? type)).toEqual([
    "lease-expired",
    "command-terminal",
    "TERMINAL_STATUS",
  ]);
  await expect(claim(asks, runId)).rejects.toThrow("ALREADY_TERMINAL");
});

it("maxAttempts is 3 unless its creator says otherwise, and 1 to 100", async () => {
  const maxAttempts = graphql(`query MaxAttempts($id: ID!) { run(id: $id) { maxAttempts } }`);
  const { run } = await asks.ask(maxAttempts, { id: await createRun(asks) });
  expect(run?.maxAttempts).toBe(3);
  await expect(createRun(asks, { maxAttempts: 0 })).rejects.toThrow(
    /BAD_USER_INPUT: input.maxAttempts must be from 1 to 100/,
  );
});

it("of several nodes one sweeps: every expired lease ends once", async () => {
  const config = { auth: tokenAuth, sweepMs: 20 };
  await using _second = await startService({ config, databaseUrl: service.databaseUrl });
  await using _third = await startService({ config, databaseUrl: service.databaseUrl });
  const runs = await Promise.all(Array.from({ length: 20 }, () => createRun(asks)));
  for (const runId of runs) await claim(asks, runId);
  await Promise.all(runs.map(expire));
  for (const runId of runs) {
    const phases = (await readEvents(asks, runId)).map(({ payload }) => payload.phase);
    expect(phases).toEqual(["run-created", "run-claimed", "lease-expired"]);
  }
});

it("a node whose clock is five minutes off neither ends a lease that lives nor keeps one that does not", async () => {
  await using own = await startService();
  for (const offsetMs of [300_000, -300_000]) {
    const clock = `const Real = Date; globalThis.Date = class extends Real {
      constructor(...given) { given.length > 0 ? super(...given) : super(Real.now() + ${offsetMs}); }
      static now() { return Real.now() + ${offsetMs}; } };`;
    const options = `--import=data:text/javascript,${encodeURIComponent(clock)}`;
    const node = await runService({ DATABASE_URL: own.databaseUrl, NODE_OPTIONS: options });
    try {
      const there = asking(callerOf(node.url));
      const leaseExpired = graphql(`
        query LeaseExpired($id: ID!) { run(id: $id) { status lease { expired } } }
      `);
      const read = async (id: string) => (await there.ask(leaseExpired, { id })).run;
      const [living, dying] = [await createRun(there), await createRun(there)];
      const held = await claim(there, living, { leaseSeconds: 60 });
      await claim(there, dying, { leaseSeconds: 1 });
      await expect.poll(() => read(dying)).toMatchObject({ status: "PENDING" });
      expect(await read(living)).toEqual({ status: "CLAIMED", lease: { expired: false } });
      const beat = await there.ask(heartbeat, { input: { runId: living, ...held } });
      expect(beat.heartbeatRun.run.lease).toMatchObject({ attempt: 1, expired: false });
    } finally {
      node.child.kill();
      await node.ended;
    }
  }
});
