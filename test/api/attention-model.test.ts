import { afterAll, beforeAll, expect, it } from "vitest";
import type pg from "pg";
import { openPool } from "../../src/database/pool.js";
import { scopes } from "../../src/auth/viewer.js";
import { type SessionOrder, listStates, sessionOrders } from "../../src/domain/inbox/list.js";
import { tendBase } from "../../src/store/inbox/base/keep.js";
import { createStore } from "../../src/store/store.js";
import type { FlagsFragment, SessionsByIdQuery } from "../generated/documents/graphql.js";
import { graphql } from "../support/graphql.js";
import { compareKept, keptFilters, lowLimits } from "../support/kept-counts.js";
import { createRandom } from "../support/random.js";
import { type Filter, attentionOf, countsOf, listOf } from "../support/model/reader.js";
import { createModel, treeFigures } from "../support/model/model.js";
import { operations } from "../support/model/operations.js";
import { type World, pickFilter, profiles, projects, runnerOwner } from "../support/model/world.js";
import { askedRules } from "../storm/asked-rules.js";
import { findFaults } from "../storm/verdict.js";
import {
  type TestService,
  answered,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { registerRunner } from "../support/work.js";

/** `ATTENTION_SEED` does another one, `ATTENTION_ROUNDS` goes on for longer. */
const seedOfOne = process.env["ATTENTION_SEED"];
const seeds = seedOfOne === undefined ? [1, 2] : [Number(seedOfOne)];
const rounds = Number(process.env["ATTENTION_ROUNDS"] ?? 9);
const operationsEach = 10;
/** So few, that there are often more. */
const marksAtOnce = 2;
const readerIds = ["ada", "bob", "cleo"];

let service: TestService;
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth, marksAtOnce, limits: { rootFields: 30 } } });
  pool = openPool({ connectionString: service.databaseUrl, connections: 2, onError: () => {} });
});
afterAll(async () => {
  await pool.end();
  await service.close();
});

async function createWorld(seed: number): Promise<World> {
  const tenantId = `tenant ${seed}`;
  const calls = new Map(
    await Promise.all(
      readerIds.map(async (reader) => {
        const token = await tokenFor(tenantId, scopes, reader);
        return [reader, callerOf(service.url, token)] as const;
      }),
    ),
  );
  const owner = asking(callOf({ calls }, runnerOwner));
  return {
    model: createModel(),
    random: createRandom(seed),
    calls,
    runnerIds: [await registerRunner(owner), await registerRunner(owner)],
    store: createStore(
      pool,
      () => {},
      () => {},
    ).tenant(tenantId),
    marksAtOnce,
    activity: new Map(),
    versions: new Map(),
  };
}

function callOf({ calls }: Pick<World, "calls">, reader: string) {
  const call = calls.get(reader);
  if (!call) throw new Error(`nobody is called ${reader}`);
  return call;
}

const flags = graphql(`
  fragment Flags on SessionAttention {
    state reason active unread readVersion markedUnread archivedAt snoozedUntil pinnedAt
  }
`);
const sessionsById = graphql(`
  query SessionsById($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Session {
        __typename id version executionState terminalStatus failureKind lastActivityAt updatedAt
        attention { ...Flags }
        tree { total active openInputRequests }
      }
    }
  }
`);
const everyList = `query (${listStates.map((state) => `$${state}: SessionFilter`).join(", ")}, $order: SessionOrder) {
  counts: inboxCounts(filter: $ALL)
    { active unread read needsInput archived snoozed total }
  ${listStates.map(listQuery).join("\n")}
} ${flags.toString()}`;
function listQuery(state: string): string {
  return `${state}: sessions(first: 20, filter: $${state}, orderBy: $order) {
    totalCount nodes { id attention { ...Flags } } }`;
}

type SessionNode = Extract<SessionsByIdQuery["nodes"][number], { id: string }>;

/** What the service says of a session's attention, in the words of the model. */
function flagsOf({ archivedAt, snoozedUntil, pinnedAt, ...rest }: FlagsFragment) {
  return {
    ...rest,
    archived: archivedAt !== null,
    snoozed: snoozedUntil !== null,
    pinned: pinnedAt !== null,
  };
}

/** What the model says of a session's attention, with the service's versions. */
function attentionIn({ model, versions }: World, id: string, reader: string) {
  const session = model.sessions.find((each) => each.id === id);
  if (!session) throw new Error(`the model has no session ${id}`);
  const { readVersion, ...rest } = attentionOf(model, session, reader);
  return { ...rest, readVersion: readVersion === null ? null : versions.get(readVersion) };
}

/** Compares every session, whatever list it is in. */
async function compareSessions(world: World, reader: string): Promise<void> {
  const { model, versions, activity } = world;
  const ids = model.sessions.map(({ id }) => id);
  const found = await answered(callOf(world, reader)(sessionsById, { ids }));
  const nodes = found.nodes.filter((node): node is SessionNode => node?.__typename === "Session");
  const newest = Math.max(0, ...versions.values());
  for (const { id, version, lastActivityAt, updatedAt } of nodes) {
    activity.set(id, { lastActivityAt, updatedAt });
    const own = model.sessions.find((session) => session.id === id)?.version ?? 0;
    if (!versions.has(own)) expect(version, "a version that rose").toBeGreaterThan(newest);
    if (!versions.has(own)) versions.set(own, version);
  }
  const told = nodes.map(({ lastActivityAt: _a, updatedAt: _u, __typename: _t, ...node }) => ({
    ...node,
    attention: flagsOf(node.attention),
  }));
  const expected = model.sessions.map((session) => ({
    id: session.id,
    version: versions.get(session.version),
    executionState: session.executionState,
    ...(session.end ?? { terminalStatus: null, failureKind: null }),
    attention: attentionIn(world, session.id, reader),
    tree: treeFigures(model, session),
  }));
  expect(told).toEqual(expected);
}

