import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endSnoozes, findDueSnoozes } from "../../src/store/inbox/mark.js";
import { transaction } from "../../src/store/transaction.js";
import type { SessionOrder } from "../generated/documents/graphql.js";
import { listSessions, mark, markSessionsRead, readAttention, readCounts } from "../support/attention.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  append,
  appendEvents,
  claim,
  createCommand,
  createSession,
  finishCommand,
  finishRun,
  readSession,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const later = "2999-01-01T00:00:00.000000Z";

const markEach = graphql(`
  mutation MarkEachRead($ids: [ID!]!) { updateSessions(input: { target: { ids: $ids }, action: { read: true } }) { results { outcome } } }
`);

/** A session in a project of its own, so that its lists hold it alone. */
async function createAlone() {
  const projectId = uniqueName("project");
  return { projectId, ...(await createSession(service, {}, { projectId })) };
}

async function ask(runId: string): Promise<void> {
  await appendEvents(service, { runId, events: [{ type: "INPUT_REQUEST", payload: { prompt: "?" } }] });
}

const turn = async (runId: string) => finishCommand(service, await createCommand(service, runId));

/** The instant, some seconds from now by the database's clock, to which the tests' own is near enough. */
const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

describe("every mark", () => {
  it("is the reader's own and never changes the session", async () => {
    const { projectId, sessionId } = await createAlone();
    const before = await readSession(service, sessionId);
    const others = await readAttention(service, sessionId, "grace");
    const readerId = "ada";
    await mark(service, "archiveSession", sessionId, { readerId });
    await mark(service, "snoozeSession", sessionId, { readerId, until: later });
    await mark(service, "pinSession", sessionId, { readerId });
    await mark(service, "markSessionUnread", sessionId, { readerId });
    const marked = await readAttention(service, sessionId, readerId);
    expect(marked).toMatchObject({ snoozedUntil: later, markedUnread: true });
    expect([marked.archivedAt, marked.pinnedAt]).toEqual([expect.any(String), expect.any(String)]);
    expect(await readSession(service, sessionId)).toEqual(before);
    expect(await readAttention(service, sessionId, "grace")).toEqual(others);
    expect(await listSessions(service, { projectId }, { readerId })).toEqual([]);
    expect(await listSessions(service, { projectId }, { readerId: "grace" })).toEqual([sessionId]);
  });

  it("that is made again changes nothing, and one that is taken away is gone", async () => {
    const { sessionId } = await createAlone();
    const readAll = async () => {
      await mark(service, "archiveSession", sessionId);
      await mark(service, "pinSession", sessionId);
      return readAttention(service, sessionId);
    };
    expect(await readAll()).toEqual(await readAll());
    await mark(service, "archiveSession", sessionId, { archived: false });
    await mark(service, "pinSession", sessionId, { pinned: false });
    expect(await readAttention(service, sessionId)).toMatchObject({ archivedAt: null, pinnedAt: null });
  });
});

