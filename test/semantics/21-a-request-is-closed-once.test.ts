import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAttention } from "../support/attention.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { answerDocument, closeDocument, openRequest, readRequest } from "../support/requests.js";
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
  appendEvents,
  cancelCommand,
  cancelRun,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
} from "../support/work.js";

let service: TestService;
let asks: Asks;
let operator: ReturnType<typeof callerOf>;
let reader: ReturnType<typeof callerOf>;
let runner: ReturnType<typeof callerOf>;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth, sweepMs: 50 } });
  operator = callerOf(service.url, await tokenFor("acme", ["operator"], "olga"));
  asks = asking(operator);
  reader = callerOf(service.url, await tokenFor("acme", ["reader"], "ada"));
  runner = callerOf(service.url, await tokenFor("acme", ["reader", "runner"], "rob"));
});
afterAll(() => service.close());

const answer = (id: string, more: object = {}) => ({
  input: { id, decision: "ANSWERED" as const, value: "yes", ...more },
});
const stateOf = async (id: string) => (await readRequest(asks, id)).state;
const phasesOf = async (runId: string) =>
  (await readEvents(asks, runId)).map(({ type, payload }) => payload.phase ?? type);

describe("an answer", () => {
  it("is a reader's, tells the runner by a command before the event that closes it, and is told with it", async () => {
    const { sessionId, runId } = await createSession(asks);
    const id = await openRequest(asks, runId, { requestId: "q1", toolCallId: "t1" });
    expect((await readAttention(asks, sessionId)).reason).toBe("NEEDS_INPUT");
    const { data } = await reader(answerDocument, answer(id, { comment: "go" }));
    const payload = {
      inputRequestId: id,
      requestId: "q1",
      toolCallId: "t1",
      kind: "question",
      decision: "answered",
      choiceIds: [],
      value: "yes",
      comment: "go",
      answeredBy: "ada",
    };
    expect(data?.answerInputRequest).toMatchObject({
      inputRequest: {
        state: "ANSWERED",
        answer: { answeredBy: "ada", command: { type: "ANSWER", state: "PENDING", payload } },
      },
      session: { sessionId },
      run: { id: runId, resumes: null },
      replayed: false,
    });
    expect(await phasesOf(runId)).toEqual([
      "run-created",
      "INPUT_REQUEST",
      "command-created",
      "input-closed",
    ]);
    expect((await readEvents(asks, runId)).at(-1)?.payload).toEqual({
      phase: "input-closed",
      inputRequestId: id,
      state: "answered",
      decision: "answered",
      answeredBy: "ada",
    });
    expect((await readAttention(asks, sessionId)).reason).toBe("IDLE");
  });

  it("is given once: of eight at the same time one is taken, and the others learn whose", async () => {
    const { runId } = await createSession(asks);
    const id = await openRequest(asks, runId);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        (n % 2 ? reader : operator)(answerDocument, answer(id, { value: n })),
      ),
    );
    const taken = answers.filter(({ data }) => data);
    expect(taken).toHaveLength(1);
    const by = taken[0]?.data?.answerInputRequest.inputRequest.answer?.answeredBy;
    for (const { errors } of answers.filter(({ data }) => !data)) {
      expect(errors?.[0]?.extensions).toMatchObject({
        code: "ALREADY_TERMINAL",
        details: { state: "ANSWERED", answeredBy: by, closedAt: expect.any(String) },
      });
    }
    expect((await phasesOf(runId)).filter((phase) => phase === "command-created")).toHaveLength(1);
  });

  it("with a key may be sent again, and gives the first; another answer with that key is refused", async () => {
    const { runId } = await createSession(asks);
    const id = await openRequest(asks, runId);
    await reader(answerDocument, answer(id, { idempotencyKey: "k" }));
    const { data } = await reader(answerDocument, answer(id, { idempotencyKey: "k" }));
    expect(data?.answerInputRequest).toMatchObject({ replayed: true, run: { id: runId } });
    const other = answer(id, { idempotencyKey: "k", value: "no" });
    expect(await codeOf(reader(answerDocument, other))).toBe("IDEMPOTENCY_KEY_REUSED");
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string | undefined]>([
    ["a question is not approved", {}, { decision: "APPROVED" }, "input.decision"],
    ["an approval is not answered", { kind: "approval" }, { decision: "ANSWERED" }, "input.decision"],
    ["an approval is approved without a word", { kind: "approval" }, { decision: "APPROVED" }, undefined],
    ["a question is declined without a word", {}, { decision: "DENIED" }, undefined],
    ["an answer says something", {}, { decision: "ANSWERED" }, "input"],
    ["a comment is enough", {}, { decision: "ANSWERED", comment: "x" }, undefined],
    [
      "a choice is one of the request's",
      { choices: ["a"] },
      { decision: "ANSWERED", choiceIds: ["b"] },
      "input.choiceIds.0",
    ],
    [
      "one choice",
      { choices: ["a", "b"] },
      { decision: "ANSWERED", choiceIds: ["a", "b"] },
      "input.choiceIds",
    ],
    [
      "several where they may be",
      { choices: ["a", "b"], multiple: true },
      { decision: "ANSWERED", choiceIds: ["a", "b"] },
      undefined,
    ],
    [
      "a choice that means no is no yes",
      { kind: "approval", choices: [{ id: "n", decision: "denied" }] },
      { decision: "APPROVED", choiceIds: ["n"] },
      "input.choiceIds.0",
    ],
    [
      "a value fits the schema",
      { answerSchema: { type: "integer" } },
      { decision: "ANSWERED", value: "1" },
      "input.value",
    ],
    [
      "a value that fits",
      { answerSchema: { type: "integer" } },
      { decision: "ANSWERED", value: 1 },
      undefined,
    ],
    [
      "a value that fits a schema whose names objects have by themselves",
      { answerSchema: { type: "object", constructor: 1, properties: { toString: { type: "integer" } } } },
      { decision: "ANSWERED", value: {} },
      undefined,
    ],
    [
      "no value that takes too long to judge",
      { answerSchema: { allOf: Array.from({ length: 700 }, () => ({ uniqueItems: true })) } },
      { decision: "ANSWERED", value: Array.from({ length: 3_200 }, (_, n) => n) },
      "input.value",
    ],
    ["declining fits any schema", { answerSchema: { type: "integer" } }, { decision: "DENIED" }, undefined],
    [
      "no pattern is judged",
      { answerSchema: { pattern: "^(a+)+$" } },
      { decision: "ANSWERED", value: "b" },
      undefined,
    ],
    ...[
      { type: ["string", "null"], $comment: "of the host" },
      { type: "string", examples: ["correct horse"] },
      { enum: ["a", "b"] },
    ].map((token): [string, Record<string, unknown>, Record<string, unknown>, undefined] => [
      "a schema that tells of a credential is one as before",
      { answerSchema: { type: "object", properties: { token, note: { type: "string" } } } },
      { decision: "ANSWERED", value: { note: "go on" } },
      undefined,
    ]),
    ["no secret", {}, { decision: "ANSWERED", value: `ghp_${"a1B2".repeat(9)}` }, "input.value"],
    ["nor the mark of one", {}, { decision: "ANSWERED", comment: "[REDACTED]" }, "input.comment"],
  ])("%s", async (_rule, asked, given, field) => {
    const { runId } = await createSession(asks);
    const id = await openRequest(asks, runId, asked);
    const { errors } = await reader(answerDocument, { input: { id, ...given } as never });
    expect(errors?.[0]?.extensions["details"]).toEqual(field === undefined ? undefined : { field });
    expect(await stateOf(id)).toBe(field === undefined ? "ANSWERED" : "OPEN");
  });

  it("to an approval is not given by the caller whose runner asks for it", async () => {
    const { runId } = await createSession(asks);
    const held = await claim(asking(runner), runId);
    const approval = await openRequest(asking(runner), runId, { kind: "approval" }, held.leaseToken);
    const question = await openRequest(asking(runner), runId, {}, held.leaseToken);
    const approve = { input: { id: approval, decision: "APPROVED" as const } };
    expect(await codeOf(runner(answerDocument, approve))).toBe("FORBIDDEN");
    expect(await codeOf(runner(answerDocument, answer(question)))).toBeUndefined();
    expect(await codeOf(reader(answerDocument, approve))).toBeUndefined();
  });

  it("to what is not there is NOT_FOUND, to what is no id BAD_USER_INPUT", async () => {
    expect(await codeOf(reader(answerDocument, answer(`inp_${"0".repeat(32)}`)))).toBe("NOT_FOUND");
    expect(await codeOf(reader(answerDocument, answer("x")))).toBe("BAD_USER_INPUT");
  });
});