/** Compares every run, command and request. */
async function compareWork({ model, store }: World): Promise<void> {
  const rowsOf = async (columns: string, table: string) => {
    const text = `SELECT id, ${columns} FROM ${table} WHERE tenant_id = $1`;
    const { rows } = await store.pool.query<{ id: string }>(text, [store.tenantId]);
    return new Map(rows.map(({ id, ...row }) => [id, row]));
  };
  const runs = await rowsOf(
    `status::text, attempt, parked, resumes_id AS "resumesId", lease_expires_at IS NOT NULL AND status = 'PENDING' AS "isStale"`,
    "run",
  );
  expect(runs).toEqual(
    new Map(
      model.runs.map(({ id, status, terminalStatus, attempt, parked, resumesId, isStale }) => [
        id,
        { status: terminalStatus ?? status, attempt, parked, resumesId, isStale },
      ]),
    ),
  );
  const commands = await rowsOf(
    `type::text, terminal_status::text AS "end", acknowledged_at IS NOT NULL AS "isTaken"`,
    "command",
  );
  expect(commands).toEqual(
    new Map(
      model.commands.map(({ id, type, end, isTaken }) => [
        id,
        { type, end: end?.terminalStatus ?? null, isTaken },
      ]),
    ),
  );
  const requests = await rowsOf(
    `state::text, turn_id AS "turnId", command_id AS "commandId"`,
    "input_request",
  );
  expect(requests).toEqual(
    new Map(model.requests.map(({ id, state, turnId, commandId }) => [id, { state, turnId, commandId }])),
  );
}

/** Compares all lists of a filter in one order, and the counts with both. */
async function compareLists(
  world: World,
  reader: string,
  filter: Filter,
  order: SessionOrder,
): Promise<void> {
  const { model, activity } = world;
  const filters = Object.fromEntries(
    listStates.map((state) => [state, state === "DEFAULT" ? filter : { ...filter, state }]),
  );
  const data = await answered(callOf(world, reader)(everyList, { ...filters, order }));
  for (const state of listStates) {
    const { nodes, totalCount } = data[state];
    const expected = listOf(model, reader, { ...filter, state }, activity, order).map(({ id }) => ({
      id,
      attention: attentionIn(world, id, reader),
    }));
    const told = nodes.map((node: { attention: FlagsFragment }) => ({
      ...node,
      attention: flagsOf(node.attention),
    }));
    expect(told, `${state} by ${order}`).toEqual(expected);
    expect(totalCount, `totalCount of ${state} by ${order}`).toBe(expected.length);
  }
  expect(data.counts).toEqual(countsOf(model, reader, filter, activity));
  if (filter.archived || filter.snoozed) return;
  const totalOf = (state: string) => data[state].totalCount;
  expect(data.counts).toMatchObject({
    active: totalOf("RUNNING"),
    unread: totalOf("UNREAD"),
    read: totalOf("READ"),
    total: totalOf("ALL"),
  });
}

/** Compares what is kept of one reader's counts with the rows. Gives how many were compared. */
async function compareBase({ random, store }: World): Promise<number> {
  const reader = random.pick([...readerIds, null]);
  if (random.chance(0.3)) await tendBase(store, reader ?? "", lowLimits);
  const compared = await compareKept(pool, store.tenantId, keptFilters(projects, profiles), reader);
  if (typeof compared === "string") expect.fail(compared);
  return compared ? 1 : 0;
}

it.each(seeds)(
  "sessions, lists and counts are what the model says, with seed %d",
  async (seed) => {
    const world = await createWorld(seed);
    const done: string[] = [];
    let bases = 0;
    const [createRun] = operations;
    if (!createRun) throw new Error("nothing can happen");
    try {
      for (let round = 0; round < rounds; round += 1) {
        for (let count = 0; count < operationsEach; count += 1) {
          const operation = round === 0 ? createRun : world.random.pick(operations);
          done.push(operation.name);
          await operation(world);
          await compareSessions(world, "ada");
          await compareWork(world);
          bases += await compareBase(world);
        }
        expect(await findFaults(pool, askedRules)).toEqual([]);
        for (const reader of readerIds) {
          await compareSessions(world, reader);
          // Half of all the lists that people look at.
          const filter = world.random.chance(0.5) ? {} : pickFilter(world);
          const order = world.random.chance(0.5) ? "ATTENTION" : world.random.pick(sessionOrders);
          done.push(`${reader} lists ${JSON.stringify(filter)} by ${order}`);
          await compareLists(world, reader, filter, order);
        }
      }
      expect(bases).toBeGreaterThan(rounds * 3);
    } catch (error) {
      (error as Error).message += `\nseed ${seed}, after ${done.length} steps: ${done.slice(-12).join(", ")}`;
      throw error;
    }
  },
  60_000 + rounds * 5_000,
);