describe("the archive", () => {
  it("is left out of every list but its own", async () => {
    const { projectId, sessionId } = await createAlone();
    await mark(service, "archiveSession", sessionId);
    for (const state of ["DEFAULT", "ALL", "UNREAD", "IDLE"] as const) {
      expect(await listSessions(service, { projectId, state })).toEqual([]);
      expect(await listSessions(service, { projectId, state, archived: true })).toEqual([sessionId]);
    }
    await mark(service, "archiveSession", sessionId, { archived: false });
    expect(await listSessions(service, { projectId })).toEqual([sessionId]);
    expect(await listSessions(service, { projectId, archived: true })).toEqual([]);
  });

  it.each<[{ archived?: boolean; snoozed?: boolean }, boolean]>([
    [{ archived: true }, true],
    [{ snoozed: true }, true],
    [{ archived: true, snoozed: true }, true],
    [{ archived: true, snoozed: false }, false],
    [{ archived: false, snoozed: true }, false],
    [{ archived: false, snoozed: false }, false],
    [{ archived: false }, false],
    [{}, false],
  ])(
    "and the snoozed ones: false means none of them always; a session that is both is found by %j: %s",
    async (asked, isFound) => {
      const { projectId, sessionId } = await createAlone();
      await mark(service, "archiveSession", sessionId);
      await mark(service, "snoozeSession", sessionId, { until: soon(3_600) });
      expect(await listSessions(service, { projectId, state: "ALL", ...asked })).toEqual(
        isFound ? [sessionId] : [],
      );
      // Counts that ask for neither tell of both.
      const counted = isFound || !(asked.archived || asked.snoozed) ? 1 : 0;
      expect(await readCounts(service, { projectId, ...asked })).toMatchObject({
        archived: counted,
        snoozed: counted,
      });
    },
  );

  it.each<[string, (runId: string) => Promise<unknown>]>([
    ["a turn, active", (runId) => createCommand(service, runId)],
    ["a steer, active", (runId) => createCommand(service, runId, "STEER")],
    ["the end of a turn, unread", turn],
    ["the end of its run, unread", (runId) => finishRun(service, runId)],
    ["an input request, unread", ask],
  ])("is left by %s", async (_what, change) => {
    const { projectId, sessionId, runId } = await createAlone();
    await mark(service, "markSessionRead", sessionId);
    await mark(service, "archiveSession", sessionId);
    await change(runId);
    expect((await readAttention(service, sessionId)).archivedAt).toBeNull();
    expect(await listSessions(service, { projectId })).toEqual([sessionId]);
    await mark(service, "markSessionRead", sessionId);
    expect(await listSessions(service, { projectId, archived: true, state: "ALL" })).toEqual([]);
  });

  it.each<[string, (runId: string, sessionId: string) => Promise<unknown>]>([
    ["events", (runId) => append(service, runId, ["news"])],
    ["a claim, since it has no version", (runId) => claim(service, runId)],
    ["an interrupt", (runId) => createCommand(service, runId, "INTERRUPT")],
    ["a mark-unread", (_runId, sessionId) => mark(service, "markSessionUnread", sessionId)],
    ["reading", (_runId, sessionId) => mark(service, "markSessionRead", sessionId)],
  ])("is not left by %s", async (_what, change) => {
    const { projectId, sessionId, runId } = await createAlone();
    await mark(service, "archiveSession", sessionId);
    await change(runId, sessionId);
    expect(await listSessions(service, { projectId, state: "ALL" })).toEqual([]);
    expect(await listSessions(service, { projectId, state: "ALL", archived: true })).toEqual([sessionId]);
  });
});

