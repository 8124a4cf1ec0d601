import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TenantStore } from "../../src/store/store.js";
import { found } from "../support/found.js";
import { type Given, type Operation, graphql } from "../support/graphql.js";
import { openNode, readAllRows } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  appendEvents,
  cancelRun,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  readEvents,
} from "../support/work.js";

let service: TestService;
let node: TenantStore;
let runId: string;
let sessionId: string;
let commandId: string;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  ({ runId, sessionId } = await createSession(service));
  commandId = await createCommand(service, runId);
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

async function refusal<Variables = Record<string, unknown>>(
  document: Operation<unknown, Variables>,
  ...variables: Given<Variables>
) {
  const { errors } = await service.call(document, ...variables);
  expect(errors).toHaveLength(1);
  return errors?.[0] as NonNullable<typeof errors>[number];
}

const create = `mutation ($input: CreateRunInput!) { createRun(input: $input) { run { id } } }`;
const append = `mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`;
const command = `mutation ($input: CreateCommandInput!) { createCommand(input: $input) { replayed } }`;
const finish = `mutation ($input: FinishCommandInput!) { finishCommand(input: $input) { command { id } } }`;
const register = `mutation ($input: RegisterRunnerInput!) { registerRunner(input: $input) { runner { id } } }`;
const read = `mutation ($input: MarkSessionReadInput!) { markSessionRead(input: $input) { counts { total } } }`;
const readAll = `mutation ($input: MarkSessionsReadInput!) { markSessionsRead(input: $input) { changed } }`;
const snooze = `mutation ($input: SnoozeSessionInput!) { snoozeSession(input: $input) { counts { total } } }`;
const finishRun = `mutation ($input: FinishRunInput!) { finishRun(input: $input) { run { id } } }`;

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
const long = (count: number) => "é".repeat(count);
const event = (payload: unknown, type = "ASSISTANT_MESSAGE") => ({ type, payload });

// What is sent, with a place for each id: all of it is right but for what the case says.
const run = (input: object) => ({ projectId: "p", backendProfile: "codex", ...input });
const named = (session: object) => run({ session: { sessionId: "s", ...session } });
const turn = (input: object) => ({ runId: "%run", type: "TURN", payload: {}, ...input });
const ended = (result: object) => ({
  commandId: "%command",
  result: { terminalStatus: "FAILED", ...result },
});
const marked = (input: object) => ({ session: { sessionId: "%session" }, ...input });
const batch = (...events: unknown[]) => ({ runId: "%run", events });
const good = batch(event({ text: "" }));
const wordy = event({ text: "", stream: "stdin" }, "COMMAND_OUTPUT");
const completed = { terminalStatus: "COMPLETED", failureKind: "CANCELLED" };

/** The same with the ids in it. */
function filled<Value>(value: Value): Value {
  const ids: Record<string, string> = { "%run": runId, "%command": commandId, "%session": sessionId };
  return JSON.parse(JSON.stringify(value).replace(/%(run|command|session)/g, (id) => ids[id] ?? ""));
}

