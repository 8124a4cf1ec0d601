import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import {
  type Asks,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { mark, readAttention } from "../support/attention.js";
import { createRun, createSession, uniqueName } from "../support/work.js";

let service: TestService;
let ask: Asks["ask"];
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  ask = await askerOf("acme");
});
afterAll(() => service.close());

async function askerOf(tenant: string): Promise<Asks["ask"]> {
  return asking(callerOf(service.url, await tokenFor(tenant))).ask;
}

const create = graphql(`
  mutation CreateRunWithKey($input: CreateRunInput!) {
    createRun(input: $input) { replayed made: run { id } }
  }
`);
const command = graphql(`
  mutation CreateCommandWithKey($input: CreateCommandInput!) {
    createCommand(input: $input) { replayed made: command { id } }
  }
`);
const append = graphql(`
  mutation AppendEventsWithKey($input: AppendEventsInput!) {
    appendEvents(input: $input) { replayed made: events { id } }
  }
`);
const turn = { type: "TURN", payload: { prompt: "same" } } as const;
const events = { events: [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: "same" } }] };

/** Sends each once, then each again: all are new, and each then finds its own. */
async function expectApart(sends: (() => Promise<object>)[]): Promise<void> {
  const answers = async () => {
    const all: { replayed: boolean; made: unknown }[] = [];
    for (const send of sends) {
      const [answer] = Object.values(await send());
      all.push(answer as (typeof all)[number]);
    }
    return all;
  };
  const first = await answers();
  expect(first.map(({ replayed }) => replayed)).toEqual(sends.map(() => false));
  expect(new Set(first.map(({ made }) => JSON.stringify(made))).size).toBe(sends.length);
  expect(await answers()).toEqual(first.map(({ made }) => ({ replayed: true, made })));
}

describe("a key that was used in one place is free in another:", () => {
  it("a run's key in each project, wherever a colon or a slash stands", async () => {
    const places = ["a", "a:b", "a:b:c", "a/b", "a\u001fb"].flatMap((projectId) =>
      ["k", "b:k", "b:c:k", "c:k", "b/k"].map((idempotencyKey) => ({ projectId, idempotencyKey })),
    );
    await expectApart(
      places.map((place) => () => ask(create, { input: { backendProfile: "codex", ...place } })),
    );
  });

  it("a run's key in each tenant", async () => {
    const places: [tenant: string, projectId: string, idempotencyKey: string][] = [
      ["t", "a:b", "k"],
      ["t:a", "b", "k"],
      ["t", "a", "b:k"],
      ["t:a:b", "p", "k"],
    ];
    const sends = await Promise.all(
      places.map(async ([tenant, projectId, idempotencyKey]) => {
        const asTenant = await askerOf(tenant);
        const input = { projectId, idempotencyKey, backendProfile: "codex" };
        return () => asTenant(create, { input });
      }),
    );
    await expectApart(sends);
  });

  it("a command's key in each run, and a batch's key likewise", async () => {
    const runIds = [await createRun({ ask }), await createRun({ ask })];
    const keys = ["k", `${runIds[1]}:k`, "k:1"];
    const inputs = runIds.flatMap((runId) => keys.map((idempotencyKey) => ({ runId, idempotencyKey })));
    await expectApart([
      ...inputs.map((input) => () => ask(command, { input: { ...input, ...turn } })),
      ...inputs.map((input) => () => ask(append, { input: { ...input, ...events } })),
    ]);
  });
});

it("sessions whose paths read alike are two", async () => {
  const end = uniqueName("session");
  const query = graphql(`query SessionPath($by: SessionRef!) { session(by: $by) { id sessionPath } }`);
  const sessions = [];
  for (const [projectId, sessionId] of [
    ["p/q", end],
    ["p", `q/${end}`],
  ] as const) {
    await createRun({ ask }, { projectId, session: { sessionId } });
    sessions.push((await ask(query, { by: { sessionId } })).session);
  }
  const [one, other] = [found(sessions[0]), found(sessions[1])];
  expect(one.sessionPath).toBe(other.sessionPath);
  expect(one.id).not.toBe(other.id);
});

it("readers whose names begin alike mark apart", async () => {
  const { sessionId } = await createSession({ ask });
  const readers = ["ada", "ada:x", "ada/x", "ADA", "ada "];
  for (const readerId of readers.slice(1)) await mark({ ask }, "markSessionRead", sessionId, { readerId });
  for (const readerId of readers) {
    const { state } = await readAttention({ ask }, sessionId, readerId);
    expect([readerId, state]).toEqual([readerId, readerId === "ada" ? "UNREAD" : "READ"]);
  }
});
