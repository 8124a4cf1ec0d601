import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expireRunLease } from "../../src/actions/expire-run-leases.js";
import { expireInputRequest } from "../../src/actions/input-request/expire.js";
import type { TenantStore } from "../../src/store/store.js";
import { askedRules } from "../storm/asked-rules.js";
import { findFaults } from "../storm/verdict.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { openNode, passLease } from "../support/node.js";
import { answerDocument, openRequest, readRequest } from "../support/requests.js";
import {
  type Answer,
  type Asks,
  type Call,
  type TestService,
  asking,
  callerOf,
  patient,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import {
  acknowledgeCommand,
  cancelCommand,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  registerRunner,
  times,
} from "../support/work.js";

/** How often each race is run; 1,000 are asked for now and then. */
const rounds = Number(process.env["ASKED_ROUNDS"] ?? 8);
const timeout = 30_000 + rounds * 1_000;

const readers = Array.from({ length: 8 }, (_, number) => `reader-${number}`);

/** Two nodes, and a third in this process. */
let service: TestService;
let other: TestService;
let node: TenantStore;
/** An operator at one node and at the other. */
let here: Asks & { call: Call };
let there: Asks;
let runnerId: string;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  other = await startService({ databaseUrl: service.databaseUrl, config: { auth: tokenAuth } });
  node = openNode(service, "acme");
  const token = await tokenFor("acme", ["operator"], "olga", 36_000);
  const call = patient(callerOf(service.url, token));
  here = { call, ...asking(call) };
  there = asking(patient(callerOf(other.url, token)));
  runnerId = await registerRunner(here);
});
afterAll(async () => {
  await node.pool.end();
  await other.close();
  await service.close();
});

const answer = (id: string, more: object = {}) => ({
  input: { id, decision: "ANSWERED" as const, value: "yes", ...more },
});

const beginHeld = graphql(`
  mutation BeginHeld($input: CreateRunInput!) {
    createRun(input: $input) { run { id session { sessionId } } command { id } }
  }
`);
const giveBack = graphql(`
  mutation GiveBack($input: ReleaseRunInput!) { releaseRun(input: $input) { run { status parked } } }
`);

/** A run that its runner holds and in whose turn it asks; everything is an operator's, who needs no token. */
async function begin() {
  const input = { projectId: "p", backendProfile: "codex", turn: { payload: {} }, claim: { runnerId } };
  const { sessionId } = await createSession(here);
  const { createRun: begun } = await here.ask(beginHeld, { input: { ...input, session: { sessionId } } });
  const runId = begun.run.id;
  return { runId, turnId: found(begun.command).id, id: await openRequest(here, runId) };
}
type Begun = Awaited<ReturnType<typeof begin>>;

const giveUp = { terminalStatus: "BLOCKED" as const };

describe(`in ${rounds} races an answer reaches a runner once, against`, () => {
  it.each<[string, (begun: Begun) => Promise<unknown>]>([
    ["a release", ({ runId }) => there.ask(giveBack, { input: { runId } })],
    ["parking", ({ runId }) => there.ask(giveBack, { input: { runId, untilCommand: true } })],
    ["the end of its run as BLOCKED", ({ runId }) => finishRun(there, runId, giveUp)],
    [
      "the end of its turn and then of its run as BLOCKED",
      async ({ runId, turnId }) => {
        await finishCommand(there, turnId, giveUp);
        await finishRun(there, runId, giveUp);
      },
    ],
    [
      "the end of its lease",
      async ({ runId }) => {
        await passLease(node, runId);
        await expireRunLease(node, runId);
      },
    ],
    [
      "its expiry",
      async ({ id }) => {
        await node.pool.query("UPDATE input_request SET expires_at = clock_timestamp() WHERE id = $1", [id]);
        await expireInputRequest(node, id);
      },
    ],
  ])(
    "%s",
    async (what, rival) => {
      let round = 0;
      const asked = await times(rounds, async () => {
        const begun = await begin();
        round += 1;
        const first = round % 3 === 0 ? Promise.resolve() : here.call(`{ __typename }`);
        const isLate = round % 2 === 0;
        const [given] = await Promise.all([
          (isLate ? first : Promise.resolve()).then(() => here.call(answerDocument, answer(begun.id))),
          (isLate ? Promise.resolve() : first).then(() => rival(begun)),
        ]);
        expectTaken(given, what === "its expiry");
        return begun.id;
      });
      await expectTold(asked);
      expect(await findFaults(node.pool, askedRules)).toEqual([]);
    },
    timeout,
  );
});