describe("BAD_USER_INPUT names the field and what is allowed, and nothing is stored:", () => {
  it.each<[string, string, object, RegExp]>([
    ["an empty name", create, run({ projectId: "" }), /input\.projectId must not be empty/],
    ["a blank name", create, run({ backendProfile: " \n" }), /input\.backendProfile must not be empty/],
    ["a long name", create, run({ projectId: long(201) }), /projectId must be at most 200 characters/],
    ["U+0000 in a name", create, named({ sessionId: "a\0b" }), /sessionId must hold neither U\+0000/],
    ["a lone surrogate in a name", create, named({ sessionId: "a\ud800" }), /sessionId must hold neither/],
    ["U+0000 in a title", create, named({ metadata: { title: "a\0" } }), /session\.metadata\.title/],
    ["a long key", create, run({ idempotencyKey: long(201) }), /input\.idempotencyKey must be at most 200/],
    ["a date that is none", create, named({ expiresAt: "tomorrow" }), /session\.expiresAt.*ISO 8601/],
    ["a day that no month has", create, named({ expiresAt: "2026-02-30T00:00:00Z" }), /ISO 8601/],
    ["a date without a zone", create, named({ expiresAt: "2026-02-20T00:00:00" }), /ISO 8601/],
    ["metadata that is no object", create, run({ metadata: [1] }), /input\.metadata must be a JSON object/],
    ["JSON 65 levels deep", create, run({ metadata: deep(65) }), /input\.metadata.*at most 64 levels/],
    ["JSON over 256 KiB", create, run({ metadata: { a: long(2 ** 17) } }), /metadata.*at most 262144 bytes/],
    [
      "an unknown key of a bundle",
      create,
      run({ resourceBundle: { a: 1 } }),
      /Bundle\.a is unknown; allowed: kind/,
    ],
    [
      "a wrong value of a bundle",
      create,
      run({ resourceBundle: { lfs: "yes" } }),
      /lfs must be true or false/,
    ],
    ["an unknown field", create, run({ colour: "red" }), /colour/],
    ["an unknown field of a session", create, named({ colour: "red" }), /colour/],
    ["a missing field", create, { projectId: "p" }, /backendProfile/],

    [
      "a command of an unknown type",
      command,
      turn({ type: "SHOUT" }),
      /type.*Allowed: ANSWER, INTERRUPT, STEER, TURN/,
    ],
    [
      "a payload of a command that is none",
      command,
      turn({ payload: ["x"] }),
      /payload must be a JSON object/,
    ],
    [
      "a command's key with U+0000",
      command,
      turn({ idempotencyKey: "\0" }),
      /input\.idempotencyKey must hold/,
    ],
    ["a malformed run of a command", command, turn({ runId: "1" }), /input\.runId must be the id of a run/],
    ["an unknown field of a command", command, turn({ prompt: "x" }), /prompt/],
    [
      "a result of an unknown word",
      finish,
      ended({ failureKind: "BAD_LUCK" }),
      /failureKind.*Allowed: BACKEND/,
    ],
    ["a blank thread", finish, ended({ threadId: " " }), /input\.result\.threadId must not be empty/],
    [
      "an id of another type",
      finish,
      { ...ended({}), commandId: "%run" },
      /commandId must be the id of a command/,
    ],
    [
      "a completed result with a failure",
      finishRun,
      { runId: "%run", result: completed },
      /failureKind must be null/,
    ],

    [
      "an unknown enum word",
      append,
      batch(event({}, "SMOKE")),
      /events\[0\]\.type.*Allowed: ASSISTANT_MESSAGE, /,
    ],
    ["no events", append, batch(), /input\.events must hold 1 to 500 events/],
    ["501 events", append, batch(...Array.from({ length: 501 }, () => event({ text: "" }))), /1 to 500/],
    ["a payload that is no object", append, batch(event("text")), /events\.0\.payload must be a JSON object/],
    ["a payload without its text", append, batch(event({})), /events\.0\.payload\.text must be a string/],
    ["a wrong word in a payload", append, batch(wordy), /payload\.stream must be one of stdout, stderr/],
    ["an empty key of a batch", append, { ...good, idempotencyKey: "" }, /idempotencyKey must not be empty/],
    ["a run's id of another type", append, { ...good, runId: "%command" }, /runId must be the id of a run/],
    ["a malformed id", append, { ...good, runId: "run_xyz" }, /input\.runId/],

    [
      "a runner's id of its own making",
      register,
      { id: "me" },
      /input\.id must be the id of a runner: "rnr_"/,
    ],
    ["a runner's name with U+0000", register, { name: "a\0" }, /input\.name must hold neither/],
    [
      "a runner's blank profile",
      register,
      { backendProfiles: ["a", ""] },
      /backendProfiles\.1 must not be empty/,
    ],
    ["attributes that are no object", register, { attributes: "fast" }, /attributes must be a JSON object/],

    ["a negative version", read, marked({ upToVersion: -1 }), /input\.upToVersion must not be negative/],
    ["a version that no number holds", read, marked({ upToVersion: 2 ** 53 }), /upToVersion/],
    ["an empty reader", read, marked({ readerId: "" }), /input\.readerId must not be empty/],
    ["a reader with U+0000", read, marked({ readerId: "a\0" }), /input\.readerId must hold neither/],
    ["a session by two names", read, { session: { id: "ses_1", sessionId: "%session" } }, /exactly one/i],
    [
      "a session by a malformed id",
      read,
      { session: { id: "ses_1" } },
      /session\.id must be the id of a session/,
    ],
    ["a snooze until no instant", snooze, marked({ until: "later" }), /until.*ISO 8601/],
    [
      "a snooze until the past",
      snooze,
      marked({ until: "2020-01-01T00:00:00Z" }),
      /input\.until must be an instant/,
    ],
    ["a filter of an unknown state", readAll, { filter: { state: "OPEN" } }, /state.*Allowed: ALL, DEFAULT/],
    [
      "a filter of an empty project",
      readAll,
      { filter: { projectId: "" } },
      /filter\.projectId must not be empty/,
    ],
    ["an unknown field of a filter", readAll, { filter: { colour: "red" } }, /colour/],
    [
      "a long search",
      readAll,
      { filter: { search: long(201) } },
      /filter\.search must be at most 200 characters/,
    ],
  ])("%s", async (_what, query, input, message) => {
    const before = await readAllRows(node);
    const error = await refusal(query, { input: filled(input) });
    expect(error.message).toMatch(message);
    expect(error.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      failureKind: "schema-invalid",
      httpStatus: 400,
      retryable: false,
    });
    expect(await readAllRows(node)).toBe(before);
  });

  it.each([
    ["a negative page", `{ runs(first: -1) { totalCount } }`, /first must be from 0 to 100/],
    ["an oversized page", `{ sessions(last: 101) { totalCount } }`, /last must be from 0 to 100/],
    [
      "a page from both ends",
      `{ runs(first: 1, last: 1) { totalCount } }`,
      /first must not be given together with last/,
    ],
    [
      "a cursor that is none",
      `{ runs(after: "abc") { totalCount } }`,
      /after must be a cursor of this very list/,
    ],
    ["a malformed id", `{ run(id: "1") { id } }`, /id must be the id of a run/],
    [
      "an id of the wrong type",
      `{ command(id: "run_${"0".repeat(32)}") { id } }`,
      /id must be the id of a command/,
    ],
    [
      "an id of no type",
      `{ node(id: "abc_1") { id } }`,
      /id must be an id that begins with one of ses_, run_/,
    ],
    [
      "an unknown enum word in the document",
      `{ runs(orderBy: SIDEWAYS) { totalCount } }`,
      /SIDEWAYS.*Allowed: NEWEST, OLDEST/,
    ],
    [
      "an unknown reason",
      `{ sessions(filter: { reasons: [BORED] }) { totalCount } }`,
      /BORED.*Allowed: BLOCKED/,
    ],
    [
      "U+0000 in a search",
      String.raw`{ sessions(filter: { search: "\u0000" }) { totalCount } }`,
      /filter\.search must hold neither/,
    ],
    [
      "U+0000 in a filter of runs",
      String.raw`{ runs(filter: { projectId: "\u0000" }) { totalCount } }`,
      /filter\.projectId must hold neither/,
    ],
    [
      "an empty runner",
      `{ runs(filter: { runnerId: "" }) { totalCount } }`,
      /runnerId must be the id of a runner/,
    ],
    ["a blank reader", `{ inboxCounts(readerId: " ") { total } }`, /readerId must not be empty/],
    ["a wrong date in the document", `{ runs(filter: { createdAfter: "x" }) { totalCount } }`, /ISO 8601/],
    ["both names of a session", `{ session(by: { id: "x", sessionId: "y" }) { id } }`, /exactly one/i],
  ])("%s", async (_what, query, message) => {
    const error = await refusal(query);
    expect(error.message).toMatch(message);
    expect(error.extensions["code"]).toBe("BAD_USER_INPUT");
  });

  it("an oversized page of events", async () => {
    const query = graphql(`
      query PageOfEvents($id: ID!, $first: Int) { run(id: $id) { events(first: $first) { nodes { seq } } } }
    `);
    expect((await refusal(query, { id: runId, first: 501 })).message).toMatch(/first must be from 0 to 500/);
    const { run } = await service.ask(query, { id: runId, first: 500 });
    expect(found(run).events.nodes.length).toBeGreaterThan(0);
  });
});