describe("what closes a request otherwise", () => {
  it("its expiresAt: EXPIRED, and the runner is told that none came", async () => {
    const { sessionId, runId } = await createSession(asks);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const id = await openRequest(asks, runId, { kind: "approval", expiresAt });
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query("UPDATE input_request SET expires_at = clock_timestamp() WHERE id = $1", [id]);
    await client.end();
    await expect.poll(() => stateOf(id)).toBe("EXPIRED");
    const commands = graphql(
      `query CommandsOf($id: ID!) { run(id: $id) { commands { nodes { type payload answers { id } } } } }`,
    );
    expect((await asks.ask(commands, { id: runId })).run?.commands.nodes).toEqual([
      {
        type: "ANSWER",
        payload: { inputRequestId: id, requestId: null, toolCallId: null, kind: "approval", expired: true },
        answers: [{ id }],
      },
    ]);
    expect((await readAttention(asks, sessionId)).reason).toBe("IDLE");
    expect(await codeOf(reader(answerDocument, { input: { id, decision: "APPROVED" } }))).toBe(
      "ALREADY_TERMINAL",
    );
  });

  it.each(["TURN", "STEER"] as const)(
    "a %s: the plain questions of its own run and of ended runs of its session",
    async (type) => {
      const { sessionId, runId } = await createSession(asks);
      const session = { sessionId };
      const ended = await createRun(asks, { session });
      const other = await createRun(asks, { session });
      const [plain, choice, approval, ofEnded, ofOther] = [
        await openRequest(asks, runId),
        await openRequest(asks, runId, { choices: ["a"] }),
        await openRequest(asks, runId, { kind: "approval" }),
        await openRequest(asks, ended),
        await openRequest(asks, other),
      ];
      await finishRun(asks, ended, { terminalStatus: "BLOCKED" });
      const command = await createCommand(asks, runId, type, { prompt: "do it" });
      const states = await Promise.all([plain, choice, approval, ofEnded, ofOther].map(stateOf));
      expect(states).toEqual(["ANSWERED", "OPEN", "OPEN", "ANSWERED", "OPEN"]);
      expect((await readRequest(asks, plain)).answer).toMatchObject({
        decision: "ANSWERED",
        value: "do it",
        answeredBy: "olga",
        command: { id: command },
      });
      expect((await readAttention(asks, sessionId)).reason).toBe("NEEDS_APPROVAL");
    },
  );

  it("an interrupt closes none", async () => {
    const { runId } = await createSession(asks);
    const id = await openRequest(asks, runId);
    await createCommand(asks, runId, "INTERRUPT");
    expect(await stateOf(id)).toBe("OPEN");
  });

  it.each([
    ["COMPLETED", "WITHDRAWN"],
    ["FAILED", "WITHDRAWN"],
    ["CANCELLED", "WITHDRAWN"],
    ["BLOCKED", "OPEN"],
  ] as const)("the end of its run as %s leaves it %s", async (terminalStatus, state) => {
    const { runId } = await createSession(asks);
    await createCommand(asks, runId);
    const id = await openRequest(asks, runId);
    if (terminalStatus === "CANCELLED") await cancelRun(asks, runId);
    else await finishRun(asks, runId, { terminalStatus });
    expect(await stateOf(id)).toBe(state);
    const phases = await phasesOf(runId);
    if (state === "OPEN") expect(phases).not.toContain("input-closed");
    else expect(phases.indexOf("input-closed")).toBeLessThan(phases.indexOf("command-terminal"));
  });

  it.each([
    ["COMPLETED", "WITHDRAWN"],
    ["BLOCKED", "OPEN"],
  ] as const)(
    "the end of its turn as %s leaves it %s, and that of another turn leaves it",
    async (terminalStatus, state) => {
      const { runId } = await createSession(asks);
      const turn = await createCommand(asks, runId);
      const other = await createCommand(asks, runId);
      const id = await openRequest(asks, runId, { choices: ["a"] });
      await cancelCommand(asks, other);
      expect(await stateOf(id)).toBe("OPEN");
      await finishCommand(asks, turn, { terminalStatus });
      expect(await stateOf(id)).toBe(state);
    },
  );

  it("the expiry of its session, also of a run that ended BLOCKED", async () => {
    const { sessionId, runId } = await createSession(asks);
    const id = await openRequest(asks, runId);
    await finishRun(asks, runId, { terminalStatus: "BLOCKED" });
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query("UPDATE session SET expires_at = clock_timestamp() WHERE name = $1", [sessionId]);
    await client.end();
    await expect.poll(() => stateOf(id)).toBe("WITHDRAWN");
  });

  it("its runner: answered elsewhere, or not needed any more; no command tells it", async () => {
    const { runId } = await createSession(asks);
    const held = await claim(asking(runner), runId);
    const [first, second] = [
      await openRequest(asking(runner), runId, { choices: ["a"] }, held.leaseToken),
      await openRequest(asking(runner), runId, {}, held.leaseToken),
    ];
    expect(await codeOf(runner(closeDocument, { input: { id: first } }))).toBe("RUNNER_LEASE_CONFLICT");
    const { leaseToken } = held;
    const wrong = { id: first, leaseToken, decision: "ANSWERED" as const, choiceIds: ["b"] };
    expect(await codeOf(runner(closeDocument, { input: wrong }))).toBe("BAD_USER_INPUT");
    for (const decision of ["ANSWERED", null] as const) {
      const large = { id: first, leaseToken, decision, choiceIds: ["a"], value: "ä".repeat(8_192) };
      const { errors } = await runner(closeDocument, { input: large });
      expect(errors?.[0]?.message).toBe("input.value must have at most 16384 bytes as JSON");
    }
    expect(await stateOf(first)).toBe("OPEN");
    const { data } = await runner(closeDocument, { input: { ...wrong, choiceIds: ["a"] } });
    expect(data?.closeInputRequest.inputRequest).toMatchObject({
      state: "ANSWERED",
      answer: { decision: "ANSWERED", answeredBy: null, command: null },
    });
    await runner(closeDocument, { input: { id: second, leaseToken } });
    expect(await stateOf(second)).toBe("WITHDRAWN");
    // A closed one stays as it is.
    const again = await runner(closeDocument, { input: { id: second, leaseToken, decision: "DENIED" } });
    expect(again.data?.closeInputRequest.inputRequest.state).toBe("WITHDRAWN");
  });
});

