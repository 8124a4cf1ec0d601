import { describe, expect, it } from "vitest";
import type { RunEventInput } from "../generated/documents/graphql.js";
import { followRun } from "../support/following/follow.js";
import { type RunEventType, normalizePayload, runEventTypes } from "../../src/domain/event.js";
import type { JsonObject } from "../../src/domain/json-value.js";
import { graphql } from "../support/graphql.js";
import { readAllRows } from "../support/node.js";
import { shareNode, shareService } from "../support/shared-service.js";
import {
  appendEvents as sendEvents,
  cancelCommand,
  cancelRun,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
  uniqueName,
} from "../support/work.js";

const service = shareService();
const node = shareNode(service);

/** A secret that nothing else holds. */
function newSecret(): string {
  return `ghp_${uniqueName("").replaceAll("-", "")}AbCd`;
}

const appendEvents = graphql(`
  mutation AppendRedacted($input: AppendEventsInput!) {
    appendEvents(input: $input) { replayed events { payload redactionCount } }
  }
`);
const register = graphql(`
  mutation RegisterRedacted($input: RegisterRunnerInput!) {
    registerRunner(input: $input) { runner { id attributes } }
  }
`);

const cancelDocument = graphql(`
  mutation CancelRedacted($input: CancelSessionInput!) { cancelSession(input: $input) { session { id } } }
`);

/** One for each type of event, with a secret where a runner may say something. */
const knownEvents = (secret: string): RunEventInput[] => [
  { type: "ASSISTANT_MESSAGE", payload: { text: `the token is ${secret}` } },
  { type: "USER_MESSAGE", payload: { text: secret } },
  {
    type: "TOOL_CALL",
    payload: { name: "Bash", input: { env: { GITHUB_TOKEN: secret } }, output: [secret] },
  },
  { type: "COMMAND_OUTPUT", payload: { text: `export GITHUB_TOKEN=${secret}` } },
  { type: "DIFF", payload: { diff: `+token: ${secret}`, path: ".env" } },
  { type: "ERROR", payload: { message: `401 for ${secret}` } },
  {
    type: "INPUT_REQUEST",
    payload: {
      prompt: `use ${secret}?`,
      action: { env: { GITHUB_TOKEN: secret } },
      choices: [{ id: "yes", label: secret, description: `use ${secret}` }, "no"],
      answerSchema: { title: secret, default: { note: secret } },
    },
  },
  {
    type: "PLAN",
    payload: { entries: [{ text: `use ${secret}`, status: "pending" }], note: secret },
  },
  { type: "USAGE", payload: { model: secret, inputTokens: 1, note: `Authorization: Bearer ${secret}` } },
  { type: "BACKEND_STATUS", payload: { phase: "ready", header: `Authorization: Bearer ${secret}` } },
];

/** An event of each type: one as an agent would tell it, or else one whose texts are all the secret. */
const eventsWith = (secret: string): RunEventInput[] =>
  runEventTypes
    .filter((type) => type !== "TERMINAL_STATUS")
    .map((type) => {
      const known = knownEvents(secret).find((event) => event.type === type);
      return known ?? { type, payload: payloadOf(type, `the token is ${secret}`) };
    });

/** The payload of an event of this type with this text wherever one is asked for. */
function payloadOf(type: RunEventType, text: string): Record<string, unknown> {
  const payload: JsonObject = {};
  for (;;) {
    try {
      return normalizePayload(type, payload, "payload");
    } catch (error) {
      const key = /^payload\.(\w+) must be a string$/.exec((error as Error).message)?.[1];
      if (key === undefined) throw error;
      payload[key] = text;
    }
  }
}

/** Everything that takes free text or JSON, each with its own. */
const places: [string, (secret: string) => Promise<unknown>][] = [
  ["the metadata of a run", (secret) => createRun(service, { metadata: { note: secret, deep: [[secret]] } })],
  [
    "the metadata and title of a session",
    (secret) => createSession(service, { metadata: { title: `use ${secret}`, [secret]: 1, apiKey: secret } }),
  ],
  [
    "a resource bundle",
    (secret) => createRun(service, { resourceBundle: { repoUrl: `https://me:${secret}@example.com/a.git` } }),
  ],
  [
    "the payload of a command, and the title by it",
    async (secret) => {
      const { runId } = await createSession(service);
      return createCommand(service, runId, "TURN", { prompt: `my token is ${secret}`, token: secret });
    },
  ],
  [
    "the message of a command's failure",
    async (secret) =>
      finishCommand(service, await createCommand(service, await createRun(service)), {
        terminalStatus: "FAILED",
        failureMessage: `password=${secret}`,
      }),
  ],
  [
    "the message of a run's failure",
    async (secret) => {
      const { runId } = await createSession(service);
      await createCommand(service, runId);
      return finishRun(service, runId, { terminalStatus: "FAILED", failureMessage: secret });
    },
  ],
  [
    "the reason of a cancel",
    async (secret) => {
      const runId = await createRun(service);
      await cancelCommand(service, await createCommand(service, runId), `leaked ${secret}`);
      return cancelRun(service, runId, `leaked ${secret}`);
    },
  ],
  [
    "the attributes of a runner",
    (secret) => service.ask(register, { input: { attributes: { host: "a", env: [`TOKEN=${secret}`] } } }),
  ],
  [
    "the events of a run, of every type that callers write",
    async (secret) =>
      service.ask(appendEvents, {
        input: { runId: await createRun(service), events: eventsWith(secret), idempotencyKey: "k" },
      }),
  ],
];