describe("a snooze", () => {
  it("ends at its time, and stays ended", async () => {
    const { projectId, sessionId, runId } = await createAlone();
    const until = soon(1);
    await mark(service, "snoozeSession", sessionId, { until });
    expect(await listSessions(service, { projectId })).toEqual([]);
    expect(await listSessions(service, { projectId, snoozed: true })).toEqual([sessionId]);
    await expect.poll(() => listSessions(service, { projectId })).toEqual([sessionId]);
    expect((await readAttention(service, sessionId)).snoozedUntil).toBeNull();
    expect(await listSessions(service, { projectId, snoozed: true })).toEqual([]);
    await turn(runId);
    expect(await listSessions(service, { projectId })).toEqual([sessionId]);
  });

  it("that ends by its time brings the session back as unread, though it was read; once, and not if it was read since", async () => {
    await using swept = await startService({ config: { sweepMs: 50 } });
    const { sessionId } = await createSession(swept);
    await mark(swept, "markSessionRead", sessionId);
    await mark(swept, "snoozeSession", sessionId, { until: soon(1) });
    const standing = async () => {
      const { state, markedUnread, snoozedUntil } = await readAttention(swept, sessionId);
      return { state, markedUnread, snoozedUntil };
    };
    expect(await standing()).toMatchObject({ state: "READ", markedUnread: false });
    await expect.poll(standing).toEqual({ state: "UNREAD", markedUnread: true, snoozedUntil: null });
    expect(await listSessions(swept, {})).toEqual([sessionId]);
    await mark(swept, "markSessionRead", sessionId);
    expect(await standing()).toMatchObject({ state: "READ", markedUnread: false });
  });

  it.each<[string, boolean, (sessionId: string, projectId: string) => Promise<unknown>]>([
    ["marks it read", false, (sessionId) => mark(service, "markSessionRead", sessionId)],
    [
      "marks its list read",
      false,
      (_id, projectId) => markSessionsRead(service, { filter: { projectId, state: "ALL" } }),
    ],
    [
      "marks it read with others",
      false,
      async (sessionId) => service.ask(markEach, { ids: [(await readSession(service, sessionId)).id] }),
    ],
    ["ends it by hand", true, (sessionId) => mark(service, "snoozeSession", sessionId, { until: null })],
  ])(
    "whose time has come counts as marked unread to who %s before that is written down: unread is %s then",
    async (_what, isUnread, act) => {
      const { projectId, sessionId } = await createAlone();
      await mark(service, "markSessionRead", sessionId);
      await mark(service, "snoozeSession", sessionId, { until: soon(1) });
      await expect.poll(() => listSessions(service, { projectId, snoozed: true, state: "ALL" })).toEqual([]);
      await act(sessionId, projectId);
      const store = openNode(service);
      const due = await findDueSnoozes(store, { limit: 100, failing: [] });
      await transaction(store, (tx) => endSnoozes(tx, due));
      await store.pool.end();
      const { state, markedUnread } = await readAttention(service, sessionId);
      expect({ state, markedUnread }).toEqual({
        state: isUnread ? "UNREAD" : "READ",
        markedUnread: isUnread,
      });
    },
  );

  it("that an input request has ended brings nothing back at its time", async () => {
    await using swept = await startService({ config: { sweepMs: 50 } });
    const { sessionId, runId } = await createSession(swept);
    const until = soon(1);
    await mark(swept, "snoozeSession", sessionId, { until });
    await appendEvents(swept, { runId, events: [{ type: "INPUT_REQUEST", payload: { prompt: "?" } }] });
    await mark(swept, "markSessionRead", sessionId);
    const store = openNode(swept);
    const left = async () => (await store.pool.query("SELECT snoozed_until FROM reader_mark")).rows;
    await expect.poll(left).toEqual([{ snoozed_until: null }]);
    await store.pool.end();
    expect(await readAttention(swept, sessionId)).toMatchObject({ state: "READ", markedUnread: false });
  });

  it("does not end by turns, ends of runs, events or reading", async () => {
    const { projectId, sessionId, runId } = await createAlone();
    await mark(service, "snoozeSession", sessionId, { until: later });
    await turn(runId);
    await append(service, runId, ["news"]);
    await mark(service, "markSessionRead", sessionId);
    await mark(service, "markSessionUnread", sessionId);
    await finishRun(service, runId);
    expect((await readAttention(service, sessionId)).snoozedUntil).toBe(later);
    expect(await listSessions(service, { projectId, state: "ALL" })).toEqual([]);
  });

  it("ends with an input request, for every reader, and stays ended when that is answered", async () => {
    const { projectId, sessionId, runId } = await createAlone();
    for (const readerId of ["ada", "grace"])
      await mark(service, "snoozeSession", sessionId, { until: later, readerId });
    await ask(runId);
    for (const readerId of ["ada", "grace"]) {
      expect((await readAttention(service, sessionId, readerId)).snoozedUntil).toBeNull();
      expect(await listSessions(service, { projectId }, { readerId })).toEqual([sessionId]);
    }
    await turn(runId);
    expect(await listSessions(service, { projectId, snoozed: true }, { readerId: "ada" })).toEqual([]);
    expect(await listSessions(service, { projectId }, { readerId: "ada" })).toEqual([sessionId]);
  });

  it("of a session that waits for an answer holds until the next request", async () => {
    const { sessionId, runId } = await createAlone();
    await ask(runId);
    await mark(service, "snoozeSession", sessionId, { until: later });
    expect((await readAttention(service, sessionId)).snoozedUntil).toBe(later);
    await ask(runId);
    expect((await readAttention(service, sessionId)).snoozedUntil).toBeNull();
  });

  it("can be set anew and ended by hand, but not into the past", async () => {
    const { projectId, sessionId } = await createAlone();
    await mark(service, "snoozeSession", sessionId, { until: soon(3600) });
    await mark(service, "snoozeSession", sessionId, { until: later });
    await expect(mark(service, "snoozeSession", sessionId, { until: soon(-10) })).rejects.toThrow(
      /BAD_USER_INPUT/,
    );
    expect((await readAttention(service, sessionId)).snoozedUntil).toBe(later);
    await mark(service, "snoozeSession", sessionId, { until: null });
    expect(await listSessions(service, { projectId })).toEqual([sessionId]);
  });
});