it(
  `in ${rounds} rounds of eight answers on two nodes one is taken, one command tells it, and the others learn whose it was`,
  async () => {
    const calls = await Promise.all(
      readers.map(async (reader, number) => {
        const url = (number % 2 ? service : other).url;
        return patient(callerOf(url, await tokenFor("acme", ["reader"], reader, 36_000)));
      }),
    );
    const commandsOfRun = graphql(`
    query CommandsOfAsked($id: ID!) { run(id: $id) { commands { nodes { type answers { id answer { answeredBy } } } } } }
  `);
    for (let round = 0; round < rounds; round += 1) {
      const runId = await createRun(here);
      const id = await openRequest(here, runId);
      const answers = await Promise.all(
        calls.map((call, n) => call(answerDocument, answer(id, { value: n }))),
      );
      const [winner, ...more] = readers.filter((_, n) => answers[n]?.data);
      expect(more).toEqual([]);
      const refusal = { code: "ALREADY_TERMINAL", details: { state: "ANSWERED", answeredBy: winner } };
      const refused = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions) ?? []);
      expect(refused).toMatchObject(Array.from({ length: 7 }, () => refusal));
      const { run } = await here.ask(commandsOfRun, { id: runId });
      const told = { type: "ANSWER", answers: [{ id, answer: { answeredBy: winner } }] };
      expect(run?.commands.nodes).toEqual([told]);
    }
  },
  timeout,
);

function expectTaken({ errors }: Answer<unknown>, mayBeLate: boolean): void {
  const [error] = errors ?? [];
  if (!error) return;
  expect(mayBeLate).toBe(true);
  expect(error.extensions).toMatchObject({ code: "ALREADY_TERMINAL", details: { state: "EXPIRED" } });
}

/** Each of these requests is closed, and one waiting command of a run that a runner can take tells it. */
async function expectTold(ids: readonly string[]): Promise<void> {
  const { rows } = await node.pool.query(
    `SELECT request.id, request.state, run.status, parked, command.type, command.state AS command FROM input_request AS request
      LEFT JOIN command ON command.id = command_id LEFT JOIN run ON run.id = command.run_id
    WHERE request.id = ANY($1) AND NOT coalesce(request.state IN ('ANSWERED', 'EXPIRED') AND command.state = 'PENDING'
      AND run.status IN ('PENDING', 'CLAIMED') AND NOT parked, false)`,
    [ids],
  );
  expect(rows).toEqual([]);
}

describe("a turn that carries an answer", () => {
  /** Asks in a turn that ends BLOCKED, and answers while the run lives: the answer comes as a turn of the run. */
  async function carry() {
    const begun = await begin();
    await finishCommand(here, begun.turnId, giveUp);
    await here.ask(answerDocument, answer(begun.id));
    const { command } = found((await readRequest(here, begun.id)).answer);
    expect(command).toMatchObject({ type: "TURN", run: { id: begun.runId } });
    return { ...begun, carrierId: found(command).id };
  }
  const commandOf = async (id: string) => found((await readRequest(here, id)).answer).command;

  it("and was not taken when its run ended BLOCKED is told by the run that goes on", async () => {
    const { id, runId } = await carry();
    await finishRun(here, runId, giveUp);
    const told = found(await commandOf(id));
    expect(told.run.id).not.toBe(runId);
    expect(told).toMatchObject({
      type: "TURN",
      payload: { answers: [{ inputRequestId: id, value: "yes" }] },
    });
  });

  it("is told with what is still open, once that is closed too", async () => {
    const { id, runId } = await carry();
    const second = await openRequest(here, runId, { choices: ["a"] });
    await finishRun(here, runId, giveUp);
    expect(await commandOf(id)).toBe(null);
    await here.ask(answerDocument, answer(second, { value: undefined, choiceIds: ["a"] }));
    const told = found(await commandOf(second));
    expect(told.payload).toMatchObject({ answers: [{ inputRequestId: id }, { inputRequestId: second }] });
    expect((await commandOf(id))?.id).toBe(told.id);
  });

  it.each<[string, (carrierId: string) => Promise<unknown>]>([
    ["taken", (carrierId) => acknowledgeCommand(here, carrierId)],
    ["done", (carrierId) => finishCommand(here, carrierId)],
    ["cancelled", (carrierId) => cancelCommand(here, carrierId)],
  ])("and was %s is not told again", async (_what, end) => {
    const { id, runId, carrierId } = await carry();
    await end(carrierId);
    await finishRun(here, runId, giveUp);
    expect((await commandOf(id))?.id).toBe(carrierId);
  });
});

