import { afterAll, beforeAll, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { type Answer, type TestService, startService } from "../support/start-service.js";
import { createRun, finishRun, readEvents, readSession, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const create = graphql(`
  mutation CreateRunOnce($input: CreateRunInput!) {
    createRun(input: $input) { replayed run { id lastEventSeq } }
  }
`);
const command = graphql(`
  mutation CreateCommandOnce($input: CreateCommandInput!) {
    createCommand(input: $input) { replayed command { id } }
  }
`);
const append = graphql(`
  mutation AppendEventsOnce($input: AppendEventsInput!) {
    appendEvents(input: $input) { replayed lastSeq events { seq ... on AssistantMessageEvent { text } } }
  }
`);
const events = (text: string) => [
  { type: "ASSISTANT_MESSAGE" as const, payload: { text, extra: { a: 1, b: 2 } } },
];

it("createRun with the same key and input gives the first run again, keys in any order", async () => {
  const idempotencyKey = uniqueName("key");
  const input = {
    projectId: "p",
    backendProfile: "codex",
    idempotencyKey,
    metadata: { a: 1, b: { c: 2, d: 3 } },
  };
  const first = (await service.ask(create, { input })).createRun;
  const again = (await service.ask(create, { input: { ...input, metadata: { b: { d: 3, c: 2 }, a: 1 } } }))
    .createRun;
  expect(first.replayed).toBe(false);
  expect(again).toEqual({ replayed: true, run: { id: first.run.id, lastEventSeq: 1 } });
});

it("createRun with the same key and an empty metadata, or none, gives the first run again", async () => {
  const sessionId = uniqueName("session");
  const ways = [
    { session: { sessionId } },
    { session: { sessionId, metadata: {} }, metadata: {} },
    { session: { sessionId, metadata: null }, metadata: null },
    { session: { sessionId }, metadata: {} },
  ];
  for (const first of ways) {
    const input = { projectId: "p", backendProfile: "codex", idempotencyKey: uniqueName("key") };
    const { run } = (await service.ask(create, { input: { ...input, ...first } })).createRun;
    for (const again of ways)
      expect((await service.ask(create, { input: { ...input, ...again } })).createRun).toMatchObject({
        replayed: true,
        run: { id: run.id },
      });
    for (const other of [{ metadata: { a: 1 } }, { session: { sessionId, metadata: { a: 1 } } }]) {
      const { errors } = await service.call(create, {
        input: { ...input, session: { sessionId }, ...other },
      });
      expect(errors?.[0]?.extensions).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
    }
  }
});

it("a key used again with other content is refused, and nothing is stored", async () => {
  const idempotencyKey = uniqueName("key");
  const runId = await createRun(service, { idempotencyKey });
  const refused = async (answer: Promise<Answer<unknown>>) => {
    const { errors } = await answer;
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
      failureKind: "schema-invalid",
      httpStatus: 409,
      retryable: false,
    });
  };
  const other = { projectId: "p", backendProfile: "codex", idempotencyKey, metadata: { other: true } };
  await refused(service.call(create, { input: other }));
  const turn = { runId, type: "TURN", payload: { prompt: "x" }, idempotencyKey } as const;
  await service.ask(command, { input: turn });
  await refused(service.call(command, { input: { ...turn, payload: { prompt: "y" } } }));
  await refused(service.call(command, { input: { ...turn, type: "STEER" } }));
  await service.ask(append, { input: { runId, events: events("x"), idempotencyKey } });
  await refused(service.call(append, { input: { runId, events: events("y"), idempotencyKey } }));
  expect(await readEvents(service, runId)).toHaveLength(3);
});

it("a replay writes no event and raises no version", async () => {
  const sessionId = uniqueName("session");
  const runId = await createRun(service, { session: { sessionId } });
  const input = { runId, type: "TURN", payload: { prompt: "x" }, idempotencyKey: "k" } as const;
  const first = (await service.ask(command, { input })).createCommand;
  const before = await readSession(service, sessionId);
  const again = (await service.ask(command, { input })).createCommand;
  expect(again).toEqual({ replayed: true, command: first.command });
  expect(await readSession(service, sessionId)).toEqual(before);
});

it("appendEvents with the same key and events gives what was stored, even after the run has ended", async () => {
  const runId = await createRun(service);
  const input = { runId, events: events("x"), idempotencyKey: "k" };
  const first = (await service.ask(append, { input })).appendEvents;
  await finishRun(service, runId);
  const again = (await service.ask(append, { input })).appendEvents;
  expect(again).toEqual({ ...first, replayed: true });
  const other = await service.call(append, { input: { ...input, idempotencyKey: "other" } });
  expect(other.errors?.[0]?.extensions).toMatchObject({ code: "ALREADY_TERMINAL", httpStatus: 409 });
});

it("the same key sent 20 times at once is stored once", async () => {
  const runId = await createRun(service);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      service.ask(append, { input: { runId, events: events("x"), idempotencyKey: "k" } }),
    ),
  );
  expect(new Set(answers.map(({ appendEvents }) => appendEvents.lastSeq))).toEqual(new Set([2]));
  expect(answers.filter(({ appendEvents }) => !appendEvents.replayed)).toHaveLength(1);
  const input = {
    projectId: "p",
    backendProfile: "codex",
    session: { sessionId: uniqueName("s") },
    idempotencyKey: uniqueName("k"),
  };
  const runs = await Promise.all(Array.from({ length: 20 }, () => service.ask(create, { input })));
  expect(new Set(runs.map(({ createRun }) => createRun.run.id)).size).toBe(1);
  expect(runs.filter(({ createRun }) => !createRun.replayed)).toHaveLength(1);
});