describe("from its expiresAt on, also before anybody looks for what is due, it", () => {
  let quiet: TestService;
  let client: pg.Client;
  beforeAll(async () => {
    quiet = await startService();
    client = new pg.Client({ connectionString: quiet.databaseUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await quiet.close();
  });

  const ahead = () => new Date(Date.now() + 3_600_000).toISOString();
  async function runOut(runId: string, payload: object): Promise<string> {
    const id = await openRequest(quiet, runId, { ...payload, expiresAt: ahead() });
    await client.query("UPDATE input_request SET expires_at = clock_timestamp() WHERE id = $1", [id]);
    return id;
  }

  it("does not go on where the agent asks the same again: that opens another", async () => {
    const { sessionId, runId } = await createSession(quiet);
    const first = await runOut(runId, { requestId: "r" });
    const again = { type: "INPUT_REQUEST" as const, payload: { prompt: "Deploy?", requestId: "r" } };
    const occurredAt = new Date(Date.now() - 3_600_000).toISOString();
    await appendEvents(quiet, { runId, events: [{ ...again, occurredAt }] });
    const second = await openRequest(quiet, runId, { requestId: "r" });
    expect(second).not.toBe(first);
    const { state, closedAt, expiresAt } = await readRequest(quiet, first);
    expect(state).toBe("EXPIRED");
    expect(Date.parse(found(closedAt))).toBeGreaterThanOrEqual(Date.parse(found(expiresAt)));
    const commands = "SELECT type, payload->>'inputRequestId' AS id FROM command WHERE run_id = $1";
    const { rows } = await client.query(commands, [runId]);
    expect(rows).toEqual([{ type: "ANSWER", id: first }]);
    expect((await readAttention(quiet, sessionId)).reason).toBe("NEEDS_INPUT");
  });

  it("is not one of the 100 that a run may have", async () => {
    const { runId } = await createSession(quiet);
    await runOut(runId, {});
    const events = Array.from({ length: 100 }, () => ({
      type: "INPUT_REQUEST" as const,
      payload: { prompt: "?" },
    }));
    await appendEvents(quiet, { runId, events });
  });

  it.each(["TURN", "STEER"] as const)("is not answered by a %s", async (type) => {
    const { runId } = await createSession(quiet);
    const other = await openRequest(quiet, runId);
    const past = await runOut(runId, {});
    await createCommand(quiet, runId, type, { prompt: "do it" });
    expect((await readRequest(quiet, past)).state).toBe("OPEN");
    expect((await readRequest(quiet, other)).state).toBe("ANSWERED");
  });

  it.each([null, "APPROVED"] as const)("is not closed by its runner (%s)", async (decision) => {
    const { runId } = await createSession(quiet);
    const id = await runOut(runId, { kind: "approval" });
    const { closeInputRequest } = await quiet.ask(closeDocument, { input: { id, decision } });
    expect(closeInputRequest.inputRequest).toMatchObject({ state: "EXPIRED", answer: null });
  });

  it("is not answered", async () => {
    const { runId } = await createSession(quiet);
    const id = await runOut(runId, {});
    const { errors } = await quiet.call(answerDocument, answer(id));
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "ALREADY_TERMINAL",
      details: { state: "EXPIRED" },
    });
  });
});

it("a lease that runs out keeps it open", async () => {
  const { runId } = await createSession(asks);
  const id = await openRequest(asks, runId);
  await claim(asks, runId);
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query("UPDATE run SET lease_expires_at = clock_timestamp() WHERE id = $1", [runId]);
  await client.end();
  await expect.poll(async () => (await phasesOf(runId)).at(-1)).toBe("lease-expired");
  expect(await stateOf(id)).toBe("OPEN");
});
