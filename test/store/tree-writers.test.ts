import pg from "pg";
import { expect, it } from "vitest";
import { askedRules } from "../storm/asked-rules.js";
import { findFaults } from "../storm/verdict.js";
import { createTestDatabase } from "../support/database.js";
import { countDeadlocks } from "../support/deadlocks.js";
import { graphql } from "../support/graphql.js";
import { type Random, createRandom } from "../support/random.js";
import { answerDocument } from "../support/requests.js";
import { type Call, patient, startService } from "../support/start-service.js";
import { registerRunner } from "../support/work.js";

/** How many sessions the tree has at last, the half of them at first, and how often each writer does something. */
const treeSessions = Number(process.env["TREE_SESSIONS"] ?? 40);
const steps = Number(process.env["TREE_STEPS"] ?? 6);
const writers = 16;

const begin = graphql(`
  mutation BeginInTree($input: CreateRunInput!) { createRun(input: $input) { run { id } } }
`);
const ask = graphql(`
  mutation AskInTree($input: AppendEventsInput!) {
    appendEvents(input: $input) { events { ... on InputRequestEvent { inputRequest { id } } } }
  }
`);
const finish = graphql(`
  mutation FinishInTree($input: FinishRunInput!) { finishRun(input: $input) { run { id } } }
`);
const giveBack = graphql(`
  mutation GiveBackInTree($input: ReleaseRunInput!) { releaseRun(input: $input) { run { id } } }
`);
const cancelAll = graphql(`
  mutation CancelInTree($input: CancelSessionInput!) { cancelSession(input: $input) { cancelledRuns } }
`);

/** What the writers know of the tree. */
interface Tree {
  sessions: { name: string; depth: number }[];
  runs: string[];
  requests: string[];
  runnerId: string;
}

/** How writers who meet at the same rows may be refused. */
const refusals = new Set(["ALREADY_TERMINAL", "RUNNER_LEASE_CONFLICT"]);

it(
  `${writers} writers over a tree of ${treeSessions} sessions: no deadlock, and its figures are those of a recursive query`,
  async () => {
    const database = await createTestDatabase();
    const databaseUrl = database.url;
    const nodes = [await startService({ databaseUrl }), await startService({ databaseUrl })];
    const [first] = nodes;
    if (!first) throw new Error("there is no node");
    const tree: Tree = {
      sessions: [{ name: "root", depth: 0 }],
      runs: [],
      requests: [],
      runnerId: await registerRunner(first),
    };
    await first.ask(begin, { input: { ...place, session: { sessionId: "root" } } });
    const codes: string[] = [];
    const write = async (_: unknown, number: number) => {
      const random = createRandom(number + 1);
      const node = nodes[number % nodes.length]!;
      const call = patient(node.call, ({ errors }) => {
        const [error] = errors ?? [];
        const code = error?.extensions.code;
        if (code && !refusals.has(code)) codes.push(`${code}: ${error.message}`);
      });
      const grow = (size: number) => async () => {
        while (tree.sessions.length < size) await addChild(call, tree, random);
      };
      await grow(treeSessions / 2)();
      for (let step = 0; step < steps; step += 1) {
        if (tree.sessions.length < treeSessions && random.chance(0.3)) await addChild(call, tree, random);
        await random.pick([work, work, work, question, question, answer, answer, end, end, release, cancel])(
          call,
          tree,
          random,
        );
      }
      await grow(treeSessions)();
    };
    await Promise.all(Array.from({ length: writers }, write));
    expect(codes).toEqual([]);
    // What a connection has counted is known for certain once it has ended.
    for (const node of nodes) await node.close();

    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    expect(await findFaults(client, askedRules)).toEqual([]);
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM session) AS sessions, (SELECT below_total FROM session WHERE parent_id IS NULL) AS below,
      (SELECT count(*) > 0 FROM input_request WHERE state = 'OPEN') AS asks`,
    );
    // Writers that are about to make the last one make one each.
    const { sessions } = rows[0] as { sessions: number };
    expect(sessions).toBeGreaterThanOrEqual(treeSessions);
    expect(await countDeadlocks({ databaseUrl })).toBe(0);
    expect(rows).toEqual([{ sessions, below: sessions - 1, asks: expect.any(Boolean) }]);
    await client.end();
    await database.drop();
  },
  240_000 + treeSessions * steps * 200,
);

const place = { projectId: "p", backendProfile: "codex" };

async function addChild(call: Call, tree: Tree, random: Random): Promise<void> {
  const parent = random.pick(tree.sessions.filter(({ depth }) => depth < 15));
  const name = `child ${random.below(2 ** 31)}`;
  const session = { sessionId: name, parent: { sessionId: parent.name } };
  const { data } = await call(begin, { input: { ...place, session, turn: { payload: {} } } });
  if (!data) return;
  tree.sessions.push({ name, depth: parent.depth + 1 });
  tree.runs.push(data.createRun.run.id);
}

async function work(call: Call, tree: Tree, random: Random): Promise<void> {
  const session = { sessionId: random.pick(tree.sessions).name };
  const claim = random.chance(0.5) ? { runnerId: tree.runnerId } : undefined;
  const { data } = await call(begin, { input: { ...place, session, claim, turn: { payload: {} } } });
  if (data) tree.runs.push(data.createRun.run.id);
}

async function question(call: Call, tree: Tree, random: Random): Promise<void> {
  if (tree.runs.length === 0) return;
  const kind = random.pick(["question", "approval"]);
  const events = [{ type: "INPUT_REQUEST" as const, payload: { kind, prompt: "?", choices: ["a"] } }];
  const { data } = await call(ask, { input: { runId: random.pick(tree.runs.slice(-200)), events } });
  for (const event of data?.appendEvents.events ?? [])
    if ("inputRequest" in event && event.inputRequest) tree.requests.push(event.inputRequest.id);
}

async function answer(call: Call, tree: Tree, random: Random): Promise<void> {
  if (tree.requests.length === 0) return;
  await call(answerDocument, { input: { id: random.pick(tree.requests.slice(-100)), decision: "DENIED" } });
}

async function end(call: Call, tree: Tree, random: Random): Promise<void> {
  if (tree.runs.length === 0) return;
  const terminalStatus = random.pick(["COMPLETED", "FAILED", "BLOCKED"] as const);
  await call(finish, { input: { runId: random.pick(tree.runs.slice(-200)), result: { terminalStatus } } });
}

async function release(call: Call, tree: Tree, random: Random): Promise<void> {
  if (tree.runs.length === 0) return;
  await call(giveBack, {
    input: { runId: random.pick(tree.runs.slice(-50)), untilCommand: random.chance(0.5) },
  });
}

/** Cancels what is below one of the sessions; all of the tree, seldom. */
async function cancel(call: Call, tree: Tree, random: Random): Promise<void> {
  if (random.chance(0.7)) return;
  await call(cancelAll, { input: { session: { sessionId: random.pick(tree.sessions).name } } });
}
