import { afterAll, beforeAll, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await createSession(service);
});
afterAll(() => service.close());

const eventsDocument = graphql(`
  query EventsOfOne($sessionId: String!) {
    session(by: { sessionId: $sessionId }) { timeline(first: 100) { nodes { sessionSeq } } }
  }
`);
const newSession = () => ({ session: { sessionId: uniqueName("session") } });
const count = async (work: () => Promise<unknown>) => (await recordStatements(work)).length;

/** How often what was answered had to be waited for before more was sent. */
async function countTrips(work: () => Promise<unknown>): Promise<number> {
  let trips = 0;
  let isSending = false;
  await recordStatements(work, () => {
    if (isSending) return;
    [isSending, trips] = [true, trips + 1];
    setImmediate(() => {
      isSending = false;
    });
  });
  return trips;
}

it("beginning and asking for work waits for few answers", async () => {
  expect(await countTrips(() => createRun(service, newSession()))).toBe(1);
  const runId = await createRun(service, newSession());
  let commandId = "";
  expect(await countTrips(async () => (commandId = await createCommand(service, runId)))).toBe(2);
  expect(await countTrips(() => finishCommand(service, commandId))).toBe(2);
  // The run is read once more for the answer.
  expect(await countTrips(() => finishRun(service, runId))).toBe(4);
});

// BEGIN and COMMIT are among them.
it("beginning and asking for work sends few statements", async () => {
  expect(await count(() => createRun(service, newSession()))).toBe(1);
  const turn = { payload: { prompt: "Mend the flaky test" } };
  expect(await count(() => createRun(service, { ...newSession(), turn }))).toBe(1);
  const runId = await createRun(service, newSession());
  let commandId = "";
  expect(await count(async () => (commandId = await createCommand(service, runId)))).toBe(10);
  expect(await count(() => finishCommand(service, commandId))).toBe(11);
});

it("of callers that begin work in a session of one new name at once, all work in one session", async () => {
  const { session } = newSession();
  const runIds = await Promise.all(Array.from({ length: 32 }, () => createRun(service, { session })));
  expect(new Set(runIds).size).toBe(32);
  const { session: one } = await service.ask(eventsDocument, session);
  expect(one?.timeline.nodes.map(({ sessionSeq }) => sessionSeq)).toEqual(
    runIds.map((_, index) => index + 1),
  );
});