it.each(places)("a secret in %s is stored nowhere", async (_place, send) => {
  const secret = newSecret();
  await send(secret);
  const database = await readAllRows(node);
  expect(database).toContain("[REDACTED]");
  expect(database).not.toContain(secret.slice(4, -4));
});

it("what is left reads as before, with [REDACTED] in place of the secret, wherever it is read", async () => {
  const secret = newSecret();
  const { sessionId, runId } = await createSession(service, { metadata: { title: `use ${secret} now` } });
  const commandId = await createCommand(service, runId, "TURN", { prompt: `my token is ${secret}` });
  await finishCommand(service, commandId, { terminalStatus: "FAILED", failureMessage: `not ${secret}` });
  await cancelRun(service, runId, `leaked ${secret}`);
  const query = graphql(`
    query RedactedTexts($run: ID!, $command: ID!, $by: SessionRef!) {
      run(id: $run) { failureMessage } command(id: $command) { payload failureMessage }
      session(by: $by) { title }
    }
  `);
  expect(await service.ask(query, { run: runId, command: commandId, by: { sessionId } })).toEqual({
    run: { failureMessage: "leaked [REDACTED]" },
    command: { payload: { prompt: "my token is [REDACTED]" }, failureMessage: "not [REDACTED]" },
    session: { title: "use [REDACTED] now" },
  });
  const events = (await readEvents(service, runId)).map(({ payload }) => payload);
  expect(events).toMatchObject([
    { phase: "run-created" },
    { phase: "command-created" },
    { phase: "command-terminal", message: "not [REDACTED]" },
    { phase: "cancel-requested", reason: "leaked [REDACTED]" },
    { message: "leaked [REDACTED]" },
  ]);
});

it("an event counts what a reason or a message has lost that it tells, one that tells neither counts nothing", async () => {
  const secrets = `leaked ${newSecret()} and ${newSecret()}`;
  const failed = { terminalStatus: "FAILED", failureMessage: secrets } as const;
  const countsOf = async (end: (runId: string, commandId: string) => Promise<unknown>) => {
    const runId = await createRun(service);
    await end(runId, await createCommand(service, runId));
    return (await readEvents(service, runId)).slice(2).map(({ redactionCount }) => redactionCount);
  };
  expect(await countsOf((_run, commandId) => finishCommand(service, commandId, failed))).toEqual([2]);
  expect(await countsOf((_run, commandId) => cancelCommand(service, commandId, secrets))).toEqual([2]);
  expect(await countsOf((runId) => finishRun(service, runId, failed))).toEqual([2, 2]);
  expect(await countsOf((runId) => cancelRun(service, runId, secrets))).toEqual([0, 2, 2]);

  const { sessionId, runId } = await createSession(service);
  await service.ask(cancelDocument, { input: { session: { sessionId }, reason: secrets } });
  const counts = (await readEvents(service, runId)).map(({ redactionCount }) => redactionCount);
  expect(counts).toEqual([0, 2, 2]);
});

it("redaction is done once: the answer, the log, a follower and a repeated batch all tell the same", async () => {
  const secret = newSecret();
  const runId = await createRun(service);
  const events = [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: `token ${secret}` } }];
  const input = { runId, events, idempotencyKey: "k" };
  const stored = { payload: { text: "token [REDACTED]" }, redactionCount: 1 };
  const first = await service.ask(appendEvents, { input });
  const again = await service.ask(appendEvents, { input });
  expect(first.appendEvents).toEqual({ replayed: false, events: [stored] });
  expect(again.appendEvents).toEqual({ replayed: true, events: [stored] });
  expect((await readEvents(service, runId))[1]).toMatchObject(stored);
  const { value } = await followRun(service.connect(), { runId, types: ["ASSISTANT_MESSAGE"] }).next();
  expect(value).toMatchObject({ events: [{ text: "token [REDACTED]" }] });
  const sentBack = { ...input, events: [{ type: "ASSISTANT_MESSAGE" as const, payload: stored.payload }] };
  const redacted = await service.ask(appendEvents, { input: { ...sentBack, idempotencyKey: "other" } });
  expect(redacted.appendEvents.events).toEqual([{ ...stored, redactionCount: 0 }]);
});

