import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mark } from "../support/attention.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createSession, finishRun, times } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const later = "2999-01-01T00:00:00.000000Z";

const readDocument = graphql(`
  query ReadChangeVersion($sessionId: String!) {
    session(by: { sessionId: $sessionId }) { attention { changeVersion snoozedUntil } }
    sessions(first: 1) { changeVersion }
  }
`);
async function readState(sessionId: string) {
  const { session, sessions } = await service.ask(readDocument, { sessionId });
  return { ...found(session).attention, ofTenant: sessions.changeVersion };
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: Error) => error.message,
  );

describe("a mark that is made as it stands", () => {
  type Case = [marking: Parameters<typeof mark>[1], input: object];
  const taken: Case[] = [
    ["snoozeSession", {}],
    ["archiveSession", { archived: false }],
    ["pinSession", { pinned: false }],
  ];
  const made: Case[] = [
    ["snoozeSession", { until: later }],
    ["archiveSession", {}],
    ["pinSession", {}],
    ["markSessionUnread", {}],
    ["markSessionRead", {}],
  ];

  it.each(taken)(
    "changes nothing of a session without marks, whatever it was seen as: %s",
    async (marking, input) => {
      const { sessionId } = await createSession(service);
      const before = await readState(sessionId);
      await mark(service, marking, sessionId, { ...input, ifVersion: 0 });
      await mark(service, marking, sessionId, input);
      expect(await readState(sessionId)).toEqual(before);
    },
  );

  it.each(made)("changes nothing the second time, whatever it was seen as: %s", async (marking, input) => {
    const { sessionId } = await createSession(service);
    const { changeVersion } = await readState(sessionId);
    expect(await refusal(mark(service, marking, sessionId, { ...input, ifVersion: 0 }))).toMatch(
      /^PRECONDITION_FAILED/,
    );
    await mark(service, marking, sessionId, { ...input, ifVersion: changeVersion });
    const before = await readState(sessionId);
    expect(before.changeVersion).toBeGreaterThan(changeVersion);
    await mark(service, marking, sessionId, { ...input, ifVersion: 0 });
    await mark(service, marking, sessionId, input);
    expect(await readState(sessionId)).toEqual(before);
    for (const undone of taken) await mark(service, undone[0], sessionId, undone[1]);
    const after = await readState(sessionId);
    for (const undone of taken) await mark(service, undone[0], sessionId, { ...undone[1], ifVersion: 0 });
    expect(await readState(sessionId)).toEqual(after);
  });

  it("a snooze is made again once what the agent asks has ended it, and whatever else happens leaves it", async () => {
    const { sessionId, runId } = await createSession(service);
    const snooze = () => mark(service, "snoozeSession", sessionId, { until: later });
    await snooze();
    await append(service, runId, ["nothing new"]);
    const before = await readState(sessionId);
    await snooze();
    expect(await readState(sessionId)).toEqual(before);
    const asked = graphql(`
      mutation AskWhileSnoozed($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }
    `);
    const events = [{ type: "INPUT_REQUEST" as const, payload: { prompt: "?" } }];
    await service.ask(asked, { input: { runId, events } });
    expect((await readState(sessionId)).snoozedUntil).toBeNull();
    await snooze();
    expect((await readState(sessionId)).snoozedUntil).toBe(later);
    await finishRun(service, runId);
  });
});

it("of 64 callers that saw the same and want each something else, one succeeds", async () => {
  const { sessionId } = await createSession(service);
  const { changeVersion } = await readState(sessionId);
  let n = 0;
  const results = await times(64, async () => {
    const until = new Date(Date.UTC(2999, 0, 1, 0, 0, (n += 1))).toISOString().replace("Z", "000Z");
    const result = await refusal(
      mark(service, "snoozeSession", sessionId, { until, ifVersion: changeVersion }),
    );
    return { until, result };
  });
  const done = results.filter(({ result }) => result === "done");
  expect(done).toHaveLength(1);
  expect(results.filter(({ result }) => result.startsWith("PRECONDITION_FAILED"))).toHaveLength(63);
  expect(await readState(sessionId)).toMatchObject({
    snoozedUntil: found(done[0]).until,
    changeVersion: changeVersion + 1,
  });
});

const others = {
  updateSession: "title: null, ",
  deleteSession: "",
  markSessionRead: "",
  markSessionUnread: "",
  archiveSession: "",
  snoozeSession: "",
  pinSession: "",
};
it.each(Object.entries(others))("a negative ifVersion is refused by name: %s", async (field, more) => {
  const { sessionId } = await createSession(service);
  const before = await readState(sessionId);
  const selected = field === "deleteSession" ? "{ __typename }" : "{ session { id } }";
  const answer = await service.call(
    `mutation { ${field}(input: { session: { sessionId: "${sessionId}" }, ${more}ifVersion: -1 }) ${selected} }`,
  );
  expect(answer.errors).toMatchObject([
    { message: "input.ifVersion must not be negative", extensions: { code: "BAD_USER_INPUT" } },
  ]);
  expect(await readState(sessionId)).toEqual(before);
});
