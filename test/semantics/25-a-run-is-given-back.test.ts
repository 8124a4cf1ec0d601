import { afterAll, beforeAll, expect, it } from "vitest";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import {
  type Asks,
  type TestService,
  asking,
  callerOf,
  codeOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import {
  append,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
  readSession,
  registerRunner,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let runner: ReturnType<typeof callerOf>;
let asks: Asks;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth, sweepMs: 50 } });
  runner = callerOf(service.url, await tokenFor("acme", ["reader", "runner"]));
  asks = asking(runner);
});
afterAll(() => service.close());

const releaseRun = graphql(`
  mutation ReleaseRun($input: ReleaseRunInput!) {
    releaseRun(input: $input) { run { status parked lease { attempt } } }
  }
`);
const nextRun = graphql(`
  mutation NextRunAndAttempt($input: ClaimNextRunInput!) {
    claimNextRun(input: $input) { run { id lease { attempt } } leaseToken }
  }
`);

async function release(runId: string, leaseToken: string, untilCommand = false) {
  return (await asks.ask(releaseRun, { input: { runId, leaseToken, untilCommand } })).releaseRun.run;
}

async function next(profile: string) {
  const runnerId = await registerRunner(asks);
  return (await asks.ask(nextRun, { input: { runnerId, backendProfiles: [profile] } })).claimNextRun.run;
}

async function attention(sessionId: string) {
  const query = graphql(`
    query ReasonOf($sessionId: String!) { session(by: { sessionId: $sessionId }) { attention { reason } } }
  `);
  return found((await asks.ask(query, { sessionId })).session).attention.reason;
}

it("the run waits again without a holder, and its session stands as after a lease that ran out, but is not STALE", async () => {
  const { sessionId, runId } = await createSession(asks);
  const commandId = await createCommand(asks, runId);
  const { leaseToken, runnerId } = await claim(asks, runId);
  await finishCommand(asks, commandId, { terminalStatus: "COMPLETED" }).catch(() => undefined);
  const input = { commandId, result: { terminalStatus: "COMPLETED" as const }, leaseToken };
  const finish = graphql(`
    mutation FinishHeldCommand($input: FinishCommandInput!) { finishCommand(input: $input) { command { id } } }
  `);
  await asks.ask(finish, { input });
  expect(await release(runId, leaseToken)).toEqual({ status: "PENDING", parked: false, lease: null });
  expect((await readEvents(asks, runId)).at(-1)?.payload).toEqual({
    phase: "run-released",
    runnerId,
    parked: false,
  });
  expect(await readSession(asks, sessionId)).toMatchObject({ executionState: "TERMINAL", activeRun: null });
  expect(await attention(sessionId)).toBe("FINISHED");
  await expect(append(asks, runId, ["late"], { leaseToken })).rejects.toThrow("LEASE_CONFLICT");
});

it("a run may be given back more often than leases may expire, and the attempt rises", async () => {
  const backendProfile = uniqueName("profile");
  const runId = await createRun(asks, { backendProfile, maxAttempts: 1 });
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const { leaseToken } = await claim(asks, runId);
    await release(runId, leaseToken);
  }
  expect(await next(backendProfile)).toMatchObject({ id: runId, lease: { attempt: 5 } });
});

it("until a command comes nobody is handed it, but claimRun takes it; nothing sweeps it", async () => {
  const backendProfile = uniqueName("profile");
  const runId = await createRun(asks, { backendProfile, session: { sessionId: uniqueName("session") } });
  const { leaseToken } = await claim(asks, runId);
  expect(await release(runId, leaseToken, true)).toMatchObject({ status: "PENDING", parked: true });
  expect(await next(backendProfile)).toBeNull();
  await createCommand(asks, runId, "STEER");
  expect(await next(backendProfile)).toMatchObject({ id: runId, lease: { attempt: 2 } });

  const other = await createRun(asks, { backendProfile });
  const held = await claim(asks, other);
  await release(other, held.leaseToken, true);
  await claim(asks, other);
  const query = graphql(`query IsParked($id: ID!) { run(id: $id) { parked status } }`);
  expect((await asks.ask(query, { id: other })).run).toEqual({ parked: false, status: "CLAIMED" });
});

it.each(["cancelled", "finished"])("one that is parked and %s is parked no longer", async (how) => {
  const runId = await createRun(asks);
  await release(runId, (await claim(asks, runId)).leaseToken, true);
  const cancel = graphql(`
    mutation CancelParked($runId: ID!) { cancelRun(input: { runId: $runId }) { run { status parked } } }
  `);
  if (how === "finished") await finishRun(asks, runId);
  else
    expect((await asks.ask(cancel, { runId })).cancelRun.run).toEqual({ status: "CANCELLED", parked: false });
  const query = graphql(`query IsEndedParked($id: ID!) { run(id: $id) { parked } }`);
  expect((await asks.ask(query, { id: runId })).run).toEqual({ parked: false });
});

it("one that has a PENDING command is handed out all the same", async () => {
  const backendProfile = uniqueName("profile");
  const runId = await createRun(asks, { backendProfile });
  const { leaseToken } = await claim(asks, runId);
  await createCommand(asks, runId, "INTERRUPT");
  expect(await release(runId, leaseToken, true)).toMatchObject({ parked: false });
  expect(await next(backendProfile)).toMatchObject({ id: runId });
});

it("one in which a queue attempt works is not parked, but may be given back", async () => {
  const queue = uniqueName("queue");
  const work = graphql(`
    mutation WorkInQueue($queue: String!, $runnerId: ID!) {
      createQueueTask(input: { projectId: "p", queue: $queue, lane: "l", payload: {} }) { task { id } }
      claimQueueTask(input: { queue: $queue, runnerId: $runnerId }) { attempt { id task { id } } leaseToken }
    }
  `);
  const runId = await createRun(asks);
  const { runnerId, leaseToken } = await claim(asks, runId);
  const { claimQueueTask } = await asks.ask(work, { queue, runnerId });
  const attempt = found(claimQueueTask.attempt);
  const update = graphql(`
    mutation NameRun($input: UpdateQueueTaskAttemptInput!) { updateQueueTaskAttempt(input: $input) { task { id } } }
  `);
  const token = claimQueueTask.leaseToken;
  const input = { taskId: attempt.task.id, state: "RUNNING" as const, runId, leaseToken: token };
  await asks.ask(update, { input });
  const { errors } = await runner(releaseRun, { input: { runId, leaseToken, untilCommand: true } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "CONFLICT", details: { attemptId: attempt.id } });
  expect(await release(runId, leaseToken)).toMatchObject({ status: "PENDING", parked: false });
});

it("only its holder gives it back; one that is not claimed stays as it is", async () => {
  const runId = await createRun(asks);
  await claim(asks, runId);
  expect(await codeOf(runner(releaseRun, { input: { runId } }))).toBe("RUNNER_LEASE_CONFLICT");
  expect(await codeOf(runner(releaseRun, { input: { runId, leaseToken: "lease_x" } }))).toBe(
    "RUNNER_LEASE_CONFLICT",
  );
  expect(await codeOf(runner(releaseRun, { input: { runId: `run_${"0".repeat(32)}` } }))).toBe("NOT_FOUND");
  const waiting = await createRun(asks);
  expect(await release(waiting, "lease_x")).toMatchObject({ status: "PENDING" });
  expect(await readEvents(asks, waiting)).toHaveLength(1);
  await finishRun(asks, waiting);
  expect(await release(waiting, "lease_x", true)).toMatchObject({ status: "COMPLETED", parked: false });
});