it("a key stands for what was sent: another secret in the same place is another payload", async () => {
  const runId = await createRun(service);
  const input = { runId, type: "TURN", idempotencyKey: "k" } as const;
  const create = graphql(`
    mutation CreateRedactedCommand($input: CreateCommandInput!) { createCommand(input: $input) { replayed } }
  `);
  const payload = { prompt: newSecret() };
  await service.ask(create, { input: { ...input, payload } });
  expect((await service.ask(create, { input: { ...input, payload } })).createCommand.replayed).toBe(true);
  const { errors } = await service.call(create, { input: { ...input, payload: { prompt: newSecret() } } });
  expect(errors?.[0]?.extensions["code"]).toBe("IDEMPOTENCY_KEY_REUSED");
});

it("a secret that is cut over two events of a batch is taken from both", async () => {
  const secret = newSecret();
  const runId = await createRun(service);
  const events = [secret.slice(0, 15), secret.slice(15)].map((text) => ({
    type: "ASSISTANT_MESSAGE" as const,
    payload: { text, messageId: "m1" },
  }));
  const { appendEvents: stored } = await service.ask(appendEvents, { input: { runId, events } });
  expect(stored.events).toEqual(
    [1, 2].map(() => ({ payload: { text: "[REDACTED]", messageId: "m1" }, redactionCount: 1 })),
  );
});

it("of a secret that is cut over two appends the second half is stored nowhere", async () => {
  const secret = newSecret();
  const runId = await createRun(service);
  const send = async (text: string, stream: string) => {
    const events = [{ type: "COMMAND_OUTPUT" as const, payload: { text, stream } }];
    return (await service.ask(appendEvents, { input: { runId, events } })).appendEvents.events[0];
  };
  await send(`out ${secret.slice(0, 15)}`, "stdout");
  await send("a line of the other stream", "stderr");
  expect(await send(`${secret.slice(15)} done`, "stdout")).toMatchObject({
    payload: { text: "[REDACTED] done" },
    redactionCount: 1,
  });
  expect(await readAllRows(node)).not.toContain(secret.slice(15));
});

describe("messages without a messageId", () => {
  const say = (text: string, type: RunEventInput["type"] = "ASSISTANT_MESSAGE"): RunEventInput => ({
    type,
    payload: { text },
  });
  const hash = "3f786850e387550fdab836ed7e6dc881de23001b";
  const asked = say("Should I look for the commit that broke the token:");
  const call: RunEventInput = { type: "TOOL_CALL", payload: { name: "Bash", input: {} } };
  const usage: RunEventInput = { type: "USAGE", payload: { inputTokens: 1 } };

  it.each<[string, RunEventInput[], boolean]>([
    ["another's message", [say("yes, find it", "USER_MESSAGE")], false],
    ["a thought", [say("Let me see.", "REASONING")], false],
    ["a tool call", [call], false],
    ["what a process prints", [say("ok\n", "COMMAND_OUTPUT")], false],
    ["a message with one", [{ type: "ASSISTANT_MESSAGE", payload: { text: "ok", messageId: "m" } }], false],
    ["nothing", [], true],
    ["what was used", [usage], true],
  ])(
    "with %s between them are read as one only if nothing else was said or done",
    async (_title, between, isOne) => {
      for (const inOne of [true, false]) {
        const runId = await createRun(service);
        const events = [asked, ...between, say(`${hash} broke it.`)];
        for (const batch of inOne ? [events] : events.map((event) => [event]))
          await sendEvents(service, { runId, events: batch });
        const last = (await readEvents(service, runId)).at(-1);
        expect(last?.payload.text).toBe(isOne ? "[REDACTED] broke it." : `${hash} broke it.`);
      }
    },
  );

  it("are searched each, however many there are in a batch", async () => {
    const runId = await createRun(service);
    const events = [0, 1].flatMap(() => [say("DB_PASSWORD="), say("hunter2Xq9zKw71"), call]);
    await sendEvents(service, { runId, events });
    const texts = (await readEvents(service, runId)).flatMap(({ payload }) => payload.text ?? []);
    expect(texts).toEqual(["DB_PASSWORD=", "[REDACTED]", "DB_PASSWORD=", "[REDACTED]"]);
  });
});