describe("answers with which a run begins", () => {
  /** A run that ended BLOCKED is answered: a run begins with the answer, and asks something else. */
  async function goOn() {
    const { runId } = await createSession(here);
    const first = await openRequest(here, runId);
    await finishRun(here, runId, giveUp);
    await here.ask(answerDocument, answer(first));
    const { command } = found((await readRequest(here, first)).answer);
    const next = found(command).run.id;
    expect(next).not.toBe(runId);
    return { first, next, carrierId: found(command).id };
  }
  const toldBy = async (id: string) => found((await readRequest(here, id)).answer).command;
  const told = (...ids: string[]) => ({ answers: ids.map((inputRequestId) => ({ inputRequestId })) });

  it("are told again, with what it asked itself, if it ends BLOCKED before it takes them", async () => {
    const { first, next } = await goOn();
    const second = await openRequest(here, next);
    await finishRun(here, next, giveUp);
    expect(await toldBy(first)).toBe(null);
    expect(await findFaults(node.pool, askedRules)).toEqual([]);
    await here.ask(answerDocument, answer(second));
    const carrier = found(await toldBy(second));
    expect(carrier).toMatchObject({ type: "TURN", payload: told(first, second) });
    expect((await toldBy(first))?.id).toBe(carrier.id);

    // And so on, also if a run in between asks nothing.
    await finishRun(here, carrier.run.id, giveUp);
    const last = found(await toldBy(first));
    expect(last.payload).toMatchObject(told(first, second));
    const third = await openRequest(here, last.run.id);
    await finishRun(here, last.run.id, giveUp);
    await here.ask(answerDocument, answer(third));
    expect((await toldBy(first))?.payload).toMatchObject(told(first, second, third));
    expect(await findFaults(node.pool, askedRules)).toEqual([]);
  });

  it("are not told again once it has taken them", async () => {
    const { first, next, carrierId } = await goOn();
    await acknowledgeCommand(here, carrierId);
    const second = await openRequest(here, next);
    await finishRun(here, next, giveUp);
    await here.ask(answerDocument, answer(second));
    expect((await toldBy(second))?.payload).toMatchObject(told(second));
    expect((await toldBy(first))?.id).toBe(carrierId);
  });
});

it("what a person's turn answered begins no run, also if the turn was not taken", async () => {
  const { sessionId, runId } = await createSession(here);
  await openRequest(here, runId);
  await createCommand(here, runId, "TURN", { prompt: "do it" });
  await finishRun(here, runId, giveUp);
  const next = await createRun(here, { session: { sessionId } });
  const runs = graphql(`
    query RunsAfterTurn($sessionId: String!) { session(by: { sessionId: $sessionId }) { runs { nodes { id } } } }
  `);
  const { session } = await here.ask(runs, { sessionId });
  expect(
    found(session)
      .runs.nodes.map(({ id }) => id)
      .toSorted(),
  ).toEqual([runId, next].toSorted());
});

describe("an answer for which a run that ended BLOCKED waits is told by the run that goes on, if a person's words answer the rest:", () => {
  const words = { prompt: "the blue one" };
  it.each<[string, (sessionId: string, liveId: string) => Promise<unknown>]>([
    ["a steer of another run", (_sessionId, liveId) => createCommand(here, liveId, "STEER", words)],
    [
      "the turn of a new run",
      (sessionId) => createRun(here, { session: { sessionId }, turn: { payload: words } }),
    ],
  ])("%s", async (_what, say) => {
    const { sessionId, runId } = await createSession(here);
    const liveId = await createRun(here, { session: { sessionId } });
    const approval = await openRequest(here, runId, { kind: "approval" });
    const question = await openRequest(here, runId);
    await finishRun(here, runId, giveUp);
    await here.ask(answerDocument, answer(approval, { decision: "APPROVED", value: null }));
    await say(sessionId, liveId);
    expect((await readRequest(here, question)).answer).toMatchObject({ value: "the blue one" });
    const { command } = found((await readRequest(here, approval)).answer);
    expect(command).toMatchObject({ type: "TURN", payload: { answers: [{ inputRequestId: approval }] } });
    expect([runId, liveId]).not.toContain(command?.run.id);
    expect(await findFaults(node.pool, askedRules)).toEqual([]);
  });
});
