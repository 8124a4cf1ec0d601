import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ClaimNextRunInput, CreateRunInput } from "../generated/documents/graphql.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { countWaiting } from "../support/row-lock.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { claim, createRun, readEvents, registerRunner, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.close());

const claimNext = graphql(`
  mutation ClaimNextRun($input: ClaimNextRunInput!) {
    claimNextRun(input: $input) { leaseToken run { id status lease { attempt runner { id } } } }
  }
`);

async function next(input: ClaimNextRunInput) {
  return (await service.ask(claimNext, { input })).claimNextRun;
}

/** Creates runs of a profile of their own, oldest first. */
async function createRuns(
  count: number,
  input: Partial<CreateRunInput> = {},
): Promise<{ profile: string; runs: string[] }> {
  const profile = uniqueName("profile");
  const runs: string[] = [];
  while (runs.length < count) runs.push(await createRun(service, { backendProfile: profile, ...input }));
  return { profile, runs };
}

async function expireLease(runId: string): Promise<void> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query("UPDATE run SET lease_expires_at = clock_timestamp() WHERE id = $1", [runId]);
  await client.end();
}

it("the oldest waiting run of the wanted profiles comes first, each once, then none", async () => {
  const { profile, runs } = await createRuns(2);
  const { profile: other, runs: others } = await createRuns(1);
  await createRuns(1);
  const runnerId = await registerRunner(service);
  const claimed: string[] = [];
  for (;;) {
    const { run, leaseToken } = await next({ runnerId, backendProfiles: [other, profile] });
    if (!run) break;
    expect(run).toMatchObject({ status: "CLAIMED", lease: { attempt: 1, runner: { id: runnerId } } });
    expect(leaseToken).toMatch(/^lease_/);
    claimed.push(run.id);
  }
  expect(claimed).toEqual([...runs, ...others]);
  expect(await next({ runnerId, backendProfiles: [profile] })).toEqual({ run: null, leaseToken: null });
});

it("without profiles it is those that the runner has registered, and none where it has none", async () => {
  const { profile, runs } = await createRuns(1);
  const without = await registerRunner(service);
  expect((await next({ runnerId: without })).run).toBeNull();
  const registerRunnerForProfiles = graphql(`
    mutation RegisterRunnerForProfiles($profiles: [String!]) {
      registerRunner(input: { backendProfiles: $profiles }) { runner { id } }
    }
  `);
  const data = await service.ask(registerRunnerForProfiles, { profiles: [profile] });
  expect((await next({ runnerId: data.registerRunner.runner.id })).run?.id).toBe(runs[0]);
});

it("a project narrows it", async () => {
  const { profile } = await createRuns(1, { projectId: "one" });
  const mine = await createRun(service, { backendProfile: profile, projectId: "two" });
  const runnerId = await registerRunner(service);
  expect((await next({ runnerId, backendProfiles: [profile], projectId: "two" })).run?.id).toBe(mine);
  expect((await next({ runnerId, backendProfiles: [profile], projectId: "two" })).run).toBeNull();
});

it("none is of a session that is being removed, not even where its removal begins while a claim waits", async () => {
  const { profile, runs } = await createRuns(1, { session: { sessionId: uniqueName("removed") } });
  const wanted = { runnerId: await registerRunner(service), backendProfiles: [profile] };
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query("BEGIN");
  await client.query(
    "UPDATE session SET removing = true, expires_at = now() FROM run WHERE session_id = session.id AND run.id = $1",
    runs,
  );
  const waiting = next(wanted);
  await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
  await client.query("COMMIT");
  await client.end();
  expect((await waiting).run).toBeNull();
  expect((await next(wanted)).run).toBeNull();
  await expect(claim(service, runs[0] ?? "")).rejects.toThrow("NOT_FOUND");

  const other = await createRun(service, { backendProfile: profile });
  expect((await next(wanted)).run?.id).toBe(other);
});

it("a run whose lease has expired is among them, in a new attempt; one without attempts left fails instead", async () => {
  const { profile, runs } = await createRuns(1, { maxAttempts: 2 });
  const runnerId = await registerRunner(service);
  for (const attempt of [1, 2]) {
    const { run } = await next({ runnerId, backendProfiles: [profile] });
    expect(run).toMatchObject({ id: runs[0], lease: { attempt } });
    await expireLease(found(run).id);
  }
  expect((await next({ runnerId, backendProfiles: [profile] })).run).toBeNull();
  const phases = (await readEvents(service, runs[0] ?? "")).map(({ type, payload }) => payload.phase ?? type);
  expect(phases).toEqual([
    "run-created",
    "run-claimed",
    "lease-expired",
    "run-claimed",
    "lease-expired",
    "TERMINAL_STATUS",
  ]);
});

it("of 50 runners that claim at the same time each of 20 runs goes to one, though some share sessions", async () => {
  const profile = uniqueName("profile");
  const sessions = Array.from({ length: 5 }, () => ({ sessionId: uniqueName("shared") }));
  const runs: string[] = [];
  while (runs.length < 20)
    runs.push(
      await createRun(service, {
        backendProfile: profile,
        session: sessions[runs.length % 10] ?? null,
        parallel: true,
      }),
    );
  const runners = await Promise.all(Array.from({ length: 50 }, () => registerRunner(service)));
  // Two claims of one runner at the same time are two claims.
  const claims = await Promise.all(
    [...runners, ...runners.slice(0, 5)].map((runnerId) => next({ runnerId, backendProfiles: [profile] })),
  );
  const claimed = claims.flatMap(({ run }) => (run ? [run.id] : []));
  expect(claimed.toSorted()).toEqual(runs.toSorted());
  for (const runId of runs) {
    const phases = (await readEvents(service, runId)).map(({ payload }) => payload.phase);
    expect(phases).toEqual(["run-created", "run-claimed"]);
  }
});

it("of 32 runners that wait for one session none looks again and again: a claim takes three transactions at most", async () => {
  const profile = uniqueName("profile");
  const session = { sessionId: uniqueName("shared") };
  const runs: string[] = [];
  while (runs.length < 32)
    runs.push(await createRun(service, { backendProfile: profile, session, parallel: true }));
  const runners = await Promise.all(runs.map(() => registerRunner(service)));
  let claimed: string[] = [];
  const sent = await recordStatements(async () => {
    const claims = runners.map((runnerId) => next({ runnerId, backendProfiles: [profile] }));
    claimed = (await Promise.all(claims)).flatMap(({ run }) => (run ? [run.id] : []));
  });
  expect(claimed.toSorted()).toEqual(runs.toSorted());
  expect(sent.filter(({ text }) => text === "BEGIN").length).toBeLessThanOrEqual(3 * runs.length);
});

it("an unknown runner is NOT_FOUND", async () => {
  const { errors } = await service.call(claimNext, { input: { runnerId: "rnr_nobody" } });
  expect(errors?.[0]?.extensions["code"]).toBe("NOT_FOUND");
});