describe("an append that is refused", () => {
  const name = "export DB_PASSWORD=";
  const secret = "hunter2Xq9zKw71\n";
  const output = (text: string): RunEventInput[] => [{ type: "COMMAND_OUTPUT", payload: { text } }];
  const outputOf = async (runId: string) =>
    (await readEvents(service, runId))
      .filter(({ type }) => type === "COMMAND_OUTPUT")
      .map(({ payload }) => payload.text);

  it.each<[string, RunEventInput[], string, string]>([
    ["with the token of another lease", output(secret), "another", "RUNNER_LEASE_CONFLICT"],
    [
      "after it was redacted",
      [
        ...output(secret),
        {
          type: "INPUT_REQUEST",
          payload: { kind: "question", prompt: "?", url: `https://a:${secret.trim()}@b.test` },
        },
      ],
      "mine",
      "BAD_USER_INPUT",
    ],
  ])("%s changes nothing of what the run's next output loses", async (_title, events, token, code) => {
    const runId = await createRun(service);
    const { leaseToken } = await claim(service, runId);
    const refused = { runId, events, leaseToken: token === "mine" ? leaseToken : token };
    await sendEvents(service, { runId, leaseToken, events: output(name) });
    const { errors } = await service.call(appendEvents, { input: refused });
    expect(errors?.[0]?.extensions["code"]).toBe(code);
    await sendEvents(service, { runId, leaseToken, events: output(secret) });
    expect(await outputOf(runId)).toEqual([name, "[REDACTED]\n"]);
  });

  it.each(["", "another"])(
    "takes nothing from the run's next output, by the token %j",
    async (leaseToken) => {
      const runId = await createRun(service);
      const held = await claim(service, runId);
      const { errors } = await service.call(appendEvents, {
        input: { runId, leaseToken, events: output(name) },
      });
      expect(errors?.[0]?.extensions["code"]).toBe("RUNNER_LEASE_CONFLICT");
      await sendEvents(service, {
        runId,
        leaseToken: held.leaseToken,
        events: output("passed12of12 tests\n"),
      });
      expect(await outputOf(runId)).toEqual(["passed12of12 tests\n"]);
    },
  );
});

const job = {
  payloadHash: "sha256:1",
  attemptId: "a",
  runnerId: "r",
  namespace: "n",
  jobName: "j",
  managerUrl: "https://m.test",
  image: "i",
  sourceCommit: "c",
  result: {},
};
const run = { projectId: "p", backendProfile: "codex" };
const task = { projectId: "p", queue: "q", payload: {} };
const session = { sessionId: "s" };

/** Each name: the mutation, the field as a refusal names it, and an input that holds a secret there. */
const names: [string, string, (secret: string) => object][] = [
  ...Object.keys(run).map((name): (typeof names)[0] => [
    "createRun",
    `input.${name}`,
    (secret) => ({ ...run, [name]: secret }),
  ]),
  ...["sessionId", "conversationId", "threadId"].map((name): (typeof names)[0] => [
    "createRun",
    `input.session.${name}`,
    (secret) => ({ ...run, session: { ...session, [name]: secret } }),
  ]),
  ...["projectId", "queue", "lane", "backendProfile"].map((name): (typeof names)[0] => [
    "createQueueTask",
    `input.${name}`,
    (secret) => ({ ...task, [name]: secret }),
  ]),
  ["registerRunner", "input.name", (secret) => ({ name: `runner ${secret}` })],
  ["registerRunner", "input.backendProfiles.1", (secret) => ({ backendProfiles: ["codex", secret] })],
  ..."payloadHash attemptId runnerId namespace jobName image sourceCommit serviceAccountName"
    .split(" ")
    .map((name): (typeof names)[0] => [
      "saveRunnerJob",
      `input.${name}`,
      (secret) => ({ ...job, [name]: secret }),
    ]),
  ...["threadId", "turnId"].map((name): (typeof names)[0] => [
    "finishRun",
    `input.result.${name}`,
    (secret) => ({ result: { terminalStatus: "COMPLETED", [name]: secret } }),
  ]),
];

it.each(names)("%s refuses a secret in %s, and stores nothing", async (mutation, field, inputWith) => {
  const secret = newSecret();
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const needsRun = mutation === "saveRunnerJob" || mutation === "finishRun";
  const input = { ...inputWith(secret), ...(needsRun ? { runId: await createRun(service) } : {}) };
  const { errors } = await service.call(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`,
    { input },
  );
  expect(errors?.[0]).toMatchObject({
    message: `${field} must not hold a secret`,
    extensions: { code: "BAD_USER_INPUT" },
  });
  expect(await readAllRows(node)).not.toContain(secret.slice(4, -4));
});