const said = (payload: unknown) => ({ type: "ASSISTANT_MESSAGE" as const, payload });

it("what agents print may hold U+0000 and lone surrogates: they become U+FFFD", async () => {
  const id = await createRun(service);
  await appendEvents(service, { runId: id, events: [said({ text: "a\0b\ud800c", "k\0": 1 })] });
  expect((await readEvents(service, id))[1]?.payload).toEqual({ text: "a\uFFFDb\uFFFDc", "k\uFFFD": 1 });
});

it("so it is with the free text of failures, reasons, metadata, attributes and commands", async () => {
  const text = "a\0b\ud800c";
  const { runId: id } = await createSession(service, { metadata: { note: text } });
  const turnId = await createCommand(service, id, "TURN", { prompt: text });
  await finishCommand(service, turnId, { terminalStatus: "FAILED", failureMessage: text });
  await cancelRun(service, id, text);
  const cleanedTexts = graphql(`
    query CleanedTexts($id: ID!) {
      run(id: $id) { failureMessage session { title metadata } commands { nodes { payload failureMessage } } }
    }
  `);
  const data = await service.ask(cleanedTexts, { id });
  const clean = "a\uFFFDb\uFFFDc";
  expect(data.run).toEqual({
    failureMessage: clean,
    session: { title: clean, metadata: { note: clean } },
    commands: { nodes: [{ payload: { prompt: clean }, failureMessage: clean }] },
  });
});

it("a key named __proto__ is data like any other", async () => {
  const id = await createRun(service);
  const payload = JSON.parse(`{ "text": "x", "__proto__": { "polluted": true } }`) as unknown;
  await appendEvents(service, { runId: id, events: [said(payload)] });
  const [, stored] = await readEvents(service, id);
  expect(JSON.stringify(stored?.payload)).toContain(`"__proto__":{"polluted":true}`);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
