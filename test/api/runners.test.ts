import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RegisterRunnerInput, RunFilter, RunsOfRunnerQuery } from "../generated/documents/graphql.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { claim, createRun, finishRun, registerRunner } from "../support/work.js";

let service: TestService;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.close());

const register = graphql(`
  mutation RegisterRunner($input: RegisterRunnerInput!) {
    registerRunner(input: $input) {
      runner { id name backendProfiles attributes registeredAt heartbeatAt online }
    }
  }
`);

type Runs = NonNullable<RunsOfRunnerQuery["runner"]>;

async function registered(input: RegisterRunnerInput) {
  return (await service.ask(register, { input })).registerRunner.runner;
}

async function silence(runnerId: string): Promise<void> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query("UPDATE runner SET heartbeat_at = heartbeat_at - interval '1 hour' WHERE id = $1", [
    runnerId,
  ]);
  await client.end();
}

it("registering again changes what is given and leaves the rest", async () => {
  const first = await registered({ id: "rnr_one", name: "one", backendProfiles: ["a", "b"] });
  expect(first).toMatchObject({ name: "one", backendProfiles: ["a", "b"], attributes: {}, online: true });
  const second = await registered({ id: "rnr_one", attributes: { region: "north" }, name: null });
  expect(second).toMatchObject({
    id: "rnr_one",
    name: "one",
    backendProfiles: ["a", "b"],
    attributes: { region: "north" },
    registeredAt: first.registeredAt,
  });
  expect(second.heartbeatAt > first.heartbeatAt).toBe(true);
  expect((await registered({ id: "rnr_one", backendProfiles: [] })).backendProfiles).toEqual([]);
});

it("a runner is online while it was heard from within its last lease", async () => {
  const { id } = await registered({ name: "quiet" });
  const runnerOnline = graphql(`query RunnerOnline($id: ID!) { runner(id: $id) { online } }`);
  const online = async () => (await service.ask(runnerOnline, { id })).runner?.online;
  expect(await online()).toBe(true);
  await silence(id);
  expect(await online()).toBe(false);
  const runId = await createRun(service);
  await claim(service, runId, { runnerId: id, leaseSeconds: 3600 });
  await finishRun(service, runId);
  expect(await online()).toBe(true);
});

it("a runner that asks for work and finds none is online all the same, for as long as it asks", async () => {
  const { id } = await registered({ name: "waiting" });
  await silence(id);
  const ask = graphql(`
    mutation ClaimNextRunId($input: ClaimNextRunInput!) { claimNextRun(input: $input) { run { id } } }
  `);
  const input = { runnerId: id, backendProfiles: ["nobody asks for this"], leaseSeconds: 3600 };
  expect((await service.ask(ask, { input })).claimNextRun.run).toBeNull();
  const online = graphql(`query RunnerOnline($id: ID!) { runner(id: $id) { online } }`);
  expect((await service.ask(online, { id })).runner?.online).toBe(true);
});

it("runners are listed in the order of their registration, all of them or by whether they are online", async () => {
  const [a, b] = [await registerRunner(service), await registerRunner(service)];
  await silence(a);
  const listRunners = graphql(`
    query ListRunners($online: Boolean) {
      runners(first: 100, online: $online) { totalCount nodes { id } pageInfo { hasNextPage } }
    }
  `);
  const list = async (online?: boolean) => {
    const { runners } = await service.ask(listRunners, { online });
    return runners.nodes.map(({ id }) => id);
  };
  expect((await list()).slice(-2)).toEqual([a, b]);
  expect(await list(true)).toContain(b);
  expect(await list(true)).not.toContain(a);
  expect(await list(false)).toContain(a);
  expect(await list(false)).not.toContain(b);
});

it("a runner's runs are those that it holds or held last, newest first, page by page", async () => {
  const runnerId = await registerRunner(service);
  const runs: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const runId = await createRun(service);
    await claim(service, runId, { runnerId });
    if (index % 2 === 0) await finishRun(service, runId);
    runs.unshift(runId);
  }
  const read = graphql(`
    query RunsOfRunner($id: ID!, $after: String, $filter: RunFilter) {
      runner(id: $id) {
        runs(first: 2, after: $after, filter: $filter) {
          totalCount nodes { id } pageInfo { hasNextPage endCursor }
        }
      }
    }
  `);
  const seen: string[] = [];
  for (let after: string | null = null; ;) {
    const { runs: page }: Runs = found((await service.ask(read, { id: runnerId, after })).runner);
    expect(page.totalCount).toBe(5);
    seen.push(...page.nodes.map(({ id }) => id));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  expect(seen).toEqual(runs);
  const filter: RunFilter = { statuses: ["CLAIMED"] };
  expect((await service.ask(read, { id: runnerId, filter })).runner?.runs.totalCount).toBe(2);
});