describe("a mark-unread", () => {
  it("holds until the reader marks the session as read, whatever happens in between", async () => {
    const { sessionId, runId } = await createAlone();
    await mark(service, "markSessionRead", sessionId);
    await mark(service, "markSessionUnread", sessionId);
    const marked = await readAttention(service, sessionId);
    expect(marked).toMatchObject({ state: "UNREAD", unread: true, markedUnread: true });
    expect(marked.readVersion).toBe(marked.version);
    const id = await createCommand(service, runId);
    expect(await readAttention(service, sessionId)).toMatchObject({ state: "ACTIVE", markedUnread: true });
    await finishCommand(service, id);
    expect(await readAttention(service, sessionId)).toMatchObject({ state: "UNREAD", markedUnread: true });
    await mark(service, "markSessionRead", sessionId);
    expect(await readAttention(service, sessionId)).toMatchObject({ state: "READ", markedUnread: false });
  });

  it("ends when the reader reads its whole list", async () => {
    const { projectId, sessionId } = await createAlone();
    await mark(service, "markSessionRead", sessionId);
    await mark(service, "markSessionUnread", sessionId);
    expect(await listSessions(service, { projectId, state: "UNREAD" })).toEqual([sessionId]);
    expect(await markSessionsRead(service, { filter: { projectId } })).toBe(1);
    expect(await readAttention(service, sessionId)).toMatchObject({ state: "READ", markedUnread: false });
  });
});

it("reading a list counts that list, whatever its state, as inboxCounts does with the same filter", async () => {
  const { projectId, sessionId } = await createAlone();
  await createSession(service, {}, { projectId });
  await createAlone();
  await mark(service, "markSessionRead", sessionId);
  const readList = graphql(`
    mutation ReadListCounts($input: MarkSessionsReadInput!) {
      markSessionsRead(input: $input) { changed counts { unread read total } }
    }
  `);
  const { markSessionsRead } = await service.ask(readList, {
    input: { filter: { projectId, state: "UNREAD" } },
  });
  expect(markSessionsRead).toEqual({ changed: 1, counts: { unread: 0, read: 2, total: 2 } });
  expect(await readCounts(service, { projectId })).toMatchObject(markSessionsRead.counts);
});

it("pinned sessions come first in the order of attention alone, and among themselves in that order", async () => {
  const projectId = uniqueName("project");
  const make = async (...steps: ((sessionId: string, runId: string) => Promise<unknown>)[]) => {
    const { sessionId, runId } = await createSession(service, {}, { projectId });
    for (const step of steps) await step(sessionId, runId);
    return sessionId;
  };
  const pin = (sessionId: string) => mark(service, "pinSession", sessionId);
  const read = (sessionId: string) => mark(service, "markSessionRead", sessionId);
  const run = (_sessionId: string, runId: string) => createCommand(service, runId);
  const inAttention = [
    await make(pin, run),
    await make(pin),
    await make(pin, read),
    await make(run),
    await make(),
    await make(read),
  ];
  const list = (orderBy: SessionOrder) => listSessions(service, { projectId, state: "ALL" }, { orderBy });
  expect(await list("ATTENTION")).toEqual(inAttention);
  expect(await list("CREATED")).toEqual(inAttention.toReversed());
  expect(await list("LAST_ACTIVITY")).toEqual(inAttention.toReversed());
  const options = { readerId: "grace", orderBy: "ATTENTION" } as const;
  const [pinnedRunning, pinnedUnread, pinnedRead, running, unread, readOne] = inAttention;
  expect(await listSessions(service, { projectId, state: "ALL" }, options)).toEqual([
    running,
    pinnedRunning,
    readOne,
    unread,
    pinnedRead,
    pinnedUnread,
  ]);
});

it("counts: total is active, unread and read; archived and snoozed ones count only as such, both as both", async () => {
  const projectId = uniqueName("project");
  const make = async () => (await createSession(service, {}, { projectId })).sessionId;
  const [archived, snoozed, both, readOne] = [await make(), await make(), await make(), await make()];
  await make();
  const { runId } = await createSession(service, {}, { projectId });
  await createCommand(service, runId);
  await ask(runId);
  for (const id of [archived, both]) await mark(service, "archiveSession", id);
  for (const id of [snoozed, both]) await mark(service, "snoozeSession", id, { until: later });
  await mark(service, "markSessionRead", readOne);
  const counts = { active: 1, unread: 1, read: 1, needsInput: 1, archived: 2, snoozed: 2, total: 3 };
  for (const state of ["DEFAULT", "ALL", "READ", "RUNNING"] as const) {
    expect(await readCounts(service, { projectId, state })).toEqual(counts);
  }
  expect(await listSessions(service, { projectId, archived: true, snoozed: true })).toEqual([both]);
});
