import { afterAll, beforeAll, expect, it } from "vitest";
import type { CreateRunInput } from "../generated/documents/graphql.js";
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
  createRun,
  finishRun,
  readEvents,
  readSession,
  registerRunner,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let asks: Asks;
let reader: ReturnType<typeof callerOf>;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth, sweepMs: 50 } });
  asks = asking(callerOf(service.url, await tokenFor("acme", ["operator"])));
  reader = callerOf(service.url, await tokenFor("acme", ["reader"]));
});
afterAll(() => service.close());

const beginRun = graphql(`
  mutation BeginRun($input: CreateRunInput!) {
    createRun(input: $input) {
      run { id status parked lease { attempt runner { id } } } command { id type state seq } leaseToken replayed
    }
  }
`);
const nextRun = graphql(`
  mutation NextRun($input: ClaimNextRunInput!) { claimNextRun(input: $input) { run { id } leaseToken } }
`);

async function begin(input: Partial<CreateRunInput>) {
  const whole = { projectId: "p", backendProfile: "codex", ...input };
  return (await asks.ask(beginRun, { input: whole })).createRun;
}

async function next(runnerId: string, profile: string): Promise<string | undefined> {
  const data = await asks.ask(nextRun, { input: { runnerId, backendProfiles: [profile] } });
  return data.claimNextRun.run?.id;
}

it("with turn and claim it has the events of the three calls, and nobody else can take it", async () => {
  const runnerId = await registerRunner(asks);
  const sessionId = uniqueName("session");
  const backendProfile = uniqueName("profile");
  const begun = await begin({
    backendProfile,
    session: { sessionId },
    turn: { payload: { prompt: "mend it" } },
    claim: { runnerId },
  });
  expect(begun).toMatchObject({
    run: { status: "CLAIMED", lease: { attempt: 1, runner: { id: runnerId } } },
    command: { type: "TURN", state: "PENDING", seq: 1 },
    leaseToken: expect.stringMatching(/^lease_/),
    replayed: false,
  });
  const phases = (await readEvents(asks, begun.run.id)).map(({ payload }) => payload.phase);
  expect(phases).toEqual(["run-created", "command-created", "run-claimed"]);
  expect(await readSession(asks, sessionId)).toMatchObject({
    title: "mend it",
    executionState: "RUNNING",
    activeRun: { id: begun.run.id },
    activeCommand: { id: begun.command?.id },
  });
  expect(await next(await registerRunner(asks), backendProfile)).toBeUndefined();
  await append(asks, begun.run.id, ["done"], { leaseToken: begun.leaseToken });
});

it("a reader may give it a turn, and no claim: then nothing is made", async () => {
  const sessionId = uniqueName("session");
  const input = { projectId: "p", backendProfile: "codex", session: { sessionId }, turn: { payload: {} } };
  const runnerId = await registerRunner(asks);
  expect(await codeOf(reader(beginRun, { input: { ...input, claim: { runnerId } } }))).toBe("FORBIDDEN");
  await expect(readSession(asks, sessionId)).rejects.toThrow();
  expect(await codeOf(reader(beginRun, { input }))).toBeUndefined();
});

it("a claim for an unknown runner, and a turn that is no object, make nothing", async () => {
  const sessionId = uniqueName("session");
  for (const more of [{ claim: { runnerId: "rnr_nobody" } }, { turn: { payload: [1] } }]) {
    await expect(begin({ session: { sessionId }, ...more })).rejects.toThrow();
  }
  await expect(readSession(asks, sessionId)).rejects.toThrow();
});

it("sent again with its key it gives the same run and turn, and a new token while the runner holds it", async () => {
  const runnerId = await registerRunner(asks);
  const input = {
    turn: { payload: { prompt: "x" } },
    claim: { runnerId },
    idempotencyKey: uniqueName("key"),
  };
  const first = await begin(input);
  const again = await begin(input);
  expect(again).toMatchObject({
    run: { id: first.run.id, lease: { attempt: 1 } },
    command: { id: first.command?.id },
    replayed: true,
  });
  expect(again.leaseToken).not.toBe(first.leaseToken);
  expect(await readEvents(asks, first.run.id)).toHaveLength(3);
  await expect(append(asks, first.run.id, ["x"], { leaseToken: first.leaseToken })).rejects.toThrow("LEASE");
  await append(asks, first.run.id, ["x"], { leaseToken: again.leaseToken });
  // Who claims is no part of what was sent; the turn is.
  const { claim: _claim, ...rest } = input;
  expect(await begin(rest)).toMatchObject({ run: { id: first.run.id }, leaseToken: null });
  expect(await begin({ ...input, claim: { runnerId: await registerRunner(asks) } })).toMatchObject({
    run: { id: first.run.id },
    leaseToken: null,
  });
  await expect(begin({ ...input, turn: { payload: { prompt: "y" } } })).rejects.toThrow("KEY_REUSED");
  await finishRun(asks, first.run.id);
  expect(await begin(input)).toMatchObject({ run: { status: "COMPLETED" }, leaseToken: null });
});

it("what is left out or is the default is no part of what a key stands for", async () => {
  const idempotencyKey = uniqueName("key");
  const { run } = await begin({ idempotencyKey });
  expect(await begin({ idempotencyKey, parallel: false, turn: null })).toMatchObject({
    run: { id: run.id },
    replayed: true,
  });
  await expect(begin({ idempotencyKey, parallel: true })).rejects.toThrow("KEY_REUSED");
});

it("claimNextRun hands out one run of a session at a time, but those created with parallel beside others", async () => {
  const backendProfile = uniqueName("profile");
  const session = { sessionId: uniqueName("session") };
  const [first, second, third] = [
    await createRun(asks, { backendProfile, session }),
    await createRun(asks, { backendProfile, session }),
    await createRun(asks, { backendProfile, session, parallel: true }),
  ];
  const runnerId = await registerRunner(asks);
  expect(await next(runnerId, backendProfile)).toBe(first);
  expect(await next(runnerId, backendProfile)).toBe(third);
  expect(await next(runnerId, backendProfile)).toBeUndefined();
  await finishRun(asks, third);
  expect(await next(runnerId, backendProfile)).toBeUndefined();
  await finishRun(asks, first);
  expect(await next(runnerId, backendProfile)).toBe(second);
});

it("claimRun takes any, and 16 claimers at once get one run of a session", async () => {
  const backendProfile = uniqueName("profile");
  const session = { sessionId: uniqueName("session") };
  const runs: string[] = [];
  while (runs.length < 4) runs.push(await createRun(asks, { backendProfile, session }));
  const runners = await Promise.all(Array.from({ length: 16 }, () => registerRunner(asks)));
  const got = await Promise.all(runners.map((runnerId) => next(runnerId, backendProfile)));
  expect(got.filter((run) => run !== undefined)).toEqual([runs[0]]);
  await claim(asks, runs[2] ?? "");
});
