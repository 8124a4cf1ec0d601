import { afterAll, beforeAll, expect, it } from "vitest";
import type { SessionAction, UpdateSessionsInput } from "../generated/documents/graphql.js";
import { listSessions, mark } from "../support/attention.js";
import { graphql } from "../support/graphql.js";
import { openNode, readAllRows } from "../support/node.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  claim,
  createCommand,
  createSession,
  finishRun,
  sessionOf,
  times,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const document = graphql(`
  mutation ManyAtOnce($input: UpdateSessionsInput!) {
    updateSessions(input: $input) {
      dryRun matched changed refused hasMore
      results { id outcome session { id labels } error { code message } }
    }
  }
`);
const update = async (input: UpdateSessionsInput) => (await service.ask(document, { input })).updateSessions;
const outcomes = ({ results }: Awaited<ReturnType<typeof update>>) =>
  results.map(({ outcome, error }) => error?.code ?? outcome);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: Error) => error.message,
  );

/** Sessions of a project of their own, whose runs have ended. */
async function sessions(count: number) {
  const projectId = uniqueName("project");
  const made = await times(count, async () => {
    const { sessionId, runId } = await createSession(service, {}, { projectId });
    await finishRun(service, runId);
    return { sessionId, runId, id: await sessionOf(service, runId) };
  });
  return { projectId, made, ids: made.map(({ id }) => id) };
}

const pageDocument = graphql(`
  query PageForMany($filter: SessionFilter) { sessions(filter: $filter) { changeVersion nodes { id } } }
`);
const missing = `ses_${"0".repeat(32)}`;

it("marks and labels go together, in the order of the ids, each with its own result; a dry run says the same and changes nothing", async () => {
  const { projectId, ids, made } = await sessions(3);
  await mark(service, "pinSession", made[0]?.sessionId ?? "");
  const node = openNode(service);
  const all = [...ids, missing];
  for (const [action, expected] of [
    [{ pin: true }, ["UNCHANGED", "CHANGED", "CHANGED", "NOT_FOUND"]],
    [{ read: true }, ["CHANGED", "CHANGED", "CHANGED", "NOT_FOUND"]],
    [{ snoozeUntil: "2199-01-01T00:00:00Z" }, ["CHANGED", "CHANGED", "CHANGED", "NOT_FOUND"]],
    [{ unsnooze: true }, ["CHANGED", "CHANGED", "CHANGED", "NOT_FOUND"]],
    [{ addLabels: ["Bug"] }, ["CHANGED", "CHANGED", "CHANGED", "NOT_FOUND"]],
    [{ addLabels: ["bug"] }, ["UNCHANGED", "UNCHANGED", "UNCHANGED", "NOT_FOUND"]],
    [{ removeLabels: ["bug"] }, ["CHANGED", "CHANGED", "CHANGED", "NOT_FOUND"]],
    [{ archive: true }, ["CHANGED", "CHANGED", "CHANGED", "NOT_FOUND"]],
  ] as const satisfies [SessionAction, string[]][]) {
    const before = await readAllRows(node);
    const dry = await update({ target: { ids: all }, action, dryRun: true });
    expect((await readAllRows(node)) === before).toBe(true);
    const done = await update({ target: { ids: all }, action });
    expect(outcomes(dry)).toEqual(expected);
    expect(outcomes(done)).toEqual(expected);
    expect(done).toMatchObject({ dryRun: false, matched: 4, refused: 1 });
    expect(done.results.map(({ id }) => id)).toEqual(all);
  }
  expect(await listSessions(service, { projectId, state: "ALL" })).toEqual([]);
  await node.pool.end();
});

it("what matches is changed up to the limit, and what has changed since the page is refused", async () => {
  const { projectId, ids, made } = await sessions(4);
  const filter = { projectId, state: "ALL" as const };
  const { sessions: page } = await service.ask(pageDocument, { filter });
  await createCommand(
    service,
    (await createSession(service, { sessionId: made[1]?.sessionId ?? "" }, { projectId })).runId,
  );
  const target = { matching: { filter, limit: 3 } };
  const done = await update({ target, action: { archive: true }, asOf: page.changeVersion });
  expect(done).toMatchObject({ matched: 3, changed: 2, refused: 1, hasMore: true });
  // The one that works stands first.
  expect(done.results[0]).toMatchObject({
    id: ids[1],
    outcome: "REFUSED",
    error: { code: "PRECONDITION_FAILED" },
  });
  expect(await refusal(update({ target, action: { archive: true } }))).toContain("input.asOf must be given");
});

it("cancel and delete go one by one; what works is not deleted", async () => {
  const { ids, made } = await sessions(2);
  const busy = await createSession(service);
  const busyId = await sessionOf(service, busy.runId);
  await claim(service, busy.runId);
  const all = [...ids, busyId];
  for (const dryRun of [true, false])
    expect(outcomes(await update({ target: { ids: all }, action: { delete: true }, dryRun }))).toEqual([
      "CHANGED",
      "CHANGED",
      "CONFLICT",
    ]);
  expect(await listSessions(service, { state: "ALL", search: made[0]?.sessionId ?? "" })).toEqual([]);
  for (const dryRun of [true, false])
    expect(outcomes(await update({ target: { ids: all }, action: { cancel: true }, dryRun }))).toEqual([
      "NOT_FOUND",
      "NOT_FOUND",
      "CHANGED",
    ]);
});

it.each([{ cancel: true }, { delete: true }])(
  "what a call changes itself refuses nothing of it: %o does to a tree what its dry run says, in any order",
  async (action) => {
    const makeTree = async () => {
      const projectId = uniqueName("project");
      const made = [await createSession(service, {}, { projectId })];
      for (const above of [0, 0, 1])
        made.push(
          await createSession(
            service,
            { parent: { sessionId: made[above]?.sessionId ?? "" } },
            { projectId },
          ),
        );
      if (action.delete) for (const { runId } of made) await finishRun(service, runId);
      return { projectId, ids: await Promise.all(made.map(({ runId }) => sessionOf(service, runId))) };
    };
    for (const order of [(ids: string[]) => ids, (ids: string[]) => ids.toReversed()])
      for (const asked of [true, false]) {
        const { projectId, ids } = await makeTree();
        const { changeVersion } = (await service.ask(pageDocument, {})).sessions;
        const input = { target: { ids: order(ids) }, action, asOf: asked ? changeVersion : null };
        expect(outcomes(await update({ ...input, dryRun: true }))).toEqual(ids.map(() => "CHANGED"));
        const done = await update(input);
        expect(outcomes(done)).toEqual(ids.map(() => "CHANGED"));
        expect(done.results.map(({ id }) => id)).toEqual(input.target.ids);
        expect(
          await listSessions(service, {
            level: "ALL",
            state: action.delete ? "ALL" : "RUNNING",
            projectId,
          }),
        ).toEqual([]);
      }
  },
);

it("one below a root that was refused is judged by itself", async () => {
  const root = await createSession(service);
  const child = await createSession(service, { parent: { sessionId: root.sessionId } });
  const ids = [await sessionOf(service, root.runId), await sessionOf(service, child.runId)];
  const { changeVersion: asOf } = (await service.ask(pageDocument, {})).sessions;
  await createCommand(service, root.runId);
  for (const dryRun of [true, false])
    expect(outcomes(await update({ target: { ids }, action: { cancel: true }, asOf, dryRun }))).toEqual([
      "PRECONDITION_FAILED",
      "CHANGED",
    ]);
});

it.each<[UpdateSessionsInput, string]>([
  [{ target: { ids: [] }, action: { pin: true } }, "input.target.ids must be 1 to 1000 ids"],
  [{ target: { ids: [missing, missing] }, action: { pin: true } }, "must name no session twice"],
  [{ target: { ids: ["x"] }, action: { pin: true } }, "input.target.ids.0 must be the id of a session"],
  [
    { target: { matching: { limit: 0 } }, action: { pin: true }, asOf: 1 },
    "input.target.matching.limit must be from 1",
  ],
  [{ target: { ids: [missing] }, action: { cancel: false } }, "input.action.cancel must be true"],
  [
    { target: { ids: [missing] }, action: { addLabels: [" "] } },
    "input.action.addLabels.0 must have 1 to 64",
  ],
])("what is malformed is refused by its field: %#", async (input, message) => {
  expect(await refusal(update(input))).toContain(message);
});

it("a snooze until a time that has passed is refused as a whole", async () => {
  const { ids } = await sessions(1);
  const input = { target: { ids }, action: { snoozeUntil: "2020-01-01T00:00:00Z" } };
  expect(await refusal(update(input))).toContain(
    "input.action.snoozeUntil must be an instant that is to come",
  );
});

it("a hundred sessions cost as many statements as one, at most 12", async () => {
  const { ids } = await sessions(20);
  for (const action of [{ archive: true }, { addLabels: ["many"] }]) {
    const text = `mutation ($input: UpdateSessionsInput!) { updateSessions(input: $input) { changed counts { total } } }`;
    const sent = await recordStatements(() => service.ask(text, { input: { target: { ids }, action } }));
    expect(sent.length).toBeLessThanOrEqual(12);
  }
});
